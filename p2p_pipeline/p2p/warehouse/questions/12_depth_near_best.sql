-- How much can be had within so many percent of a market's best price now?
--
-- The best price is that of offers that can be filled. Offers that can't be filled are left out.
--
-- Parameters:
--   venue text = 'binance': whose markets
--   fiat text = 'RUB': the fiat currency
--   asset text = 'USDT': the crypto asset
--   side text = 'BUY': what the taker does, BUY or SELL
--   percents numeric[] = '{0.1,0.25,0.5,1,2,5}': how far from the best price
--
-- Relies on:
--   offer_versions: offer_versions_market, at most 1 partition
--   fact_market_depth: fact_market_depth_pkey, at most 3 partitions
WITH open AS MATERIALIZED (
    SELECT price, available_amount, max_limit, advertiser_sk
    FROM current_offers
    WHERE fiat_id = (SELECT fiat_id FROM dim_fiat_currencies WHERE currency_code = %(fiat)s)
        AND crypto_id = (SELECT crypto_id FROM dim_cryptocurrencies WHERE symbol = %(asset)s AND venue = %(venue)s)
        AND trade_type = %(side)s::trade_type
        AND max_limit > 0
        AND max_limit >= min_limit
), best AS MATERIALIZED (
    SELECT CASE %(side)s::text WHEN 'BUY' THEN min(price) ELSE max(price) END AS best_price
    FROM open
    HAVING count(*) > 0
)
SELECT
    percent,
    count(open.price) AS offers,
    count(DISTINCT open.advertiser_sk) AS advertisers,
    coalesce(sum(open.available_amount), 0) AS available_amount,
    coalesce(sum(open.max_limit), 0) AS most_fiat_at_once,
    best.best_price,
    max(open.price) AS highest_price,
    min(open.price) AS lowest_price
FROM best
CROSS JOIN unnest(%(percents)s::numeric[]) AS percent
LEFT JOIN open ON abs(open.price - best.best_price) <= best.best_price * percent / 100
GROUP BY percent, best.best_price
ORDER BY percent;
