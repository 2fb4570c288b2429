-- Market sides of a batch whose depth is not that of the offers which the view gives. An offer left open that a
-- complete reading did not show makes one more; one closed too early makes one less.
WITH shown AS (
    SELECT
        crypto_id, fiat_id, trade_type, count(*) AS offers, sum(available_amount) AS volume,
        sum(price * available_amount) AS worth, min(price) AS lowest, max(price) AS highest
    FROM fact_offers
    WHERE batch_id = %(batch_id)s
    GROUP BY crypto_id, fiat_id, trade_type
), kept AS (
    SELECT * FROM fact_market_depth WHERE batch_id = %(batch_id)s
)
SELECT
    array_to_string(array_remove(ARRAY[
        CASE WHEN total_offers_count <> coalesce(offers, 0) THEN 'count' END,
        CASE WHEN total_available_volume <> coalesce(volume, 0) THEN 'volume' END,
        CASE WHEN min_price IS DISTINCT FROM lowest THEN 'lowest price' END,
        CASE WHEN max_price IS DISTINCT FROM highest THEN 'highest price' END,
        -- A weighted price is a quotient: written with some places, and open where nothing is to be had.
        CASE WHEN volume > 0 AND (abs(weighted_avg_price - worth / volume) <= 1e-6 * worth / volume) IS NOT TRUE
            THEN 'weighted price' END
    ], NULL), ', ') AS differs,
    currency_code AS fiat, symbol AS asset, trade_type::text AS side, extraction_timestamp,
    total_offers_count AS depth_offers, coalesce(offers, 0) AS fact_offers, total_available_volume AS depth_volume,
    volume AS fact_volume, weighted_avg_price AS depth_price, round(worth / nullif(volume, 0), 12) AS fact_price
FROM kept
LEFT JOIN shown USING (crypto_id, fiat_id, trade_type)
LEFT JOIN dim_cryptocurrencies USING (crypto_id)
LEFT JOIN dim_fiat_currencies USING (fiat_id)
WHERE total_offers_count <> coalesce(offers, 0)
    OR total_available_volume <> coalesce(volume, 0)
    OR min_price IS DISTINCT FROM lowest
    OR max_price IS DISTINCT FROM highest
    OR (volume > 0 AND (abs(weighted_avg_price - worth / volume) <= 1e-6 * worth / volume) IS NOT TRUE)
ORDER BY abs(total_offers_count - coalesce(offers, 0)) DESC, currency_code, symbol, trade_type
