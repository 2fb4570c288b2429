-- The newest batch that read anything, of each worker that shares the fiats with the newest batch's.
WITH newest AS (
    SELECT venue, workers FROM ops_batch_runs WHERE market_sides > 0 ORDER BY batch_id DESC LIMIT 1
)
SELECT part.worker, found.batch_id, found.batch_end_time
FROM newest
CROSS JOIN generate_series(1, newest.workers) AS part (worker)
LEFT JOIN LATERAL (
    SELECT batch_id, batch_end_time FROM ops_batch_runs AS run
    WHERE run.venue = newest.venue AND run.workers = newest.workers AND run.worker = part.worker
        AND run.market_sides > 0
    ORDER BY batch_id DESC LIMIT 1
) AS found ON true
ORDER BY part.worker
