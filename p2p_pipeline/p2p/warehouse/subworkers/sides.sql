SELECT
    depth.fiat_id,
    depth.crypto_id,
    depth.trade_type::text,
    depth.extraction_timestamp,
    crypto.symbol,
    fiat.currency_code
FROM fact_market_depth AS depth
JOIN dim_cryptocurrencies AS crypto ON crypto.crypto_id = depth.crypto_id
JOIN dim_fiat_currencies AS fiat ON fiat.fiat_id = depth.fiat_id
WHERE depth.batch_id = %(batch_id)s
