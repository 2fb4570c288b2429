-- The newest outcome of each check of the last day, of each worker's batches: one worker's pass must not hide another's
-- failure. What is true of now and not of a batch is told once, whichever worker's batch it was judged with. The most
-- failed come first, so that a cut leaves what matters.
WITH newest_batch AS (
    SELECT DISTINCT ON (venue) venue, workers FROM ops_batch_runs ORDER BY venue, batch_id DESC
), judged AS (
    SELECT
        metric_name, passed, metric_value, batch_id, venue,
        CASE WHEN metric_name = ANY(%(of_now)s) THEN '' ELSE worker::text END AS worker
    FROM ops_data_quality
    JOIN ops_batch_runs USING (batch_id)
    JOIN newest_batch USING (venue, workers)
    WHERE batch_id > (SELECT max(batch_id) FROM ops_batch_runs) - 86400000::bigint
)
SELECT metric_name, venue, worker, passed, metric_value
FROM (
    SELECT DISTINCT ON (metric_name, venue, worker) *
    FROM judged
    ORDER BY metric_name, venue, worker, batch_id DESC
) AS newest
ORDER BY passed, metric_name, venue, worker
LIMIT 200
