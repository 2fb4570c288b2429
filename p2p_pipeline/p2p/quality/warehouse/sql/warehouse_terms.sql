-- The terms texts that a batch's offers refer to.
SELECT terms_id, terms FROM offer_terms
WHERE terms_id IN (
    SELECT terms_id FROM offer_versions WHERE valid_from <= %(started_at)s AND valid_to > %(started_at)s
)
