SELECT
    depth_id, batch_id, extraction_timestamp, crypto_id, fiat_id, trade_type::text, total_offers_count,
    is_complete::integer AS is_complete, total_available_volume, weighted_avg_price, min_price, max_price,
    round(max_price / min_price, 6) AS price_ratio
FROM fact_market_depth
WHERE batch_id = current_setting('p2p.batch_id')::bigint
