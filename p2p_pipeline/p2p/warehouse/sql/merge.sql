-- One staged batch into the warehouse, which is as it was before this batch read these market sides.

-- :match
INSERT INTO matched_lines
SELECT staged.row_no, line.offer_id
FROM staged_lines AS staged
LEFT JOIN open_offer_lines AS line ON line.line_digest = staged.line_digest;

-- :unmatched
SELECT row_no FROM matched_lines WHERE offer_id IS NULL;

-- :compare
INSERT INTO seen_offers
SELECT
    staged.row_no,
    COALESCE(advertisement.offer_id, nextval('advertisements_offer_id_seq')::integer),
    advertiser.advertiser_sk,
    payment_set.payment_set_id,
    kept_terms.terms_id,
    staged.side_no,
    staged.terms_key IS NOT NULL AND kept_terms.terms_id IS NULL,
    advertisement.offer_id IS NULL,
    open.offer_id IS NULL,
    -- What is not known yet can't be what an open offer refers to.
    open.offer_id IS NOT NULL AND (
        open.advertiser_sk, open.payment_set_id, open.terms_id, false, open.payment_minutes, open.is_promoted,
        open.price, open.available_amount, open.min_limit, open.max_limit, open.stated_max_limit
    ) IS DISTINCT FROM (
        advertiser.advertiser_sk, payment_set.payment_set_id, kept_terms.terms_id,
        staged.terms_key IS NOT NULL AND kept_terms.terms_id IS NULL, staged.payment_minutes, staged.is_promoted, staged.price, staged.available_amount, staged.min_limit,
        staged.max_limit, staged.stated_max_limit
    ),
    statistics.offer_id IS NOT NULL,
    statistics.offer_id IS NULL OR (statistics.orders_30d, statistics.completion_rate)
        IS DISTINCT FROM (staged.orders_30d, staged.completion_rate)
FROM staged_offers AS staged
JOIN staged_sides AS side ON side.side_no = staged.side_no
LEFT JOIN dim_advertisers AS advertiser
    ON advertiser.advertiser_id = staged.advertiser_id
    AND advertiser.venue = %(venue)s
    AND advertiser.is_merchant = staged.is_merchant
    AND advertiser.nickname IS NOT DISTINCT FROM staged.nickname
    AND advertiser.effective_date < %(moment)s::timestamptz + interval '1 millisecond'
    AND advertiser.expiration_date > %(moment)s::timestamptz
LEFT JOIN payment_method_sets AS payment_set ON payment_set.set_key = staged.set_key AND payment_set.venue = %(venue)s
LEFT JOIN offer_terms AS kept_terms ON kept_terms.terms_key = staged.terms_key
LEFT JOIN advertisements AS advertisement
    ON advertisement.offer_external_id = staged.offer_external_id
    AND advertisement.venue = %(venue)s
    AND advertisement.crypto_id = side.crypto_id
    AND advertisement.fiat_id = side.fiat_id
    AND advertisement.trade_type = side.trade_type
LEFT JOIN offer_versions_open AS open ON open.offer_id = advertisement.offer_id
LEFT JOIN offer_statistics_open AS statistics ON statistics.offer_id = advertisement.offer_id;

-- :count
SELECT
    count(*) FILTER (WHERE is_inserted),
    count(*) FILTER (WHERE is_updated),
    count(*) FILTER (WHERE is_unknown),
    count(*) FILTER (WHERE has_new_statistics),
    count(*) FILTER (WHERE advertiser_sk IS NULL),
    count(*) FILTER (WHERE payment_set_id IS NULL),
    count(*) FILTER (WHERE lacks_terms)
FROM seen_offers;

-- :advertisements
INSERT INTO advertisements (offer_id, offer_external_id, venue, crypto_id, fiat_id, trade_type, first_seen_at)
SELECT
    seen.offer_id, staged.offer_external_id, %(venue)s, side.crypto_id, side.fiat_id, side.trade_type,
    %(moment)s::timestamptz
FROM seen_offers AS seen
JOIN staged_offers AS staged ON staged.row_no = seen.row_no
JOIN staged_sides AS side ON side.side_no = seen.side_no
WHERE seen.is_unknown;

-- :absent
INSERT INTO absent_offers
SELECT open.offer_id, side.is_complete
FROM offer_versions_open AS open
JOIN staged_sides AS side
    ON side.fiat_id = open.fiat_id AND side.crypto_id = open.crypto_id AND side.trade_type = open.trade_type
WHERE NOT EXISTS (SELECT FROM seen_offers AS seen WHERE seen.offer_id = open.offer_id)
    AND NOT EXISTS (SELECT FROM matched_lines AS matched WHERE matched.offer_id = open.offer_id);

-- :gaps
INSERT INTO offer_gaps (batch_start_time, offer_id)
SELECT %(moment)s::timestamptz, offer_id FROM absent_offers WHERE NOT is_complete;

