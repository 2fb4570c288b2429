-- In which fiats do requests fail, and how often?
--
-- `errors_a_reading` is errors for each market side that was read.
--
-- Parameters:
--   days integer = 7: how far back
--   until timestamptz = NULL: the end of the time looked at; empty for the newest batch
--
-- Relies on:
--   ops_extraction_errors: ops_extraction_errors_batch
--   market_depth_days: market_depth_days_day
WITH errors AS (
    SELECT
        fiat_code,
        count(*) AS errors,
        count(*) FILTER (WHERE NOT is_resolved) AS unresolved,
        mode() WITHIN GROUP (ORDER BY error_type) AS usual_error
    FROM ops_extraction_errors
    WHERE batch_id > (extract(epoch FROM coalesce(%(until)s::timestamptz, (SELECT max(batch_start_time) FROM ops_batch_runs)) - %(days)s * interval '1 day') * 1000)::bigint
        AND batch_id <= (extract(epoch FROM coalesce(%(until)s::timestamptz, (SELECT max(batch_start_time) FROM ops_batch_runs))) * 1000)::bigint
    GROUP BY fiat_code
), readings AS (
    SELECT fiat.currency_code, sum(daily.batches) AS readings
    FROM market_depth_daily AS daily
    JOIN dim_fiat_currencies AS fiat USING (fiat_id)
    WHERE daily.day > coalesce(%(until)s::timestamptz, (SELECT max(batch_start_time) FROM ops_batch_runs)) - %(days)s * interval '1 day' AND daily.day <= coalesce(%(until)s::timestamptz, (SELECT max(batch_start_time) FROM ops_batch_runs))
    GROUP BY fiat.currency_code
)
SELECT
    errors.fiat_code,
    errors.errors,
    errors.unresolved,
    errors.usual_error,
    readings.readings,
    errors.errors::double precision / readings.readings AS errors_a_reading
FROM errors
LEFT JOIN readings ON readings.currency_code = errors.fiat_code
ORDER BY errors_a_reading DESC NULLS LAST, errors.fiat_code;
