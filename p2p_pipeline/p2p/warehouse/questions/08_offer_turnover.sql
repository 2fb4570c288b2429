-- How many of a market's offers come and go a day?
--
-- `turnover` is how often the average number of offers was replaced. An offer that pauses and comes back counts as gone
-- and appeared; those that the first batch of a fiat found were there before and do not.
--
-- Parameters:
--   venue text = 'binance': whose markets
--   fiat text = 'RUB': the fiat currency
--   asset text = 'USDT': the crypto asset
--   side text = 'BUY': what the taker does, BUY or SELL
--   days integer = 30: how far back; days that are over
--   until timestamptz = NULL: the end of the time looked at; empty for the newest batch
--
-- Relies on:
--   market_change_days: market_change_days_pkey
--   market_depth_days: market_depth_days_pkey
SELECT
    changed.day,
    depth.avg_offers,
    changed.offers_appeared,
    changed.offers_gone,
    changed.price_changes,
    changed.other_changes,
    (changed.offers_appeared + changed.offers_gone) / 2.0 / nullif(depth.avg_offers, 0) AS turnover
FROM market_change_days AS changed
JOIN market_depth_days AS depth USING (fiat_id, crypto_id, trade_type, day)
WHERE
    changed.fiat_id = (SELECT fiat_id FROM dim_fiat_currencies WHERE currency_code = %(fiat)s)
    AND changed.crypto_id = (SELECT crypto_id FROM dim_cryptocurrencies WHERE symbol = %(asset)s AND venue = %(venue)s)
    AND changed.trade_type = %(side)s::trade_type
    AND changed.day > coalesce(%(until)s::timestamptz, (SELECT max(batch_start_time) FROM ops_batch_runs)) - %(days)s * interval '1 day' - interval '1 day'
    AND changed.day <= coalesce(%(until)s::timestamptz, (SELECT max(batch_start_time) FROM ops_batch_runs))
ORDER BY changed.day;
