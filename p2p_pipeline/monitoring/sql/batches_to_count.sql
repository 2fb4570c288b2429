-- What the totals are made of: the batches loaded since a moment that were not counted yet, the first loaded first,
-- none older than the window in which ids are remembered. Only so many: each one's errors are counted.
WITH fresh AS MATERIALIZED (
    SELECT *
    FROM ops_batch_runs AS batch
    WHERE loaded_at >= %(loaded_since)s
        AND batch_id > (SELECT max(batch_id) FROM ops_batch_runs) - %(window_milliseconds)s
        AND NOT EXISTS (
            SELECT FROM unnest(%(counted)s::bigint[]) AS known (batch_id) WHERE known.batch_id = batch.batch_id
        )
    ORDER BY loaded_at, batch_id
    LIMIT %(most)s
)
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
FROM fresh AS batch
ORDER BY loaded_at, batch_id
