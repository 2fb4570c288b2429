-- All of one venue from a moment on is taken out, so that it can be loaded from the raw store again.

-- :batches
SELECT batch_id FROM ops_batch_runs WHERE batch_id >= %(batch_id)s AND venue = %(venue)s ORDER BY batch_id;

-- :unload_versions
DELETE FROM offer_versions
WHERE valid_from >= %(moment)s::timestamptz AND valid_to > %(moment)s::timestamptz
    AND crypto_id IN (SELECT crypto_id FROM dim_cryptocurrencies WHERE venue = %(venue)s);

-- :reopen_versions
WITH reopened AS (
    DELETE FROM offer_versions
    WHERE valid_to >= %(moment)s::timestamptz AND valid_to < '9999-12-31Z'
        AND crypto_id IN (SELECT crypto_id FROM dim_cryptocurrencies WHERE venue = %(venue)s)
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
DELETE FROM offer_statistics AS statistics
USING advertisements AS advertisement
WHERE advertisement.offer_id = statistics.offer_id AND advertisement.venue = %(venue)s
    AND statistics.valid_from >= %(moment)s::timestamptz AND statistics.valid_to > %(moment)s::timestamptz;

-- :reopen_statistics
WITH reopened AS (
    DELETE FROM offer_statistics AS statistics
    USING advertisements AS advertisement
    WHERE advertisement.offer_id = statistics.offer_id AND advertisement.venue = %(venue)s
        AND statistics.valid_to >= %(moment)s::timestamptz AND statistics.valid_to < '9999-12-31Z'
    RETURNING statistics.*
)
INSERT INTO offer_statistics_open (valid_from, valid_to, offer_id, orders_30d, completion_rate)
SELECT valid_from, '9999-12-31Z', offer_id, orders_30d, completion_rate FROM reopened;

-- :forget_lines
-- Of all venues: only a shortcut is lost.
DELETE FROM open_offer_lines;

-- :unload_gaps
DELETE FROM offer_gaps AS gap
USING advertisements AS advertisement
WHERE advertisement.offer_id = gap.offer_id AND advertisement.venue = %(venue)s
    AND gap.batch_start_time >= %(moment)s::timestamptz;

-- :unload_depth
DELETE FROM fact_market_depth
WHERE batch_id >= %(batch_id)s AND crypto_id IN (SELECT crypto_id FROM dim_cryptocurrencies WHERE venue = %(venue)s);

-- :unload_advertisers
DELETE FROM dim_advertisers WHERE effective_date >= %(moment)s::timestamptz AND venue = %(venue)s;

-- :reopen_advertisers
UPDATE dim_advertisers
SET expiration_date = '9999-12-31Z'
WHERE expiration_date >= %(moment)s::timestamptz AND expiration_date < '9999-12-31Z' AND venue = %(venue)s;

-- :unload_batches
DELETE FROM ops_batch_runs WHERE batch_id >= %(batch_id)s AND venue = %(venue)s;
