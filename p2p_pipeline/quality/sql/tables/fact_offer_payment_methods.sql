SELECT offer_payment_id, offer_id, extraction_timestamp, payment_method_id, is_primary::integer AS is_primary
FROM fact_offer_payment_methods
WHERE batch_id = current_setting('p2p.batch_id')::bigint
