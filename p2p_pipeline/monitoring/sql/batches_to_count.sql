-- What the totals are made of: batches loaded since a moment, none older than the window in which ids are remembered.
SELECT
    batch_id,
    loaded_at,
    status,
    requests,
    failed_requests,
    quarantined,
    total_offers_extracted AS extracted,
    total_offers_inserted AS inserted,
    total_offers_updated AS updated,
    total_offers_closed AS closed,
    (
        SELECT coalesce(jsonb_object_agg(error_type, errors), '{}')
        FROM (
            SELECT error_type, count(*) AS errors
            FROM ops_extraction_errors AS error
            WHERE error.batch_id = batch.batch_id
            GROUP BY error_type
        ) AS by_type
    ) AS errors
FROM ops_batch_runs AS batch
WHERE loaded_at >= %(loaded_since)s
    AND batch_id > (SELECT max(batch_id) FROM ops_batch_runs) - %(window_milliseconds)s
ORDER BY batch_id
