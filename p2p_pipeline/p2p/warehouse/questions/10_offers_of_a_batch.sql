-- Which offers did a market side have in a batch, exactly as they were?
--
-- The same as asking fact_offers, which is made for whole batches, for one market side.
--
-- Parameters:
--   venue text = 'binance': whose markets
--   fiat text = 'RUB': the fiat currency
--   asset text = 'USDT': the crypto asset
--   side text = 'BUY': what the taker does, BUY or SELL
--   batch_id bigint = NULL: the batch; empty for the newest that read the market side
--
-- Relies on:
--   fact_market_depth: fact_market_depth_pkey, at most 2 partitions
--   offer_versions: offer_versions_market
--   offer_statistics: offer_statistics_pkey
WITH side AS MATERIALIZED (
    -- One row where the batch, or any, read the market side, else none.
    SELECT depth.batch_id, depth.extraction_timestamp
    FROM fact_market_depth AS depth
    WHERE depth.fiat_id = (SELECT fiat_id FROM dim_fiat_currencies WHERE currency_code = %(fiat)s)
        AND depth.crypto_id = (SELECT crypto_id FROM dim_cryptocurrencies WHERE symbol = %(asset)s AND venue = %(venue)s)
        AND depth.trade_type = %(side)s::trade_type
        AND (%(batch_id)s::bigint IS NULL OR depth.batch_id = %(batch_id)s)
        AND depth.extraction_timestamp >= coalesce(to_timestamp(%(batch_id)s / 1000.0), '-infinity')
        -- Days to come are not looked into.
        AND depth.extraction_timestamp < coalesce(
            to_timestamp(%(batch_id)s / 1000.0), (SELECT max(batch_start_time) FROM ops_batch_runs)
        ) + interval '1 hour'
    ORDER BY depth.extraction_timestamp DESC
    LIMIT 1
), batch AS MATERIALIZED (
    SELECT batch_start_time FROM ops_batch_runs WHERE batch_id = (SELECT batch_id FROM side)
)
SELECT
    advertisement.offer_external_id,
    side.extraction_timestamp,
    version.price,
    version.available_amount,
    version.min_limit,
    version.max_limit,
    advertiser.nickname,
    advertiser.is_merchant,
    statistics.orders_30d,
    statistics.completion_rate,
    offer_terms.terms
FROM side
JOIN offer_versions AS version
    ON version.fiat_id = (SELECT fiat_id FROM dim_fiat_currencies WHERE currency_code = %(fiat)s)
    AND version.crypto_id = (SELECT crypto_id FROM dim_cryptocurrencies WHERE symbol = %(asset)s AND venue = %(venue)s)
    AND version.trade_type = %(side)s::trade_type
    AND version.valid_from <= (SELECT batch_start_time FROM batch)
    AND version.valid_to > (SELECT batch_start_time FROM batch)
JOIN advertisements AS advertisement ON advertisement.offer_id = version.offer_id
JOIN dim_advertisers AS advertiser ON advertiser.advertiser_sk = version.advertiser_sk
LEFT JOIN offer_terms ON offer_terms.terms_id = version.terms_id
-- Spans of one offer never overlap, so only the first that ends after the moment can hold at it: days are looked into
-- from the moment's own on, and hardly ever more than one.
LEFT JOIN LATERAL (
    SELECT span.valid_from, span.orders_30d, span.completion_rate
    FROM offer_statistics AS span
    WHERE span.offer_id = version.offer_id AND span.valid_to > (SELECT batch_start_time FROM batch)
    ORDER BY span.valid_to
    LIMIT 1
) AS statistics ON statistics.valid_from <= (SELECT batch_start_time FROM batch)
WHERE NOT EXISTS (
    SELECT FROM offer_gaps AS gap
    WHERE gap.batch_start_time = (SELECT batch_start_time FROM batch) AND gap.offer_id = version.offer_id
)
ORDER BY CASE %(side)s::text WHEN 'BUY' THEN version.price ELSE -version.price END, advertisement.offer_external_id;
