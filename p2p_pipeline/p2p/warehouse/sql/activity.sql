-- What the venue no longer trades is told by what is no longer read: markets that nobody lists are not asked for.
-- Of a market that is listed each side is read at least once a day, also while it is empty.

-- :fiats
UPDATE dim_fiat_currencies AS fiat SET is_active = NOT fiat.is_active
WHERE fiat.is_active <> EXISTS (
    SELECT FROM fact_market_depth AS depth
    WHERE depth.fiat_id = fiat.fiat_id
        AND depth.extraction_timestamp >= (SELECT max(batch_start_time) - interval '7 days' FROM ops_batch_runs)
);

-- :cryptocurrencies
UPDATE dim_cryptocurrencies AS crypto SET is_active = NOT crypto.is_active
WHERE crypto.is_active <> EXISTS (
    SELECT FROM fact_market_depth AS depth
    WHERE depth.crypto_id = crypto.crypto_id
        AND depth.extraction_timestamp >= (SELECT max(batch_start_time) - interval '7 days' FROM ops_batch_runs)
);

-- :payment_methods
WITH offered AS (
    SELECT DISTINCT unnest(methods.payment_method_ids) AS payment_method_id
    FROM payment_method_sets AS methods
    WHERE methods.payment_set_id IN (
        SELECT version.payment_set_id
        FROM offer_versions AS version
        JOIN dim_fiat_currencies AS fiat ON fiat.fiat_id = version.fiat_id AND fiat.is_active
        JOIN dim_cryptocurrencies AS crypto ON crypto.crypto_id = version.crypto_id AND crypto.is_active
        WHERE version.valid_to = '9999-12-31Z'
    )
)
UPDATE dim_payment_methods AS method SET is_active = NOT method.is_active
WHERE method.is_active <> (method.payment_method_id IN (SELECT payment_method_id FROM offered));
