-- A batch's offers as the view fact_offers gives them (a test holds the two to be the same), in the words of the raw
-- responses.
WITH -- :shown
SELECT
    shown.fiat_id, shown.crypto_id, shown.trade_type::text, shown.offer_external_id,
    shown.price, shown.available_amount, shown.min_limit, shown.max_limit, shown.stated_max_limit,
    advertiser.advertiser_id, advertiser.nickname, advertiser.is_merchant, shown.completion_rate, shown.orders_30d,
    shown.payment_minutes, shown.is_promoted, shown.payment_set_id, shown.terms_id
FROM shown
LEFT JOIN dim_advertisers AS advertiser USING (advertiser_sk)
WHERE %(offer_id)s::text IS NULL OR shown.offer_external_id = %(offer_id)s
