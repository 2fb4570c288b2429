-- Which offers of a fiat are far better than their market's weighted price?
--
-- Bait, mistakes, or the best deal of the day: `can_be_filled` tells the first from the last.
--
-- Parameters:
--   venue text = 'binance': whose markets
--   fiat text = 'RUB': the fiat currency
--   percent numeric = 3: how much better at least
--
-- Relies on:
--   offer_versions: offer_versions_market, at most 1 partition
--   fact_market_depth: fact_market_depth_pkey, at most 3 partitions
--   market_best: whole
SELECT
    best.symbol,
    version.trade_type,
    advertisement.offer_external_id,
    version.price,
    best.weighted_avg_price,
    (abs(version.price / best.weighted_avg_price - 1))::double precision AS better_by,
    version.max_limit > 0 AND version.max_limit >= version.min_limit AS can_be_filled,
    version.min_limit,
    version.max_limit,
    advertiser.nickname,
    advertiser.is_merchant
FROM current_offers AS version
JOIN market_best AS best
    ON best.fiat_id = version.fiat_id
    AND best.crypto_id = version.crypto_id
    AND best.trade_type = version.trade_type
    AND best.venue = %(venue)s
JOIN advertisements AS advertisement ON advertisement.offer_id = version.offer_id
JOIN dim_advertisers AS advertiser ON advertiser.advertiser_sk = version.advertiser_sk
WHERE version.fiat_id = (SELECT fiat_id FROM dim_fiat_currencies WHERE currency_code = %(fiat)s)
    AND CASE version.trade_type
        WHEN 'BUY' THEN version.price <= best.weighted_avg_price * (1 - %(percent)s::numeric / 100)
        ELSE version.price >= best.weighted_avg_price * (1 + %(percent)s::numeric / 100)
    END
ORDER BY better_by DESC, advertisement.offer_external_id;
