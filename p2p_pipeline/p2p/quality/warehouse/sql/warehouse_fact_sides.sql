-- A batch's market sides.
SELECT
    fiat_id, crypto_id, trade_type::text AS side, currency_code AS fiat, symbol AS asset, extraction_timestamp,
    is_complete, total_offers_count AS offers
FROM fact_market_depth
LEFT JOIN dim_cryptocurrencies USING (crypto_id)
LEFT JOIN dim_fiat_currencies USING (fiat_id)
WHERE batch_id = %(batch_id)s
