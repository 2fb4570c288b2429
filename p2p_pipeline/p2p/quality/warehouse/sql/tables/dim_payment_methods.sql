SELECT payment_method_id, method_code, method_name, category, description, canonical_code, is_active
FROM dim_payment_methods
WHERE venue = (SELECT venue FROM ops_batch_runs WHERE batch_id = current_setting('p2p.batch_id')::bigint)
