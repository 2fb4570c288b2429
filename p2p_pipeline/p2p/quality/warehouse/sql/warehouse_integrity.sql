-- Whatever a batch refers to and is not there, and spans that contradict each other. Looks at what the batch shows:
-- an overlap of two spans begins at some batch, and is found when that one is judged.
WITH shown AS MATERIALIZED (
    SELECT * FROM offer_versions WHERE valid_from <= %(started_at)s AND valid_to > %(started_at)s
), statistics AS MATERIALIZED (
    SELECT offer_id, valid_from, valid_to FROM offer_statistics
    WHERE valid_from <= %(started_at)s AND valid_to > %(started_at)s
), gaps AS (
    SELECT offer_id FROM offer_gaps WHERE batch_start_time = %(started_at)s
), first_kept AS (
    SELECT min(batch_start_time) AS at FROM ops_batch_runs
), used_sets AS (
    SELECT payment_set_id, kept.payment_method_ids
    FROM (SELECT DISTINCT payment_set_id FROM shown) AS used JOIN payment_method_sets AS kept USING (payment_set_id)
), advertiser_spans AS (
    SELECT *, lead(effective_date) OVER spans AS next_date, lead(advertiser_sk) OVER spans AS next_sk,
        count(*) FILTER (WHERE is_current) OVER (PARTITION BY venue, advertiser_id) AS current_rows
    FROM dim_advertisers
    WINDOW spans AS (PARTITION BY venue, advertiser_id ORDER BY effective_date, advertiser_sk)
), problems (problem, key, detail) AS (
    SELECT 'version without its offer', 'offer_id ' || shown.offer_id, 'market ' || fiat_id || '/' || crypto_id
    FROM shown WHERE NOT EXISTS (SELECT FROM advertisements AS a WHERE a.offer_id = shown.offer_id)
    UNION ALL
    SELECT 'version in another market than its offer', 'offer_id ' || offer_id, a.offer_external_id
    FROM shown JOIN advertisements AS a USING (offer_id)
    WHERE (a.crypto_id, a.fiat_id, a.trade_type) <> (shown.crypto_id, shown.fiat_id, shown.trade_type)
    UNION ALL
    SELECT 'offer in an unknown market', 'offer_id ' || offer_id, 'market ' || fiat_id || '/' || crypto_id
    FROM shown
    WHERE NOT EXISTS (SELECT FROM dim_cryptocurrencies AS d WHERE d.crypto_id = shown.crypto_id)
        OR NOT EXISTS (SELECT FROM dim_fiat_currencies AS d WHERE d.fiat_id = shown.fiat_id)
    UNION ALL
    SELECT 'offer at another venue than its asset', 'offer_id ' || offer_id, a.venue || ', asset at ' || d.venue
    FROM shown JOIN advertisements AS a USING (offer_id) JOIN dim_cryptocurrencies AS d ON d.crypto_id = shown.crypto_id
    WHERE a.venue <> d.venue
    UNION ALL
    SELECT 'advertiser of another venue than the offer', 'offer_id ' || offer_id, 'advertiser_sk ' || advertiser_sk
    FROM shown JOIN advertisements AS a USING (offer_id) JOIN dim_advertisers AS d USING (advertiser_sk)
    WHERE a.venue <> d.venue
    UNION ALL
    SELECT DISTINCT 'payment method of another venue than the offer', 'payment_set_id ' || payment_set_id,
        'payment_method_id ' || method
    FROM (
        SELECT DISTINCT a.venue, payment_set_id FROM shown JOIN advertisements AS a USING (offer_id)
    ) AS used
    JOIN used_sets USING (payment_set_id), unnest(payment_method_ids) AS method
    WHERE EXISTS (SELECT FROM dim_payment_methods AS d WHERE d.payment_method_id = method AND d.venue <> used.venue)
    UNION ALL
    SELECT 'version without its advertiser', 'offer_id ' || offer_id, 'advertiser_sk ' || advertiser_sk
    FROM shown WHERE NOT EXISTS (SELECT FROM dim_advertisers AS d WHERE d.advertiser_sk = shown.advertiser_sk)
    UNION ALL
    SELECT 'advertiser as at another time', 'offer_id ' || offer_id, 'advertiser_sk ' || advertiser_sk
    FROM shown JOIN dim_advertisers AS d USING (advertiser_sk)
    -- The states an advertiser showed while a batch was read begin within its millisecond.
    WHERE NOT (d.effective_date < %(started_at)s + interval '1 millisecond' AND d.expiration_date > %(started_at)s)
        AND EXISTS (SELECT FROM fact_market_depth AS depth WHERE depth.batch_id = %(batch_id)s
            AND depth.fiat_id = shown.fiat_id AND depth.crypto_id = shown.crypto_id
            AND depth.trade_type = shown.trade_type AND depth.is_complete)
    UNION ALL
    SELECT 'version without its payment methods', 'offer_id ' || offer_id, 'payment_set_id ' || payment_set_id
    FROM shown WHERE NOT EXISTS (SELECT FROM payment_method_sets AS s WHERE s.payment_set_id = shown.payment_set_id)
    UNION ALL
    SELECT 'set of an unknown payment method', 'payment_set_id ' || payment_set_id, 'payment_method_id ' || method
    FROM used_sets, unnest(payment_method_ids) AS method
    WHERE NOT EXISTS (SELECT FROM dim_payment_methods AS d WHERE d.payment_method_id = method)
    UNION ALL
    SELECT 'version without its terms', 'offer_id ' || offer_id, 'terms_id ' || terms_id
    FROM shown
    WHERE terms_id IS NOT NULL AND NOT EXISTS (SELECT FROM offer_terms AS t WHERE t.terms_id = shown.terms_id)
    UNION ALL
    SELECT 'two versions at once', 'offer_id ' || offer_id, count(*) || ' versions'
    FROM shown GROUP BY offer_id HAVING count(*) > 1
    UNION ALL
    SELECT 'two statistics at once', 'offer_id ' || offer_id, count(*) || ' rows'
    FROM statistics GROUP BY offer_id HAVING count(*) > 1
    UNION ALL
    SELECT 'statistics without a version', 'offer_id ' || offer_id, 'from ' || valid_from
    FROM statistics WHERE NOT EXISTS (SELECT FROM shown WHERE shown.offer_id = statistics.offer_id)
    UNION ALL
    SELECT 'version without statistics', 'offer_id ' || offer_id, 'from ' || valid_from
    FROM shown WHERE NOT EXISTS (SELECT FROM statistics WHERE statistics.offer_id = shown.offer_id)
    UNION ALL
    SELECT 'span that no batch begins or ends', 'offer_id ' || offer_id, valid_from || ' to ' || valid_to
    FROM shown CROSS JOIN first_kept
    WHERE (valid_from >= first_kept.at
            AND NOT EXISTS (SELECT FROM ops_batch_runs AS b WHERE b.batch_start_time = shown.valid_from))
        OR (valid_to < '9999-12-31Z'
            AND NOT EXISTS (SELECT FROM ops_batch_runs AS b WHERE b.batch_start_time = shown.valid_to))
    UNION ALL
    SELECT 'gap of an offer that is not open', 'offer_id ' || offer_id, NULL
    FROM gaps WHERE NOT EXISTS (SELECT FROM shown WHERE shown.offer_id = gaps.offer_id)
    UNION ALL
    SELECT 'gap in a market side read to its end', 'offer_id ' || offer_id, 'market ' || fiat_id || '/' || crypto_id
    FROM gaps JOIN shown USING (offer_id) JOIN fact_market_depth AS depth USING (fiat_id, crypto_id, trade_type)
    WHERE depth.batch_id = %(batch_id)s AND depth.is_complete
    UNION ALL
    SELECT 'depth of a batch that is not there', 'batch ' || batch_id, count(*) || ' market sides'
    FROM fact_market_depth AS depth
    WHERE extraction_timestamp BETWEEN %(started_at)s - interval '1 second' AND %(ended_at)s
        AND NOT EXISTS (SELECT FROM ops_batch_runs AS b WHERE b.batch_id = depth.batch_id)
    GROUP BY batch_id
    UNION ALL
    SELECT 'advertiser rows that overlap', 'advertiser ' || advertiser_id,
        'advertiser_sk ' || advertiser_sk || ' and ' || next_sk
    FROM advertiser_spans WHERE next_date < expiration_date
    UNION ALL
    SELECT DISTINCT 'advertiser without exactly one current row', 'advertiser ' || advertiser_id,
        current_rows || ' current rows'
    FROM advertiser_spans WHERE current_rows <> 1
)
SELECT problem, key, detail FROM problems ORDER BY problem, key
