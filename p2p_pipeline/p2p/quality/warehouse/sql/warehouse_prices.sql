-- Market sides of a batch whose weighted price lies far from the median of their own last day. Deviation is told
-- twice: as a share, and in median absolute deviations, so that a price that always jumps is no news.
WITH now_read AS (
    SELECT fiat_id, crypto_id, trade_type, extraction_timestamp, total_offers_count, weighted_avg_price
    FROM fact_market_depth
    WHERE batch_id = %(batch_id)s AND weighted_avg_price IS NOT NULL AND total_offers_count >= %(least_offers)s
), earlier AS (
    SELECT fiat_id, crypto_id, trade_type, depth.weighted_avg_price::double precision AS price
    FROM fact_market_depth AS depth JOIN now_read AS read USING (fiat_id, crypto_id, trade_type)
    WHERE depth.extraction_timestamp >= %(started_at)s - interval '1 day'
        AND depth.extraction_timestamp < %(started_at)s
        AND depth.batch_id < %(batch_id)s
        AND depth.weighted_avg_price IS NOT NULL
        AND depth.total_offers_count >= %(least_offers)s
), centre AS (
    SELECT fiat_id, crypto_id, trade_type, count(*) AS readings,
        percentile_cont(0.5) WITHIN GROUP (ORDER BY price) AS usual
    FROM earlier GROUP BY fiat_id, crypto_id, trade_type
), spread AS (
    SELECT fiat_id, crypto_id, trade_type,
        1.4826 * percentile_cont(0.5) WITHIN GROUP (ORDER BY abs(price - usual)) AS deviation
    FROM earlier JOIN centre USING (fiat_id, crypto_id, trade_type) GROUP BY fiat_id, crypto_id, trade_type
), judged AS (
    SELECT *, weighted_avg_price::double precision / usual - 1 AS share,
        abs(weighted_avg_price::double precision - usual) / nullif(deviation, 0) AS deviations
    FROM now_read JOIN centre USING (fiat_id, crypto_id, trade_type) JOIN spread USING (fiat_id, crypto_id, trade_type)
    WHERE readings >= %(least_readings)s
)
SELECT
    currency_code AS fiat, symbol AS asset, trade_type::text AS side, extraction_timestamp,
    total_offers_count AS offers, weighted_avg_price AS price, usual, share, deviations, readings,
    abs(share) > %(limit)s AND coalesce(deviations, 'infinity') > %(least_deviations)s AS is_unusual
FROM judged
LEFT JOIN dim_cryptocurrencies USING (crypto_id)
LEFT JOIN dim_fiat_currencies USING (fiat_id)
ORDER BY is_unusual DESC, abs(share) DESC
