-- How did a market's best price, median price and spread go, hour by hour?
--
-- The spread is the share lost by buying and selling back, here of the best prices: 1 - sell / buy.
--
-- Parameters:
--   venue text = 'binance': whose markets
--   fiat text = 'RUB': the fiat currency
--   asset text = 'USDT': the crypto asset
--   days integer = 7: how far back
--   until timestamptz = NULL: the end of the time looked at; empty for the newest batch
--
-- Relies on:
--   market_depth_hours: market_depth_hours_pkey
SELECT
    hour,
    buy.avg_best_price AS best_buy_price,
    buy.avg_median_price AS median_buy_price,
    sell.avg_best_price AS best_sell_price,
    sell.avg_median_price AS median_sell_price,
    1 - sell.avg_best_price / buy.avg_best_price AS spread_share,
    buy.avg_offers AS buy_offers,
    sell.avg_offers AS sell_offers
FROM (
    SELECT *
    FROM market_depth_hourly
    WHERE fiat_id = (SELECT fiat_id FROM dim_fiat_currencies WHERE currency_code = %(fiat)s)
        AND crypto_id = (SELECT crypto_id FROM dim_cryptocurrencies WHERE symbol = %(asset)s AND venue = %(venue)s)
        AND trade_type = 'BUY'
        AND hour > coalesce(%(until)s::timestamptz, (SELECT max(batch_start_time) FROM ops_batch_runs)) - %(days)s * interval '1 day'
        AND hour <= coalesce(%(until)s::timestamptz, (SELECT max(batch_start_time) FROM ops_batch_runs))
) AS buy
FULL JOIN (
    SELECT *
    FROM market_depth_hourly
    WHERE fiat_id = (SELECT fiat_id FROM dim_fiat_currencies WHERE currency_code = %(fiat)s)
        AND crypto_id = (SELECT crypto_id FROM dim_cryptocurrencies WHERE symbol = %(asset)s AND venue = %(venue)s)
        AND trade_type = 'SELL'
        AND hour > coalesce(%(until)s::timestamptz, (SELECT max(batch_start_time) FROM ops_batch_runs)) - %(days)s * interval '1 day'
        AND hour <= coalesce(%(until)s::timestamptz, (SELECT max(batch_start_time) FROM ops_batch_runs))
) AS sell USING (hour)
ORDER BY hour;
