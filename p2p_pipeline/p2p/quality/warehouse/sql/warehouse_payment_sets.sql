-- Every set of payment methods in the venue's own identifiers, in the offer's order.
SELECT kept.payment_set_id, array_agg(dim.method_code ORDER BY method.place) FILTER (WHERE method.place IS NOT NULL)
    AS codes
FROM payment_method_sets AS kept
LEFT JOIN LATERAL unnest(kept.payment_method_ids) WITH ORDINALITY AS method (payment_method_id, place) ON true
LEFT JOIN dim_payment_methods AS dim USING (payment_method_id)
GROUP BY kept.payment_set_id