-- :end_versions
WITH ended AS (
    DELETE FROM offer_versions_open AS open
    USING (
        SELECT offer_id FROM seen_offers WHERE is_updated
        UNION ALL
        SELECT offer_id FROM absent_offers WHERE is_complete
    ) AS ending
    WHERE open.offer_id = ending.offer_id
    RETURNING open.*
)
INSERT INTO offer_versions (
    valid_from, valid_to, offer_id, advertiser_sk, payment_set_id, terms_id, trade_type, crypto_id, fiat_id,
    payment_minutes, is_promoted, price, available_amount, min_limit, max_limit, stated_max_limit
)
SELECT
    valid_from, %(moment)s::timestamptz, offer_id, advertiser_sk, payment_set_id, terms_id, trade_type, crypto_id,
    fiat_id, payment_minutes, is_promoted, price, available_amount, min_limit, max_limit, stated_max_limit
FROM ended;

-- :begin_versions
INSERT INTO offer_versions_open (
    valid_from, valid_to, offer_id, advertiser_sk, payment_set_id, terms_id, trade_type, crypto_id, fiat_id,
    payment_minutes, is_promoted, price, available_amount, min_limit, max_limit, stated_max_limit
)
SELECT
    %(moment)s::timestamptz, '9999-12-31Z', seen.offer_id, seen.advertiser_sk, seen.payment_set_id, seen.terms_id,
    side.trade_type, side.crypto_id, side.fiat_id, staged.payment_minutes, staged.is_promoted, staged.price,
    staged.available_amount, staged.min_limit, staged.max_limit, staged.stated_max_limit
FROM seen_offers AS seen
JOIN staged_offers AS staged ON staged.row_no = seen.row_no
JOIN staged_sides AS side ON side.side_no = seen.side_no
WHERE seen.is_inserted OR seen.is_updated;

-- :end_statistics
WITH ended AS (
    DELETE FROM offer_statistics_open AS open
    USING (
        SELECT offer_id FROM seen_offers WHERE has_new_statistics AND has_open_statistics
        UNION ALL
        SELECT offer_id FROM absent_offers WHERE is_complete
    ) AS ending
    WHERE open.offer_id = ending.offer_id
    RETURNING open.*
)
INSERT INTO offer_statistics (valid_from, valid_to, offer_id, orders_30d, completion_rate)
SELECT valid_from, %(moment)s::timestamptz, offer_id, orders_30d, completion_rate FROM ended;

-- :begin_statistics
INSERT INTO offer_statistics_open (valid_from, valid_to, offer_id, orders_30d, completion_rate)
SELECT %(moment)s::timestamptz, '9999-12-31Z', seen.offer_id, staged.orders_30d, staged.completion_rate
FROM seen_offers AS seen
JOIN staged_offers AS staged ON staged.row_no = seen.row_no
WHERE seen.has_new_statistics;

-- :forget_lines
DELETE FROM open_offer_lines AS line
USING absent_offers AS absent
WHERE line.offer_id = absent.offer_id AND absent.is_complete;

-- :remember_lines
INSERT INTO open_offer_lines (offer_id, line_digest)
SELECT seen.offer_id, staged.line_digest
FROM seen_offers AS seen
JOIN staged_offers AS staged ON staged.row_no = seen.row_no
JOIN dim_advertisers AS advertiser
    ON advertiser.advertiser_sk = seen.advertiser_sk AND advertiser.expiration_date = '9999-12-31Z'
ON CONFLICT (offer_id) DO UPDATE SET line_digest = EXCLUDED.line_digest;

-- :depth
-- What is open now on the market sides read, but for what an incomplete reading did not show, is what was shown.
INSERT INTO fact_market_depth (
    batch_id, extraction_timestamp, trade_type, total_offers_count, crypto_id, fiat_id, is_complete,
    total_available_volume, weighted_avg_price, min_price, max_price, best_price, median_price
)
SELECT
    %(batch_id)s::bigint,
    side.extracted_at,
    side.trade_type,
    COALESCE(book.offers, 0),
    side.crypto_id,
    side.fiat_id,
    side.is_complete,
    COALESCE(book.volume, 0),
    -- The factor only adds places: a quotient has as many as its operands.
    round(book.worth * 1.00000000000000000000 / NULLIF(book.volume, 0), 12),
    book.min_price,
    book.max_price,
    CASE side.trade_type WHEN 'BUY' THEN book.lowest_price ELSE book.highest_price END,
    book.median_price
FROM staged_sides AS side
LEFT JOIN (
    SELECT
        side.side_no,
        count(*) AS offers,
        sum(available_amount) AS volume,
        sum(price * available_amount) AS worth,
        min(price) AS min_price,
        max(price) AS max_price,
        min(price) FILTER (WHERE max_limit > 0 AND max_limit >= min_limit) AS lowest_price,
        max(price) FILTER (WHERE max_limit > 0 AND max_limit >= min_limit) AS highest_price,
        percentile_disc(0.5) WITHIN GROUP (ORDER BY price) AS median_price
    FROM offer_versions_open AS open
    JOIN staged_sides AS side
        ON side.fiat_id = open.fiat_id AND side.crypto_id = open.crypto_id AND side.trade_type = open.trade_type
    WHERE NOT EXISTS (SELECT FROM absent_offers AS absent WHERE absent.offer_id = open.offer_id)
    GROUP BY side.side_no
) AS book ON book.side_no = side.side_no
ORDER BY side.fiat_id, side.crypto_id, side.trade_type;
