-- Which markets' prices move most?
--
-- Daily volatility: the root of 24 times the variance of the hourly returns of the median price, which teasers and
-- single offers do not move. A day counts by its returns: one that just began, or was hardly read, weighs less.
--
-- Parameters:
--   venue text = 'binance': whose markets
--   side text = 'BUY': what the taker does, BUY or SELL
--   days integer = 7: how far back; UTC days, the last is that of `until`
--   minimum_offers integer = 5: on average
--   markets integer = 20: how many to show
--   until timestamptz = NULL: the day looked at last; empty for the newest batch
--
-- Relies on:
--   market_depth_days: market_depth_days_day
WITH span AS MATERIALIZED (
    SELECT ends - %(days)s * interval '1 day' AS first_day, ends
    FROM (SELECT date_trunc('day', coalesce(%(until)s::timestamptz, (SELECT max(batch_start_time) FROM ops_batch_runs)), 'UTC') + interval '1 day' AS ends) AS last_day
)
SELECT
    fiat.currency_code,
    crypto.symbol,
    sqrt(24 * sum(daily.hourly_variance * (daily.hours - 1)) / nullif(sum(daily.hours - 1), 0)) AS daily_volatility,
    avg(daily.avg_offers) AS avg_offers,
    count(*) AS days
FROM market_depth_daily AS daily
JOIN dim_fiat_currencies AS fiat USING (fiat_id)
JOIN dim_cryptocurrencies AS crypto USING (crypto_id)
WHERE daily.day >= (SELECT first_day FROM span)
    AND daily.day < (SELECT ends FROM span)
    AND daily.trade_type = %(side)s::trade_type
    AND daily.hourly_variance IS NOT NULL
    AND crypto.venue = %(venue)s
GROUP BY fiat.currency_code, crypto.symbol
HAVING avg(daily.avg_offers) >= %(minimum_offers)s
ORDER BY daily_volatility DESC NULLS LAST, 1, 2
LIMIT %(markets)s;
