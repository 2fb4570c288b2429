SELECT
    offer_id, offer_external_id, current_setting('p2p.batch_id')::bigint AS batch_id, extraction_timestamp, crypto_id,
    fiat_id, advertiser_sk, trade_type::text, price, available_amount, min_limit, max_limit, stated_max_limit,
    completion_rate, orders_30d, payment_minutes,
    round(max_limit / nullif(price * available_amount, 0), 6) AS filled_share,
    length(terms) AS terms_characters
FROM (
    WITH -- :shown
    SELECT shown.*, terms FROM shown LEFT JOIN offer_terms USING (terms_id)
) AS shown
