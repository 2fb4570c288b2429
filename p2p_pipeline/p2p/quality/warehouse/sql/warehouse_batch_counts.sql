-- What a batch's rows add up to.
WITH markets AS (
    SELECT
        count(*) AS sides, count(*) FILTER (WHERE is_complete) AS complete_sides, sum(total_offers_count) AS offers
    FROM fact_market_depth
    WHERE batch_id = %(batch_id)s
    GROUP BY crypto_id, fiat_id
)
SELECT
    coalesce(sum(sides), 0)::bigint AS market_sides,
    coalesce(sum(complete_sides), 0)::bigint AS complete_sides,
    count(*) AS markets,
    coalesce(sum(offers), 0)::bigint AS offers,
    (SELECT count(*) FROM ops_extraction_errors WHERE batch_id = %(batch_id)s) AS errors
FROM markets
