-- Everything from a moment on is taken out, so that it can be loaded from the raw store again.

-- :batches
SELECT batch_id FROM ops_batch_runs WHERE batch_id >= %(batch_id)s ORDER BY batch_id;

-- :unload_versions
DELETE FROM offer_versions WHERE valid_from >= %(moment)s::timestamptz AND valid_to > %(moment)s::timestamptz;

-- :reopen_versions
WITH reopened AS (
    DELETE FROM offer_versions
    WHERE valid_to >= %(moment)s::timestamptz AND valid_to < '9999-12-31Z'
    RETURNING *
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
DELETE FROM offer_statistics WHERE valid_from >= %(moment)s::timestamptz AND valid_to > %(moment)s::timestamptz;

-- :reopen_statistics
WITH reopened AS (
    DELETE FROM offer_statistics
    WHERE valid_to >= %(moment)s::timestamptz AND valid_to < '9999-12-31Z'
    RETURNING *
)
INSERT INTO offer_statistics_open (valid_from, valid_to, offer_id, orders_30d, completion_rate)
SELECT valid_from, '9999-12-31Z', offer_id, orders_30d, completion_rate FROM reopened;

-- :forget_lines
DELETE FROM open_offer_lines;

-- :unload_gaps
DELETE FROM offer_gaps WHERE batch_start_time >= %(moment)s::timestamptz;

-- :unload_depth
DELETE FROM fact_market_depth WHERE batch_id >= %(batch_id)s;

-- :unload_advertisers
DELETE FROM dim_advertisers WHERE effective_date >= %(moment)s::timestamptz;

-- :reopen_advertisers
UPDATE dim_advertisers
SET expiration_date = '9999-12-31Z'
WHERE expiration_date >= %(moment)s::timestamptz AND expiration_date < '9999-12-31Z';

-- :unload_batches
DELETE FROM ops_batch_runs WHERE batch_id >= %(batch_id)s;
