-- A batch's offers as the view gives them, in the words of the raw responses.
SELECT
    fact.fiat_id, fact.crypto_id, fact.trade_type::text, fact.offer_external_id,
    fact.price, fact.available_amount, fact.min_limit, fact.max_limit, fact.stated_max_limit,
    advertiser.advertiser_id, advertiser.nickname, advertiser.is_merchant, fact.completion_rate, fact.orders_30d,
    fact.payment_minutes, fact.is_promoted, fact.payment_set_id, fact.terms_id
FROM fact_offers AS fact
LEFT JOIN dim_advertisers AS advertiser USING (advertiser_sk)
WHERE fact.batch_id = %(batch_id)s
    AND (%(offer_id)s::text IS NULL OR fact.offer_external_id = %(offer_id)s)
