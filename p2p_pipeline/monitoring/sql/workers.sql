-- Of each worker of a venue, as many as its newest batch speaks of: the newest batch, the newest one that brought
-- whole markets, and how many in a row brought none. A window of two days keeps it quick in a ledger of years.
WITH recent AS (
    SELECT *
    FROM ops_batch_runs
    WHERE batch_id > (SELECT max(batch_id) FROM ops_batch_runs) - 2 * 86400000::bigint
),
ranked AS (
    SELECT
        *,
        first_value(workers) OVER (PARTITION BY venue ORDER BY batch_id DESC) AS workers_now,
        row_number() OVER (PARTITION BY venue, worker, workers ORDER BY batch_id DESC) AS place,
        max(batch_id) FILTER (WHERE status IN ('complete', 'partial')) OVER (PARTITION BY venue, worker, workers) AS good
    FROM recent
)
SELECT
    newest.venue,
    newest.worker,
    (
        SELECT fresh.batch_end_time
        FROM ops_batch_runs AS fresh
        WHERE fresh.venue = newest.venue
            AND fresh.worker = newest.worker
            AND fresh.workers = newest.workers
            AND fresh.markets_complete > 0
        ORDER BY fresh.batch_id DESC
        LIMIT 1
    ) AS fresh_until,
    newest.loaded_at,
    newest.status,
    newest.seconds,
    newest.load_seconds,
    newest.markets,
    newest.markets_complete,
    newest.total_offers_extracted AS extracted,
    newest.total_offers_inserted AS inserted,
    newest.total_offers_updated AS updated,
    newest.total_offers_closed AS closed,
    newest.requests,
    newest.failed_requests,
    (
        SELECT count(*)
        FROM recent AS later
        WHERE later.venue = newest.venue
            AND later.worker = newest.worker
            AND later.workers = newest.workers
            AND later.batch_id > coalesce(newest.good, 0)
    ) AS failures_in_a_row
FROM ranked AS newest
WHERE newest.place = 1 AND newest.workers = newest.workers_now AND newest.worker <= newest.workers_now
ORDER BY newest.venue, newest.worker
