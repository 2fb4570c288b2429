-- Each worker of a venue, as many as its newest batch speaks of, whether it ever ran or not: its newest batch, the newest
-- one that brought whole markets, and how many in a row brought none. One that has brought nothing is as old as the
-- oldest batch of as many workers. A venue of which nothing came in the ledger's last two days is not swept any more.
WITH share AS (
    SELECT DISTINCT ON (venue) venue, workers
    FROM ops_batch_runs
    WHERE batch_id > (SELECT max(batch_id) FROM ops_batch_runs) - 2 * 86400000::bigint
    ORDER BY venue, batch_id DESC
),
known AS (
    SELECT
        worker,
        venue,
        max(batch_id) AS newest,
        coalesce(max(batch_id) FILTER (WHERE status IN ('complete', 'partial')), 0) AS good,
        max(batch_id) FILTER (WHERE markets_complete > 0) AS fresh
    FROM ops_batch_runs
    JOIN share USING (venue, workers)
    GROUP BY venue, worker
)
SELECT
    share.venue,
    part.worker,
    coalesce(
        (SELECT batch_end_time FROM ops_batch_runs WHERE batch_id = known.fresh),
        (
            SELECT min(batch_start_time)
            FROM ops_batch_runs AS run
            WHERE run.venue = share.venue AND run.workers = share.workers
        )
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
        FROM ops_batch_runs AS later
        WHERE later.venue = share.venue
            AND later.worker = part.worker
            AND later.workers = share.workers
            AND later.batch_id > known.good
    ) AS failures_in_a_row
FROM share
CROSS JOIN generate_series(1, share.workers) AS part (worker)
LEFT JOIN known ON known.venue = share.venue AND known.worker = part.worker
LEFT JOIN ops_batch_runs AS newest ON newest.batch_id = known.newest
ORDER BY share.venue, part.worker
