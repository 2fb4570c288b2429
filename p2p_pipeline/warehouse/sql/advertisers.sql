-- Which row of the slowly changing dimension each staged advertiser is, at the batch's moment.
--
-- A batch's states begin within its own millisecond: at its start, and a microsecond later each where an advertiser
-- changed while the batch was read.

-- :find
INSERT INTO found_advertisers
SELECT staged.advertiser_no, known.advertiser_sk, staged.advertiser_id
FROM staged_advertisers AS staged
JOIN dim_advertisers AS known
    ON known.advertiser_id = staged.advertiser_id
    AND known.is_merchant = staged.is_merchant
    AND known.nickname IS NOT DISTINCT FROM staged.nickname
    AND known.effective_date < %(moment)s::timestamptz + interval '1 millisecond'
    AND known.expiration_date > %(moment)s::timestamptz;

-- :new
INSERT INTO new_advertiser_states
WITH unknown AS (
    SELECT DISTINCT staged.advertiser_id, staged.place, staged.nickname, staged.is_merchant
    FROM staged_advertisers AS staged
    WHERE NOT EXISTS (SELECT FROM found_advertisers AS found WHERE found.advertiser_no = staged.advertiser_no)
), numbered AS (
    SELECT *, row_number() OVER (PARTITION BY advertiser_id ORDER BY place) - 1 AS number FROM unknown
), dated AS (
    SELECT
        numbered.*,
        GREATEST(
            %(moment)s::timestamptz + CASE WHEN seen.advertiser_id IS NULL THEN interval '0' ELSE interval '1 us' END,
            current.effective_date + interval '1 us'
        ) + number * interval '1 us' AS effective_date
    FROM numbered
    LEFT JOIN dim_advertisers AS current
        ON current.advertiser_id = numbered.advertiser_id AND current.expiration_date = 'infinity'
    LEFT JOIN (SELECT DISTINCT advertiser_id FROM found_advertisers) AS seen
        ON seen.advertiser_id = numbered.advertiser_id
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

-- :find_new
INSERT INTO found_advertisers
SELECT staged.advertiser_no, known.advertiser_sk, staged.advertiser_id
FROM new_advertiser_states AS new
JOIN dim_advertisers AS known ON known.advertiser_id = new.advertiser_id AND known.effective_date = new.effective_date
JOIN staged_advertisers AS staged
    ON staged.advertiser_id = new.advertiser_id
    AND staged.is_merchant = new.is_merchant
    AND staged.nickname IS NOT DISTINCT FROM new.nickname;
