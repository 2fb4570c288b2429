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
), seen_before AS (
    SELECT DISTINCT staged.advertiser_id
    FROM staged_offers AS staged
    JOIN seen_offers AS seen ON seen.row_no = staged.row_no
    WHERE seen.advertiser_sk IS NOT NULL
        AND staged.advertiser_id IN (SELECT advertiser_id FROM unknown)
), dated AS (
    SELECT
        unknown.*,
        GREATEST(
            %(moment)s::timestamptz
                + CASE WHEN seen_before.advertiser_id IS NULL THEN interval '0' ELSE interval '1 us' END,
            current.effective_date + interval '1 us'
        ) + (row_number() OVER (PARTITION BY unknown.advertiser_id ORDER BY first_row) - 1) * interval '1 us'
            AS effective_date
    FROM unknown
    LEFT JOIN dim_advertisers AS current
        ON current.advertiser_id = unknown.advertiser_id AND current.expiration_date = 'infinity'
    LEFT JOIN seen_before ON seen_before.advertiser_id = unknown.advertiser_id
)
SELECT
    advertiser_id,
    nickname,
    is_merchant,
    effective_date,
    lead(effective_date, 1, 'infinity') OVER (PARTITION BY advertiser_id ORDER BY effective_date)
FROM dated;

-- :expire
UPDATE dim_advertisers AS current
SET expiration_date = changed.since
FROM (
    SELECT advertiser_id, min(effective_date) AS since FROM new_advertiser_states GROUP BY advertiser_id
) AS changed
WHERE current.advertiser_id = changed.advertiser_id AND current.expiration_date = 'infinity';

-- :insert
INSERT INTO dim_advertisers (advertiser_id, nickname, is_merchant, effective_date, expiration_date)
SELECT advertiser_id, nickname, is_merchant, effective_date, expiration_date
FROM new_advertiser_states;
