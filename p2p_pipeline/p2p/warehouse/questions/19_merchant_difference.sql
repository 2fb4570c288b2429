-- Are merchants cheaper than others in a market now?
--
-- Parameters:
--   venue text = 'binance': whose markets
--   fiat text = 'RUB': the fiat currency
--   asset text = 'USDT': the crypto asset
--   side text = 'BUY': what the taker does, BUY or SELL
--
-- Relies on:
--   offer_versions: offer_versions_market, at most 1 partition
--   fact_market_depth: fact_market_depth_pkey, at most 3 partitions
SELECT
    advertiser.is_merchant,
    count(*) AS offers,
    count(DISTINCT advertiser.advertiser_id) AS advertisers,
    sum(version.available_amount) AS available_amount,
    CASE %(side)s::text WHEN 'BUY' THEN min(version.price) ELSE max(version.price) END AS best_price,
    percentile_disc(0.5) WITHIN GROUP (ORDER BY version.price) AS median_price,
    sum(version.price * version.available_amount) / nullif(sum(version.available_amount), 0) AS weighted_price
FROM current_offers AS version
JOIN dim_advertisers AS advertiser ON advertiser.advertiser_sk = version.advertiser_sk
WHERE
    version.fiat_id = (SELECT fiat_id FROM dim_fiat_currencies WHERE currency_code = %(fiat)s)
    AND version.crypto_id = (SELECT crypto_id FROM dim_cryptocurrencies WHERE symbol = %(asset)s AND venue = %(venue)s)
    AND version.trade_type = %(side)s::trade_type
    AND version.max_limit > 0
    AND version.max_limit >= version.min_limit
GROUP BY advertiser.is_merchant
ORDER BY advertiser.is_merchant;
