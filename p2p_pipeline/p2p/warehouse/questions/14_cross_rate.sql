-- What does money of one fiat become in another through an asset, at the best prices, hour by hour?
--
-- Buy the asset with the first fiat, sell it for the second: `rate` is units of the second for one of the first.
--
-- Parameters:
--   venue text = 'binance': whose markets
--   fiat text = 'RUB': what is paid
--   asset text = 'USDT': what is bought and sold
--   to_fiat text = 'VND': what is received
--   days integer = 7: how far back
--   until timestamptz = NULL: the end of the time looked at; empty for the newest batch
--
-- Relies on:
--   market_depth_hours: market_depth_hours_pkey
SELECT
    hour,
    bought.avg_best_price AS buy_price,
    sold.avg_best_price AS sell_price,
    sold.avg_best_price / bought.avg_best_price AS rate
FROM (
    SELECT hour, avg_best_price
    FROM market_depth_hourly
    WHERE fiat_id = (SELECT fiat_id FROM dim_fiat_currencies WHERE currency_code = %(fiat)s)
        AND crypto_id = (SELECT crypto_id FROM dim_cryptocurrencies WHERE symbol = %(asset)s AND venue = %(venue)s)
        AND trade_type = 'BUY'
        AND hour > coalesce(%(until)s::timestamptz, (SELECT max(batch_start_time) FROM ops_batch_runs)) - %(days)s * interval '1 day'
        AND hour <= coalesce(%(until)s::timestamptz, (SELECT max(batch_start_time) FROM ops_batch_runs))
) AS bought
JOIN (
    SELECT hour, avg_best_price
    FROM market_depth_hourly
    WHERE fiat_id = (SELECT fiat_id FROM dim_fiat_currencies WHERE currency_code = %(to_fiat)s)
        AND crypto_id = (SELECT crypto_id FROM dim_cryptocurrencies WHERE symbol = %(asset)s AND venue = %(venue)s)
        AND trade_type = 'SELL'
        AND hour > coalesce(%(until)s::timestamptz, (SELECT max(batch_start_time) FROM ops_batch_runs)) - %(days)s * interval '1 day'
        AND hour <= coalesce(%(until)s::timestamptz, (SELECT max(batch_start_time) FROM ops_batch_runs))
) AS sold USING (hour)
WHERE bought.avg_best_price IS NOT NULL AND sold.avg_best_price IS NOT NULL
ORDER BY hour;
