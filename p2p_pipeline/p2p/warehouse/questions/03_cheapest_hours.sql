-- At which hour of which weekday is a market usually cheapest?
--
-- Each hour is held against the average of its own day, so that a month that rose does not make its first days cheap.
-- The first rows are the best hours for the taker.
--
-- Parameters:
--   venue text = 'binance': whose markets
--   fiat text = 'RUB': the fiat currency
--   asset text = 'USDT': the crypto asset
--   side text = 'BUY': what the taker does, BUY or SELL
--   days integer = 30: how far back
--   time_zone text = 'UTC': whose hours and weekdays, such as Europe/Moscow
--   until timestamptz = NULL: the end of the time looked at; empty for the newest batch
--
-- Relies on:
--   market_depth_hours: market_depth_hours_pkey
SELECT
    extract(isodow FROM local_hour)::integer AS weekday,
    extract(hour FROM local_hour)::integer AS hour_of_day,
    avg(price / day_price - 1) AS deviation,
    count(*) AS hours
FROM (
    SELECT
        hour AT TIME ZONE %(time_zone)s AS local_hour,
        avg_best_price AS price,
        avg(avg_best_price) OVER (PARTITION BY date_trunc('day', hour AT TIME ZONE %(time_zone)s)) AS day_price
    FROM market_depth_hourly
    WHERE
        fiat_id = (SELECT fiat_id FROM dim_fiat_currencies WHERE currency_code = %(fiat)s)
        AND crypto_id = (SELECT crypto_id FROM dim_cryptocurrencies WHERE symbol = %(asset)s AND venue = %(venue)s)
        AND trade_type = %(side)s::trade_type
        AND hour > coalesce(%(until)s::timestamptz, (SELECT max(batch_start_time) FROM ops_batch_runs)) - %(days)s * interval '1 day'
        AND hour <= coalesce(%(until)s::timestamptz, (SELECT max(batch_start_time) FROM ops_batch_runs))
        AND avg_best_price IS NOT NULL
) AS hours
GROUP BY weekday, hour_of_day
ORDER BY CASE %(side)s::text WHEN 'BUY' THEN avg(price / day_price) ELSE -avg(price / day_price) END, 1, 2;
