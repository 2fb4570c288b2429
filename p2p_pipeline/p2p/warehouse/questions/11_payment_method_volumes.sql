-- Which payment methods carry how much volume in a fiat?
--
-- An offer that takes several methods counts in full for each, so shares add up to more than 1.
--
-- Parameters:
--   venue text = 'binance': the venue
--   fiat text = 'RUB': the fiat currency
--   side text = 'BUY': what the taker does, BUY or SELL
--
-- Relies on:
--   offer_versions: offer_versions_market, at most 1 partition
--   fact_market_depth: fact_market_depth_pkey, at most 3 partitions
WITH open AS (
    SELECT version.payment_set_id, version.available_amount * version.price AS volume
    FROM current_offers AS version
    JOIN dim_cryptocurrencies AS crypto ON crypto.crypto_id = version.crypto_id AND crypto.venue = %(venue)s
    WHERE version.fiat_id = (SELECT fiat_id FROM dim_fiat_currencies WHERE currency_code = %(fiat)s)
        AND version.trade_type = %(side)s::trade_type
)
SELECT
    method.method_name,
    method.method_code,
    method.category,
    count(*) AS offers,
    sum(open.volume) AS volume,
    (sum(open.volume) / nullif((SELECT sum(volume) FROM open), 0))::double precision AS share
FROM open
JOIN payment_method_sets AS kept USING (payment_set_id)
CROSS JOIN LATERAL unnest(kept.payment_method_ids) AS taken (payment_method_id)
JOIN dim_payment_methods AS method USING (payment_method_id)
GROUP BY method.payment_method_id
ORDER BY volume DESC, method.method_code;
