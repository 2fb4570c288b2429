version AS MATERIALIZED (
    SELECT * FROM offer_versions WHERE valid_from <= %(started_at)s AND valid_to > %(started_at)s
), statistic AS MATERIALIZED (
    SELECT offer_id, completion_rate, orders_30d FROM offer_statistics
    WHERE valid_from <= %(started_at)s AND valid_to > %(started_at)s
), shown AS MATERIALIZED (
    SELECT
        version.*, advertisement.offer_external_id, depth.extraction_timestamp, statistic.completion_rate,
        statistic.orders_30d
    FROM fact_market_depth AS depth
    JOIN version USING (fiat_id, crypto_id, trade_type)
    LEFT JOIN advertisements AS advertisement ON advertisement.offer_id = version.offer_id
    LEFT JOIN statistic ON statistic.offer_id = version.offer_id
    WHERE depth.batch_id = %(batch_id)s
        AND NOT EXISTS (
            SELECT FROM offer_gaps AS gap
            WHERE gap.batch_start_time = %(started_at)s AND gap.offer_id = version.offer_id
        )
)
