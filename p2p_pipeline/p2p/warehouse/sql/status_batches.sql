-- How many batches there are, and the newest.
SELECT
    (SELECT count(*) FROM ops_batch_runs) AS batches,
    batch_id,
    status,
    batch_start_time,
    batch_end_time,
    loaded_at,
    markets,
    markets_complete,
    total_offers_extracted
FROM ops_batch_runs
ORDER BY batch_start_time DESC
LIMIT 1
