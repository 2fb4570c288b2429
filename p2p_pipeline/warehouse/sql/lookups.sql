-- What is stored once and referred to by a number: what is not there yet gets its number here, its content after.

-- :payment_sets
INSERT INTO found_payment_sets
SELECT
    staged.set_no,
    COALESCE(kept.payment_set_id, nextval('payment_method_sets_payment_set_id_seq')::integer),
    kept.payment_set_id IS NULL
FROM staged_payment_sets AS staged
LEFT JOIN payment_method_sets AS kept ON kept.set_key = staged.set_key;

-- :unknown_payment_sets
SELECT set_no, payment_set_id FROM found_payment_sets WHERE is_unknown;

-- :terms
INSERT INTO found_terms
SELECT
    staged.terms_no,
    COALESCE(kept.terms_id, nextval('offer_terms_terms_id_seq')::integer),
    kept.terms_id IS NULL
FROM staged_terms AS staged
LEFT JOIN offer_terms AS kept ON kept.terms_key = staged.terms_key;

-- :unknown_terms
SELECT terms_no, terms_id FROM found_terms WHERE is_unknown;
