-- What is stored once and referred to by a number. The comparison leaves NULL where the warehouse does not have it yet.

-- :unknown_payment_sets
SELECT DISTINCT staged.set_key
FROM seen_offers AS seen
JOIN staged_offers AS staged ON staged.row_no = seen.row_no
WHERE seen.payment_set_id IS NULL;

-- :unknown_terms
SELECT DISTINCT staged.terms_key
FROM seen_offers AS seen
JOIN staged_offers AS staged ON staged.row_no = seen.row_no
WHERE seen.lacks_terms;

-- :fill
WITH lacking AS MATERIALIZED (
    SELECT
        staged.row_no, staged.advertiser_id, staged.nickname, staged.is_merchant, staged.set_key, staged.terms_key
    FROM seen_offers AS seen
    JOIN staged_offers AS staged ON staged.row_no = seen.row_no
    WHERE seen.advertiser_sk IS NULL OR seen.payment_set_id IS NULL OR seen.lacks_terms
)
UPDATE seen_offers AS seen
SET
    advertiser_sk = advertiser.advertiser_sk,
    payment_set_id = payment_set.payment_set_id,
    terms_id = kept_terms.terms_id
FROM lacking
JOIN dim_advertisers AS advertiser
    ON advertiser.advertiser_id = lacking.advertiser_id
    AND advertiser.venue = %(venue)s
    AND advertiser.is_merchant = lacking.is_merchant
    AND advertiser.nickname IS NOT DISTINCT FROM lacking.nickname
    AND advertiser.effective_date < %(moment)s::timestamptz + interval '1 millisecond'
    AND advertiser.expiration_date > %(moment)s::timestamptz
JOIN payment_method_sets AS payment_set ON payment_set.set_key = lacking.set_key AND payment_set.venue = %(venue)s
LEFT JOIN offer_terms AS kept_terms ON kept_terms.terms_key = lacking.terms_key
WHERE seen.row_no = lacking.row_no;
