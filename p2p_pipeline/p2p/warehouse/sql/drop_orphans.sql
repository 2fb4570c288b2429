-- Only what was first seen before the kept days can have lost its last version with them.

-- :advertisements
DELETE FROM advertisements AS advertisement
WHERE advertisement.first_seen_at < %(before)s
    AND NOT EXISTS (SELECT FROM offer_versions AS version WHERE version.offer_id = advertisement.offer_id)
    AND NOT EXISTS (SELECT FROM offer_statistics AS kept WHERE kept.offer_id = advertisement.offer_id);

-- :terms
DELETE FROM offer_terms AS said
WHERE said.first_seen_at < %(before)s
    AND NOT EXISTS (SELECT FROM offer_versions AS version WHERE version.terms_id = said.terms_id);
