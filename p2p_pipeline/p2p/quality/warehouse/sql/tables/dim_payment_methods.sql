SELECT payment_method_id, method_code, method_name, category, description, canonical_code, is_active
FROM dim_payment_methods
