-- Which markets' prices move most?
--
-- Daily volatility: the root of 24 times the variance of the hourly returns of the median price, which teasers and
-- single offers do not move.
--
-- Parameters:
--   side text = 'BUY': what the taker does, BUY or SELL
--   days integer = 7: how far back
--   minimum_offers integer = 5: on average
--   markets integer = 20: how many to show
--   until timestamptz = NULL: the end of the time looked at; empty for the newest batch
--
-- Relies on:
--   market_depth_days: market_depth_days_day
SELECT
    fiat.currency_code,
    crypto.symbol,
    sqrt(24 * avg(daily.hourly_variance)) AS daily_volatility,
    avg(daily.avg_offers) AS avg_offers,
    count(*) AS days
FROM market_depth_daily AS daily
JOIN dim_fiat_currencies AS fiat USING (fiat_id)
JOIN dim_cryptocurrencies AS crypto USING (crypto_id)
WHERE daily.day > coalesce(%(until)s::timestamptz, (SELECT max(batch_start_time) FROM ops_batch_runs)) - %(days)s * interval '1 day'
    AND daily.day <= coalesce(%(until)s::timestamptz, (SELECT max(batch_start_time) FROM ops_batch_runs))
    AND daily.trade_type = %(side)s::trade_type
    AND daily.hourly_variance IS NOT NULL
GROUP BY fiat.currency_code, crypto.symbol
HAVING avg(daily.avg_offers) >= %(minimum_offers)s
ORDER BY daily_volatility DESC, 1, 2
LIMIT %(markets)s;
