-- What is the best price for an amount in a market now, by payment method?
--
-- Only offers that can be filled for the whole amount count: it lies in [min_limit, max_limit].
--
-- Parameters:
--   venue text = 'binance': whose markets
--   fiat text = 'RUB': the fiat currency
--   asset text = 'USDT': the crypto asset
--   side text = 'BUY': what the taker does, BUY or SELL
--   amount numeric = 5000: how much, in fiat
--
-- Relies on:
--   offer_versions: offer_versions_market, at most 1 partition
--   fact_market_depth: fact_market_depth_pkey, at most 3 partitions
SELECT
    method.method_name,
    method.method_code,
    count(*) AS offers,
    CASE %(side)s::text WHEN 'BUY' THEN min(version.price) ELSE max(version.price) END AS best_price,
    (array_agg(
        advertisement.offer_external_id
        ORDER BY CASE %(side)s::text WHEN 'BUY' THEN version.price ELSE -version.price END, version.offer_id
    ))[1] AS best_offer
FROM current_offers AS version
JOIN advertisements AS advertisement ON advertisement.offer_id = version.offer_id
JOIN payment_method_sets AS kept ON kept.payment_set_id = version.payment_set_id
JOIN dim_payment_methods AS method ON method.payment_method_id = ANY (kept.payment_method_ids)
WHERE
    version.fiat_id = (SELECT fiat_id FROM dim_fiat_currencies WHERE currency_code = %(fiat)s)
    AND version.crypto_id = (SELECT crypto_id FROM dim_cryptocurrencies WHERE symbol = %(asset)s AND venue = %(venue)s)
    AND version.trade_type = %(side)s::trade_type
    AND %(amount)s::numeric BETWEEN version.min_limit AND version.max_limit
GROUP BY method.payment_method_id
ORDER BY CASE %(side)s::text WHEN 'BUY' THEN min(version.price) ELSE -max(version.price) END, method.method_code;
