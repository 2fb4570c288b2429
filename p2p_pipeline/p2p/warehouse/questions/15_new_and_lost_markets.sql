-- Which market sides got their first offers lately, and which lost their last?
--
-- `appeared`: offers in the last days and none in as many days before; `disappeared`: the other way round. Nothing is
-- said where one of the two times has no batch: a young warehouse doesn't know what is new.
--
-- Parameters:
--   venue text = 'binance': whose markets
--   days integer = 7: how far back
--   until timestamptz = NULL: the end of the time looked at; empty for the newest batch
--
-- Relies on:
--   market_depth_days: market_depth_days_day
SELECT
    fiat.currency_code,
    crypto.symbol,
    sides.trade_type,
    CASE WHEN sides.offers_before > 0 THEN 'disappeared' ELSE 'appeared' END AS what,
    sides.first_day,
    sides.last_day,
    greatest(sides.offers_before, sides.offers_lately) AS most_offers
FROM (
    SELECT
        fiat_id,
        crypto_id,
        trade_type,
        coalesce(max(avg_offers) FILTER (WHERE day <= coalesce(%(until)s::timestamptz, (SELECT max(batch_start_time) FROM ops_batch_runs)) - %(days)s * interval '1 day'), 0) AS offers_before,
        coalesce(max(avg_offers) FILTER (WHERE day > coalesce(%(until)s::timestamptz, (SELECT max(batch_start_time) FROM ops_batch_runs)) - %(days)s * interval '1 day'), 0) AS offers_lately,
        bool_or(min(day) <= coalesce(%(until)s::timestamptz, (SELECT max(batch_start_time) FROM ops_batch_runs)) - %(days)s * interval '1 day') OVER () AS has_before,
        bool_or(max(day) > coalesce(%(until)s::timestamptz, (SELECT max(batch_start_time) FROM ops_batch_runs)) - %(days)s * interval '1 day') OVER () AS has_lately,
        min(day) FILTER (WHERE avg_offers > 0) AS first_day,
        max(day) FILTER (WHERE avg_offers > 0) AS last_day
    FROM market_depth_daily
    WHERE day > coalesce(%(until)s::timestamptz, (SELECT max(batch_start_time) FROM ops_batch_runs)) - 2 * %(days)s * interval '1 day' AND day <= coalesce(%(until)s::timestamptz, (SELECT max(batch_start_time) FROM ops_batch_runs))
    GROUP BY fiat_id, crypto_id, trade_type
) AS sides
JOIN dim_fiat_currencies AS fiat USING (fiat_id)
JOIN dim_cryptocurrencies AS crypto USING (crypto_id)
WHERE crypto.venue = %(venue)s
    AND sides.has_before
    AND sides.has_lately
    AND (sides.offers_before > 0) <> (sides.offers_lately > 0)
ORDER BY what, currency_code, symbol, trade_type;
