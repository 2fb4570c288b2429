-- Both kinds of change are at the batch's own start: the spans of versions are made of those.
-- Names and times of the market sides come from sides.sql: joined here, they made a plan of minutes while the tables'
-- statistics were still those of an empty warehouse.
WITH changed AS (
    SELECT
        'began' AS change,
        version.*
    FROM offer_versions AS version
    WHERE version.valid_from = %(started_at)s AND version.valid_to > %(started_at)s
    UNION ALL
    SELECT
        'ended' AS change,
        version.*
    FROM offer_versions AS version
    WHERE version.valid_to = %(started_at)s
)

SELECT
    version.change,
    version.offer_id,
    advertisement.offer_external_id,
    %(batch_id)s::bigint AS batch_id,
    NULL AS extraction_timestamp,
    version.crypto_id AS symbol,
    version.fiat_id AS currency_code,
    version.trade_type::text,
    version.advertiser_sk,
    version.price,
    version.available_amount,
    version.min_limit,
    version.max_limit,
    version.stated_max_limit,
    version.payment_minutes,
    version.is_promoted,
    version.payment_set_id,
    version.terms_id,
    offer_terms.terms,
    statistics.completion_rate,
    statistics.orders_30d
FROM changed AS version
JOIN advertisements AS advertisement ON advertisement.offer_id = version.offer_id
LEFT JOIN offer_statistics AS statistics
    ON version.change = 'began'
    AND statistics.offer_id = version.offer_id
    AND statistics.valid_from <= %(started_at)s
    AND statistics.valid_to > %(started_at)s
LEFT JOIN offer_terms ON offer_terms.terms_id = version.terms_id
ORDER BY version.offer_id, version.change DESC
