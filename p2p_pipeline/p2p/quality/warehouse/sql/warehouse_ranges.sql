-- Offers of a batch with a value that no market has. Constraints hold some of it already; they let NaN and infinity
-- pass, and don't hold in a table that somebody changed. Bounds are those of venues/reading.py: 10^20 and 12 places.
WITH -- :shown
, judged AS (
    SELECT
        offer_external_id, crypto_id, fiat_id, trade_type, extraction_timestamp, price, available_amount, min_limit,
        max_limit, stated_max_limit, completion_rate, orders_30d,
        array_remove(ARRAY[
            CASE WHEN (price > 0 AND price <= 1e20 AND scale(price) <= 12) IS NOT TRUE THEN 'price' END,
            CASE WHEN (available_amount BETWEEN 0 AND 1e20 AND scale(available_amount) <= 12) IS NOT TRUE
                THEN 'available_amount' END,
            CASE WHEN (min_limit BETWEEN 0 AND 1e20 AND scale(min_limit) <= 12) IS NOT TRUE THEN 'min_limit' END,
            CASE WHEN (stated_max_limit BETWEEN 0 AND 1e20 AND scale(stated_max_limit) <= 12) IS NOT TRUE
                THEN 'stated_max_limit' END,
            CASE WHEN (max_limit BETWEEN 0 AND stated_max_limit) IS NOT TRUE THEN 'max_limit' END,
            CASE WHEN min_limit > stated_max_limit THEN 'limits the wrong way round' END,
            CASE WHEN max_limit > price * available_amount THEN 'max_limit above what is available' END,
            CASE WHEN (completion_rate BETWEEN 0 AND 1) IS FALSE THEN 'completion_rate' END,
            CASE WHEN orders_30d < 0 THEN 'orders_30d' END,
            -- A batch is named after the second it began in, plus some milliseconds for the worker.
            CASE WHEN (extraction_timestamp BETWEEN %(started_at)s - interval '1 second' AND %(ended_at)s) IS NOT TRUE
                THEN 'extraction_timestamp' END
        ], NULL) AS wrong
    FROM shown
)
SELECT
    array_to_string(wrong, ', ') AS wrong, currency_code AS fiat, symbol AS asset, trade_type::text AS side,
    offer_external_id, extraction_timestamp, price, available_amount, min_limit, max_limit, stated_max_limit,
    completion_rate, orders_30d
FROM judged
LEFT JOIN dim_cryptocurrencies USING (crypto_id)
LEFT JOIN dim_fiat_currencies USING (fiat_id)
WHERE wrong <> '{}'
ORDER BY offer_external_id
