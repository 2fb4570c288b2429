-- How complete were the batches, day by day?
--
-- Parameters:
--   venue text = 'binance': the venue
--   days integer = 30: how far back
--   until timestamptz = NULL: the end of the time looked at; empty for the newest batch
--
-- Relies on:
--   ops_batch_runs: ops_batch_runs_batch_start_time_key
SELECT
    date_trunc('day', batch_start_time, 'UTC') AS day,
    count(*) AS batches,
    count(*) FILTER (WHERE status = 'complete') AS complete_batches,
    sum(markets_complete)::double precision / nullif(sum(markets), 0) AS complete_share,
    percentile_cont(0.95) WITHIN GROUP (ORDER BY seconds) AS p95_seconds,
    max(batch_start_time - previous_start) AS longest_gap,
    sum(total_offers_extracted) AS offers,
    sum(total_errors) AS errors
FROM (
    SELECT *, lag(batch_start_time) OVER (ORDER BY batch_start_time) AS previous_start
    FROM ops_batch_runs
    WHERE venue = %(venue)s
        AND batch_start_time > coalesce(%(until)s::timestamptz, (SELECT max(batch_start_time) FROM ops_batch_runs)) - %(days)s * interval '1 day'
        AND batch_start_time <= coalesce(%(until)s::timestamptz, (SELECT max(batch_start_time) FROM ops_batch_runs))
) AS batches
GROUP BY day
ORDER BY day;
