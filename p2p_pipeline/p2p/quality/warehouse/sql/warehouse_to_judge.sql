-- Batches that lack an outcome of any of the named rules, or were loaded again since, the oldest first; and the newest
-- batch of each worker that shares the fiats with the newest batch's, judged or not.
WITH newest AS (
    SELECT venue, workers FROM ops_batch_runs ORDER BY batch_id DESC LIMIT 1
), newest_of_workers AS (
    SELECT max(run.batch_id) AS batch_id
    FROM newest
    JOIN ops_batch_runs AS run USING (venue, workers)
    WHERE run.worker <= run.workers
    GROUP BY run.worker
), waiting AS (
    SELECT run.batch_id
    FROM ops_batch_runs AS run
    WHERE (
        SELECT count(*)
        FROM ops_data_quality AS judged
        WHERE judged.batch_id = run.batch_id
            AND judged.metric_name = ANY(%(names)s)
            AND judged.check_timestamp >= run.loaded_at
    ) < cardinality(%(names)s::text[])
    ORDER BY run.batch_id
    LIMIT %(most)s
)
SELECT batch_id FROM newest_of_workers
UNION
SELECT batch_id FROM waiting
ORDER BY batch_id
