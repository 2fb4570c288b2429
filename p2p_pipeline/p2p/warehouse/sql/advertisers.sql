-- New states of advertisers in the slowly changing dimension, at the batch's moment.
--
-- A batch's states begin within its own millisecond: at its start, and a microsecond later each where an advertiser
-- changed while the batch was read.

-- :new
INSERT INTO new_advertiser_states
WITH unknown AS (
    SELECT staged.advertiser_id, staged.nickname, staged.is_merchant, min(staged.row_no) AS first_row
    FROM seen_offers AS seen
    JOIN staged_offers AS staged ON staged.row_no = seen.row_no
    WHERE seen.advertiser_sk IS NULL
    GROUP BY staged.advertiser_id, staged.nickname, staged.is_merchant
), current AS (
    SELECT known.advertiser_id, known.advertiser_sk, known.effective_date
    FROM dim_advertisers AS known
    WHERE known.expiration_date = '9999-12-31Z'
        AND known.venue = %(venue)s
        AND known.advertiser_id IN (SELECT advertiser_id FROM unknown)
), still_seen AS (
    SELECT seen.advertiser_sk FROM seen_offers AS seen JOIN current USING (advertiser_sk)
    UNION
    SELECT open.advertiser_sk
    FROM current
    JOIN offer_versions_open AS open USING (advertiser_sk)
    JOIN matched_lines AS matched ON matched.offer_id = open.offer_id
), dated AS (
    SELECT
        unknown.*,
        GREATEST(
            %(moment)s::timestamptz
                + CASE WHEN still_seen.advertiser_sk IS NULL THEN interval '0' ELSE interval '1 us' END,
            current.effective_date + interval '1 us'
        ) + (row_number() OVER (PARTITION BY unknown.advertiser_id ORDER BY first_row) - 1) * interval '1 us'
            AS effective_date
    FROM unknown
    LEFT JOIN current ON current.advertiser_id = unknown.advertiser_id
    LEFT JOIN still_seen ON still_seen.advertiser_sk = current.advertiser_sk
)
SELECT
    advertiser_id,
    nickname,
    is_merchant,
    effective_date,
    lead(effective_date, 1, '9999-12-31Z') OVER (PARTITION BY advertiser_id ORDER BY effective_date)
FROM dated;

-- :expire
-- An advertiser who will look like before again is another row of the dimension then: what his open offers' lines were
-- must not be taken for the same.
WITH expired AS (
    UPDATE dim_advertisers AS current
    SET expiration_date = changed.since
    FROM (
        SELECT advertiser_id, min(effective_date) AS since FROM new_advertiser_states GROUP BY advertiser_id
    ) AS changed
    WHERE current.advertiser_id = changed.advertiser_id
        AND current.venue = %(venue)s
        AND current.expiration_date = '9999-12-31Z'
    RETURNING current.advertiser_sk
)
DELETE FROM open_offer_lines AS line
USING expired JOIN offer_versions_open AS open ON open.advertiser_sk = expired.advertiser_sk
WHERE line.offer_id = open.offer_id;

-- :insert
INSERT INTO dim_advertisers (venue, advertiser_id, nickname, is_merchant, effective_date, expiration_date)
SELECT %(venue)s, advertiser_id, nickname, is_merchant, effective_date, expiration_date
FROM new_advertiser_states;
