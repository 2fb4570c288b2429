SELECT
    offer_id::bigint * 1048576 + method.payment_method_id AS offer_payment_id,
    offer_id, extraction_timestamp, method.payment_method_id, (method.place = 1)::integer AS is_primary
FROM (
    WITH -- :shown
    SELECT * FROM shown
) AS shown
JOIN payment_method_sets AS kept USING (payment_set_id)
CROSS JOIN LATERAL unnest(kept.payment_method_ids) WITH ORDINALITY AS method (payment_method_id, place)
