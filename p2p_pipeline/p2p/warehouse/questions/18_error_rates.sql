-- In which fiats do requests fail, and how often?
--
-- `errors_a_reading` is errors for each market side that was read.
--
-- Parameters:
--   venue text = 'binance': the venue
--   days integer = 7: how far back; UTC days, the last is that of `until`
--   until timestamptz = NULL: the day looked at last; empty for the newest batch
--
-- Relies on:
--   ops_extraction_errors: ops_extraction_errors_batch
--   market_depth_days: market_depth_days_day
WITH span AS MATERIALIZED (
    SELECT ends - %(days)s * interval '1 day' AS first_day, ends
    FROM (SELECT date_trunc('day', coalesce(%(until)s::timestamptz, (SELECT max(batch_start_time) FROM ops_batch_runs)), 'UTC') + interval '1 day' AS ends) AS last_day
), errors AS (
    SELECT
        fiat_code,
        count(*) AS errors,
        count(*) FILTER (WHERE NOT is_resolved) AS unresolved,
        mode() WITHIN GROUP (ORDER BY error_type) AS usual_error
    FROM ops_extraction_errors
    WHERE batch_id >= (SELECT (extract(epoch FROM first_day) * 1000)::bigint FROM span)
        AND batch_id < (SELECT (extract(epoch FROM ends) * 1000)::bigint FROM span)
        AND batch_id IN (SELECT batch_id FROM ops_batch_runs WHERE venue = %(venue)s)
    GROUP BY fiat_code
), readings AS (
    SELECT fiat.currency_code, sum(daily.batches) AS readings
    FROM market_depth_daily AS daily
    JOIN dim_fiat_currencies AS fiat USING (fiat_id)
    JOIN dim_cryptocurrencies AS crypto ON crypto.crypto_id = daily.crypto_id AND crypto.venue = %(venue)s
    WHERE daily.day >= (SELECT first_day FROM span) AND daily.day < (SELECT ends FROM span)
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
