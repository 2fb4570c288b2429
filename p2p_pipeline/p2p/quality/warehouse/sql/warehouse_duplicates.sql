-- Offers that stand more than once on one side of one market in a batch.
WITH -- :shown
SELECT
    currency_code AS fiat, symbol AS asset, trade_type::text AS side, offer_external_id, count(*) AS times,
    array_agg(DISTINCT offer_id) AS offer_ids
FROM shown
LEFT JOIN dim_cryptocurrencies USING (crypto_id)
LEFT JOIN dim_fiat_currencies USING (fiat_id)
WHERE offer_external_id IS NOT NULL
GROUP BY currency_code, symbol, trade_type, offer_external_id
HAVING count(*) > 1
ORDER BY times DESC, offer_external_id
