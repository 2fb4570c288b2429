-- A batch that comes after later ones have read its market sides: from its moment on these sides are taken out, and the
-- later batches' reads of them are merged again in order.

-- :make
CREATE TEMP TABLE reloaded_sides (
    fiat_id smallint NOT NULL,
    crypto_id smallint NOT NULL,
    trade_type trade_type NOT NULL,
    PRIMARY KEY (fiat_id, crypto_id, trade_type)
) ON COMMIT DROP;

-- :staged_sides_read_since
INSERT INTO reloaded_sides
SELECT DISTINCT depth.fiat_id, depth.crypto_id, depth.trade_type
FROM staged_sides AS side
JOIN fact_market_depth AS depth
    ON depth.fiat_id = side.fiat_id AND depth.crypto_id = side.crypto_id AND depth.trade_type = side.trade_type
WHERE depth.batch_id >= %(batch_id)s;

-- :sides_of_batch
INSERT INTO reloaded_sides
SELECT depth.fiat_id, depth.crypto_id, depth.trade_type
FROM fact_market_depth AS depth
WHERE depth.batch_id = %(batch_id)s
ON CONFLICT DO NOTHING;

-- :extend_advertisers
-- First seen later, and then as now: known since now.
UPDATE dim_advertisers AS known
SET effective_date = %(moment)s::timestamptz
FROM (
    SELECT DISTINCT ON (advertiser_id) advertiser_id, nickname, is_merchant, count(*) OVER (PARTITION BY advertiser_id)
    FROM (SELECT DISTINCT advertiser_id, nickname, is_merchant FROM staged_offers) AS state
) AS staged (advertiser_id, nickname, is_merchant, states)
WHERE known.advertiser_id = staged.advertiser_id
    AND known.venue = %(venue)s
    AND staged.states = 1
    AND known.is_merchant = staged.is_merchant
    AND known.nickname IS NOT DISTINCT FROM staged.nickname
    AND known.effective_date > %(moment)s::timestamptz
    AND NOT EXISTS (
        SELECT FROM dim_advertisers AS earlier
        WHERE earlier.advertiser_id = known.advertiser_id
            AND earlier.venue = known.venue
            AND earlier.effective_date < known.effective_date
    );

-- :make_contradicted
-- Advertisers whose known history does not have the staged state at this moment and goes on after it; and those who
-- changed within this batch, of which a part was loaded before: with all of it they may have changed in another order.
CREATE TEMP TABLE contradicted_advertisers ON COMMIT DROP AS
SELECT DISTINCT staged.advertiser_id
FROM staged_offers AS staged
JOIN dim_advertisers AS later ON later.advertiser_id = staged.advertiser_id AND later.venue = %(venue)s
LEFT JOIN dim_advertisers AS known
    ON known.advertiser_id = staged.advertiser_id
    AND known.venue = %(venue)s
    AND known.is_merchant = staged.is_merchant
    AND known.nickname IS NOT DISTINCT FROM staged.nickname
    AND known.effective_date < %(moment)s::timestamptz + interval '1 millisecond'
    AND known.expiration_date > %(moment)s::timestamptz
WHERE (known.advertiser_sk IS NULL AND later.expiration_date > %(moment)s::timestamptz)
    OR (
        later.effective_date > %(moment)s::timestamptz
        AND later.effective_date < %(moment)s::timestamptz + interval '1 millisecond'
    );

-- :sides_of_contradicted
INSERT INTO reloaded_sides
SELECT DISTINCT version.fiat_id, version.crypto_id, version.trade_type
FROM contradicted_advertisers AS contradicted
JOIN dim_advertisers AS known
    ON known.advertiser_id = contradicted.advertiser_id
    AND known.venue = %(venue)s
    AND known.expiration_date > %(moment)s::timestamptz
JOIN offer_versions AS version
    ON version.advertiser_sk = known.advertiser_sk AND version.valid_to > %(moment)s::timestamptz
ON CONFLICT DO NOTHING;

-- :later_reads
SELECT depth.batch_id, crypto.symbol, fiat.currency_code, side.trade_type::text
FROM reloaded_sides AS side
JOIN fact_market_depth AS depth
    ON depth.fiat_id = side.fiat_id AND depth.crypto_id = side.crypto_id AND depth.trade_type = side.trade_type
JOIN dim_cryptocurrencies AS crypto ON crypto.crypto_id = side.crypto_id
JOIN dim_fiat_currencies AS fiat ON fiat.fiat_id = side.fiat_id
WHERE depth.batch_id > %(batch_id)s
ORDER BY depth.batch_id;

-- :subtract_counts
-- What the later batches' reads of these sides had added to their totals; merging them again adds it anew.
WITH version AS (
    SELECT version.offer_id, version.valid_from, version.valid_to
    FROM reloaded_sides AS side
    JOIN offer_versions AS version
        ON version.fiat_id = side.fiat_id AND version.crypto_id = side.crypto_id
        AND version.trade_type = side.trade_type AND version.valid_to > %(moment)s::timestamptz
), change AS (
    SELECT
        COALESCE(begun.valid_from, ended.valid_to) AS moment,
        count(*) FILTER (WHERE ended.offer_id IS NULL) AS inserted,
        count(*) FILTER (WHERE begun.offer_id IS NOT NULL AND ended.offer_id IS NOT NULL) AS updated,
        count(*) FILTER (WHERE begun.offer_id IS NULL) AS closed
    FROM version AS begun
    FULL JOIN version AS ended ON ended.offer_id = begun.offer_id AND ended.valid_to = begun.valid_from
    WHERE COALESCE(begun.valid_from, ended.valid_to) > %(moment)s::timestamptz
        AND COALESCE(begun.valid_from, ended.valid_to) < '9999-12-31Z'
    GROUP BY 1
)
UPDATE ops_batch_runs AS batch
SET
    total_offers_inserted = total_offers_inserted - change.inserted,
    total_offers_updated = total_offers_updated - change.updated,
    total_offers_closed = total_offers_closed - change.closed
