-- Market sides of a batch whose depth is not that of the offers which the view gives. An offer left open that a
-- complete reading did not show makes one more; one closed too early makes one less.
WITH -- :shown
, added AS (
    SELECT
        crypto_id, fiat_id, trade_type, count(*) AS offers, sum(available_amount) AS volume,
        sum(price * available_amount) AS worth, min(price) AS lowest, max(price) AS highest,
        CASE trade_type
            WHEN 'BUY' THEN min(price) FILTER (WHERE max_limit > 0 AND max_limit >= min_limit)
            ELSE max(price) FILTER (WHERE max_limit > 0 AND max_limit >= min_limit)
        END AS best,
        percentile_disc(0.5) WITHIN GROUP (ORDER BY price) AS median
    FROM shown
    GROUP BY crypto_id, fiat_id, trade_type
), compared AS (
    SELECT
        depth.*, offers, volume, worth,
        array_to_string(array_remove(ARRAY[
            CASE WHEN total_offers_count <> coalesce(offers, 0) THEN 'count' END,
            CASE WHEN total_available_volume <> coalesce(volume, 0) THEN 'volume' END,
            CASE WHEN min_price IS DISTINCT FROM lowest THEN 'lowest price' END,
            CASE WHEN max_price IS DISTINCT FROM highest THEN 'highest price' END,
            CASE WHEN best_price IS DISTINCT FROM best THEN 'best price' END,
            CASE WHEN median_price IS DISTINCT FROM median THEN 'median price' END,
            -- A quotient: written with 12 places, open where nothing is to be had, and divided here to 16 digits.
            CASE WHEN (weighted_avg_price IS NULL) <> (coalesce(volume, 0) = 0)
                OR abs(weighted_avg_price - worth / nullif(volume, 0)) > 2e-12 + 1e-12 * weighted_avg_price
                THEN 'weighted price' END
        ], NULL), ', ') AS differs
    FROM fact_market_depth AS depth
    LEFT JOIN added USING (crypto_id, fiat_id, trade_type)
    WHERE batch_id = %(batch_id)s
)
SELECT
    differs, currency_code AS fiat, symbol AS asset, trade_type::text AS side, extraction_timestamp,
    total_offers_count AS depth_offers, coalesce(offers, 0) AS fact_offers, total_available_volume AS depth_volume,
    volume AS fact_volume, weighted_avg_price AS depth_price, round(worth / nullif(volume, 0), 12) AS fact_price
FROM compared
LEFT JOIN dim_cryptocurrencies USING (crypto_id)
LEFT JOIN dim_fiat_currencies USING (fiat_id)
WHERE differs <> ''
ORDER BY abs(total_offers_count - coalesce(offers, 0)) DESC, currency_code, symbol, trade_type
