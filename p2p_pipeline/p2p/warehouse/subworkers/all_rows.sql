SELECT
    NULL::text AS change,
    offer.offer_id,
    offer.offer_external_id,
    offer.batch_id,
    offer.extraction_timestamp,
    crypto.symbol,
    fiat.currency_code,
    offer.trade_type::text,
    offer.advertiser_sk,
    offer.price,
    offer.available_amount,
    offer.min_limit,
    offer.max_limit,
    offer.stated_max_limit,
    offer.payment_minutes,
    offer.is_promoted,
    offer.payment_set_id,
    offer.terms_id,
    offer.terms,
    offer.completion_rate,
    offer.orders_30d
FROM fact_offers AS offer
JOIN dim_cryptocurrencies AS crypto ON crypto.crypto_id = offer.crypto_id
JOIN dim_fiat_currencies AS fiat ON fiat.fiat_id = offer.fiat_id
WHERE offer.batch_id = %(batch_id)s