FROM change
WHERE batch.batch_start_time = change.moment;

-- :add_counts
UPDATE ops_batch_runs
SET
    total_offers_inserted = total_offers_inserted + %(inserted)s,
    total_offers_updated = total_offers_updated + %(updated)s,
    total_offers_closed = total_offers_closed + %(closed)s,
    -- What it changed is another than before: whoever follows the batches' changes gets it again.
    loaded_at = now()
WHERE batch_id = %(batch_id)s;

-- :make_offers
CREATE TEMP TABLE reloaded_offers ON COMMIT DROP AS
SELECT DISTINCT version.offer_id
FROM reloaded_sides AS side
JOIN offer_versions AS version
    ON version.fiat_id = side.fiat_id AND version.crypto_id = side.crypto_id
    AND version.trade_type = side.trade_type AND version.valid_to >= %(moment)s::timestamptz;

-- :unload_versions
DELETE FROM offer_versions AS version
USING reloaded_offers AS reloaded
WHERE version.offer_id = reloaded.offer_id
    AND version.valid_to > %(moment)s::timestamptz
    AND version.valid_from >= %(moment)s::timestamptz;

-- :reopen_versions
WITH reopened AS (
    DELETE FROM offer_versions AS version
    USING reloaded_offers AS reloaded
    WHERE version.offer_id = reloaded.offer_id
        AND version.valid_to >= %(moment)s::timestamptz
        AND version.valid_to < '9999-12-31Z'
        AND version.valid_from < %(moment)s::timestamptz
    RETURNING version.*
)
INSERT INTO offer_versions_open (
    valid_from, valid_to, offer_id, advertiser_sk, payment_set_id, terms_id, trade_type, crypto_id, fiat_id,
    payment_minutes, is_promoted, price, available_amount, min_limit, max_limit, stated_max_limit
)
SELECT
    valid_from, '9999-12-31Z', offer_id, advertiser_sk, payment_set_id, terms_id, trade_type, crypto_id, fiat_id,
    payment_minutes, is_promoted, price, available_amount, min_limit, max_limit, stated_max_limit
FROM reopened;

-- :unload_statistics
DELETE FROM offer_statistics AS statistics
USING reloaded_offers AS reloaded
WHERE statistics.offer_id = reloaded.offer_id
    AND statistics.valid_to > %(moment)s::timestamptz
    AND statistics.valid_from >= %(moment)s::timestamptz;

-- :reopen_statistics
WITH reopened AS (
    DELETE FROM offer_statistics AS statistics
    USING reloaded_offers AS reloaded
    WHERE statistics.offer_id = reloaded.offer_id
        AND statistics.valid_to >= %(moment)s::timestamptz
        AND statistics.valid_to < '9999-12-31Z'
        AND statistics.valid_from < %(moment)s::timestamptz
    RETURNING statistics.*
)
INSERT INTO offer_statistics_open (valid_from, valid_to, offer_id, orders_30d, completion_rate)
SELECT valid_from, '9999-12-31Z', offer_id, orders_30d, completion_rate FROM reopened;

-- :forget_lines
DELETE FROM open_offer_lines AS line
USING reloaded_offers AS reloaded
WHERE line.offer_id = reloaded.offer_id;

-- :unload_gaps
DELETE FROM offer_gaps AS gap
USING reloaded_offers AS reloaded
WHERE gap.offer_id = reloaded.offer_id AND gap.batch_start_time >= %(moment)s::timestamptz;

-- :unload_depth
DELETE FROM fact_market_depth AS depth
USING reloaded_sides AS side
WHERE depth.fiat_id = side.fiat_id AND depth.crypto_id = side.crypto_id AND depth.trade_type = side.trade_type
    AND depth.batch_id >= %(batch_id)s;

-- :unload_advertisers
DELETE FROM dim_advertisers AS known
USING contradicted_advertisers AS contradicted
WHERE known.advertiser_id = contradicted.advertiser_id
    AND known.venue = %(venue)s
    AND known.effective_date >= %(moment)s::timestamptz;

-- :reopen_advertisers
UPDATE dim_advertisers AS known
SET expiration_date = '9999-12-31Z'
FROM contradicted_advertisers AS contradicted
WHERE known.advertiser_id = contradicted.advertiser_id
    AND known.venue = %(venue)s
    AND known.expiration_date >= %(moment)s::timestamptz;

-- :first_seen_offers
UPDATE advertisements AS advertisement
SET first_seen_at = %(moment)s::timestamptz
FROM seen_offers AS seen
WHERE advertisement.offer_id = seen.offer_id AND advertisement.first_seen_at > %(moment)s::timestamptz;

-- :first_seen_terms
UPDATE offer_terms AS kept
SET first_seen_at = %(moment)s::timestamptz
FROM seen_offers AS seen
WHERE kept.terms_id = seen.terms_id AND kept.first_seen_at > %(moment)s::timestamptz;
