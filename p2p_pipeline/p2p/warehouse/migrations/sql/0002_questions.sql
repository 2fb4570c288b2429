-- What is worked out from the facts ahead of being asked for.
--
-- What can still change is in materialized views, small enough to be made anew after each batch. Hours and days that
-- are over are rows of plain tables, made once. One view over both (market_depth_hourly, market_depth_daily) is what
-- readers ask. A made hour says which batches it was made of: when those change (a late batch, a rebuild), it is made
-- again.

-- Rates that people fill in, to hold the markets' own against ---------------------------------------------------------

CREATE TABLE reference_rates (
    currency_code text NOT NULL CHECK (currency_code <> ''),
    rate_date date NOT NULL,
    units_per_usd numeric NOT NULL CHECK (units_per_usd > 0),
    source text NOT NULL CHECK (source <> ''),
    PRIMARY KEY (currency_code, rate_date, source)
);

-- Hours and days that are over ----------------------------------------------------------------------------------------

CREATE TABLE market_depth_hours_made (
    hour timestamptz PRIMARY KEY,
    batches integer NOT NULL,
    newest_load timestamptz NOT NULL,
    is_in_views boolean NOT NULL DEFAULT false
);

CREATE TABLE market_depth_hours (
    hour timestamptz NOT NULL,
    avg_volume double precision NOT NULL,
    avg_weighted_price double precision,
    avg_best_price double precision,
    avg_median_price double precision,
    avg_offers real NOT NULL,
    trade_type trade_type NOT NULL,
    crypto_id smallint NOT NULL,
    fiat_id smallint NOT NULL,
    batches smallint NOT NULL,
    complete_batches smallint NOT NULL,
    min_price numeric,
    max_price numeric,
    best_price numeric,
    PRIMARY KEY (fiat_id, crypto_id, trade_type, hour)
);
CREATE INDEX market_depth_hours_hour ON market_depth_hours USING brin (hour) WITH (pages_per_range = 16);

CREATE TABLE market_depth_days_made (
    day timestamptz PRIMARY KEY,
    batches integer NOT NULL,
    newest_load timestamptz NOT NULL
);

CREATE TABLE market_depth_days (
    day timestamptz NOT NULL,
    avg_volume double precision NOT NULL,
    avg_weighted_price double precision,
    avg_best_price double precision,
    avg_median_price double precision,
    hourly_variance double precision,
    avg_offers real NOT NULL,
    trade_type trade_type NOT NULL,
    crypto_id smallint NOT NULL,
    fiat_id smallint NOT NULL,
    batches smallint NOT NULL,
    complete_batches smallint NOT NULL,
    hours smallint NOT NULL,
    min_price numeric,
    max_price numeric,
    best_price numeric,
    PRIMARY KEY (fiat_id, crypto_id, trade_type, day)
);

CREATE INDEX market_depth_days_day ON market_depth_days (day);

CREATE TABLE market_change_days (
    day timestamptz NOT NULL,
    trade_type trade_type NOT NULL,
    crypto_id smallint NOT NULL,
    fiat_id smallint NOT NULL,
    offers_appeared integer NOT NULL,
    offers_gone integer NOT NULL,
    price_changes integer NOT NULL,
    other_changes integer NOT NULL,
    unchanged_minutes integer[] NOT NULL,
    PRIMARY KEY (fiat_id, crypto_id, trade_type, day)
);

CREATE TABLE advertiser_days (
    day timestamptz NOT NULL,
    seen_until timestamptz NOT NULL,
    advertiser_sk integer NOT NULL,
    offers integer NOT NULL,
    markets smallint NOT NULL,
    price_changes integer NOT NULL,
    PRIMARY KEY (day, advertiser_sk)
);

-- Which bucket of market_change_days.unchanged_minutes a span belongs to: up to 10, 20, 30, 60, 120, 240, 480, 1440,
-- 2880 minutes, and longer.
CREATE FUNCTION unchanged_bucket(valid_from timestamptz, valid_to timestamptz) RETURNS integer
LANGUAGE sql IMMUTABLE PARALLEL SAFE
RETURN width_bucket(
    extract(epoch FROM valid_to - valid_from)::double precision,
    ARRAY[600.5, 1200.5, 1800.5, 3600.5, 7200.5, 14400.5, 28800.5, 86400.5, 172800.5]::double precision[]
) + 1;

-- What changes with each batch ----------------------------------------------------------------------------------------

-- What "now" means, for all who ask. Not materialized: between a load and the making anew it would tell of the batch
-- before. Each market side is one look into the key of the two or three days the bounds leave.
CREATE VIEW current_readings AS
SELECT
    depth.fiat_id,
    depth.crypto_id,
    depth.trade_type,
    depth.batch_id,
    batch.batch_start_time,
    depth.extraction_timestamp,
    depth.is_complete,
    depth.total_offers_count,
    depth.total_available_volume,
    depth.weighted_avg_price,
    depth.median_price
FROM dim_fiat_currencies AS fiat
CROSS JOIN dim_cryptocurrencies AS crypto
CROSS JOIN (VALUES ('BUY'::trade_type), ('SELL')) AS side (trade_type)
CROSS JOIN LATERAL (
    SELECT *
    FROM fact_market_depth
    WHERE fiat_id = fiat.fiat_id
        AND crypto_id = crypto.crypto_id
        AND trade_type = side.trade_type
        AND extraction_timestamp >= (SELECT max(batch_start_time) FROM ops_batch_runs) - interval '24 hours'
        -- A sweep has a budget of minutes; an hour only says that no day to come is looked into.
        AND extraction_timestamp < (SELECT max(batch_start_time) FROM ops_batch_runs) + interval '1 hour'
    ORDER BY extraction_timestamp DESC
    LIMIT 1
) AS depth
JOIN ops_batch_runs AS batch ON batch.batch_id = depth.batch_id;

CREATE VIEW current_offers AS
SELECT
    version.offer_id,
    reading.batch_id,
    reading.batch_start_time,
    reading.extraction_timestamp,
    version.fiat_id,
    version.crypto_id,
    version.trade_type,
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
    version.valid_from
FROM current_readings AS reading
JOIN offer_versions AS version
    ON version.fiat_id = reading.fiat_id
    AND version.crypto_id = reading.crypto_id
    AND version.trade_type = reading.trade_type
-- A limit, so that it is a look into the key for each offer: after a day of partial readings the gaps are many, and
-- reading through them took 140 ms a question.
LEFT JOIN LATERAL (
    SELECT offer_id
    FROM offer_gaps
    WHERE batch_start_time = reading.batch_start_time AND offer_id = version.offer_id
    LIMIT 1
) AS gap ON true
WHERE version.valid_to = '9999-12-31Z' AND gap.offer_id IS NULL;

CREATE MATERIALIZED VIEW market_best AS
-- Materialized, or the best of all sides are found anew for each fiat: 16 s instead of 0.3 over a month.
WITH newest AS MATERIALIZED (SELECT * FROM current_readings),
best AS MATERIALIZED (
    SELECT DISTINCT ON (fiat_id, crypto_id, trade_type) *
    FROM current_offers
    WHERE max_limit > 0 AND max_limit >= min_limit
    ORDER BY fiat_id, crypto_id, trade_type, CASE trade_type WHEN 'BUY' THEN price ELSE -price END, offer_id
)
SELECT
    newest.fiat_id,
    newest.crypto_id,
    newest.trade_type,
    fiat.currency_code,
    crypto.symbol,
    newest.batch_id,
    newest.extraction_timestamp,
    newest.is_complete,
    newest.total_offers_count,
    newest.total_available_volume,
    newest.weighted_avg_price,
    newest.median_price,
    best.price AS best_price,
    best.offer_id,
    advertisement.offer_external_id,
    best.advertiser_sk,
    best.available_amount,
    best.min_limit,
    best.max_limit
FROM newest
JOIN dim_fiat_currencies AS fiat USING (fiat_id)
JOIN dim_cryptocurrencies AS crypto USING (crypto_id)
LEFT JOIN best USING (fiat_id, crypto_id, trade_type)
LEFT JOIN advertisements AS advertisement ON advertisement.offer_id = best.offer_id;
CREATE UNIQUE INDEX market_best_key ON market_best (fiat_id, crypto_id, trade_type);

CREATE MATERIALIZED VIEW market_spread AS
SELECT
    buy.fiat_id,
    buy.crypto_id,
    buy.currency_code,
    buy.symbol,
    least(buy.extraction_timestamp, sell.extraction_timestamp) AS extraction_timestamp,
    buy.best_price AS best_buy_price,
    sell.best_price AS best_sell_price,
    buy.best_price - sell.best_price AS spread,
    ((buy.best_price - sell.best_price) / ((buy.best_price + sell.best_price) / 2))::double precision AS spread_share,
    ((buy.median_price - sell.median_price) / ((buy.median_price + sell.median_price) / 2))::double precision
        AS median_spread_share
FROM market_best AS buy
JOIN market_best AS sell USING (fiat_id, crypto_id)
WHERE buy.trade_type = 'BUY' AND sell.trade_type = 'SELL' AND buy.best_price > 0 AND sell.best_price > 0;
CREATE UNIQUE INDEX market_spread_key ON market_spread (fiat_id, crypto_id);

-- The rate is the middle between both sides' median prices: teasers and forgotten offers do not move it.
CREATE MATERIALIZED VIEW fiat_premium AS
WITH rates AS (
    SELECT
        fiat_id,
        crypto_id,
        currency_code,
        symbol,
        avg(median_price) AS rate,
        sum(total_offers_count) AS offers,
        min(extraction_timestamp) AS extraction_timestamp
    FROM market_best
    WHERE median_price IS NOT NULL
    GROUP BY fiat_id, crypto_id, currency_code, symbol
    HAVING count(*) = 2
),
implied AS (
    SELECT DISTINCT ON (here.fiat_id) here.fiat_id, here.symbol, here.rate / dollars.rate AS units_per_usd
    FROM rates AS here
    JOIN rates AS dollars USING (crypto_id)
    WHERE dollars.currency_code = 'USD' AND here.symbol NOT IN ('USDT', 'USDC', 'FDUSD')
    ORDER BY here.fiat_id, here.offers DESC, here.symbol
),
stated AS (
    SELECT DISTINCT ON (currency_code) currency_code, rate_date, units_per_usd, source
    FROM reference_rates
    ORDER BY currency_code, rate_date DESC, source
)
SELECT
    rates.fiat_id,
    rates.currency_code,
    rates.extraction_timestamp,
    rates.rate AS p2p_units_per_usdt,
    coalesce(stated.units_per_usd, implied.units_per_usd) AS reference_units_per_usd,
    CASE WHEN stated.source IS NULL THEN 'implied by ' || implied.symbol ELSE stated.source END AS reference,
    stated.rate_date AS reference_date,
    (rates.rate / coalesce(stated.units_per_usd, implied.units_per_usd) - 1)::double precision AS premium
FROM rates
LEFT JOIN stated USING (currency_code)
LEFT JOIN implied USING (fiat_id)
WHERE rates.symbol = 'USDT';
CREATE UNIQUE INDEX fiat_premium_key ON fiat_premium (fiat_id);

CREATE MATERIALIZED VIEW market_depth_hour_running AS
SELECT
    date_trunc('hour', batch.batch_start_time, 'UTC') AS hour,
    avg(depth.total_available_volume)::double precision AS avg_volume,
    avg(depth.weighted_avg_price)::double precision AS avg_weighted_price,
    avg(depth.best_price)::double precision AS avg_best_price,
    avg(depth.median_price)::double precision AS avg_median_price,
    avg(depth.total_offers_count)::real AS avg_offers,
    depth.trade_type,
    depth.crypto_id,
    depth.fiat_id,
    count(*)::smallint AS batches,
    (count(*) FILTER (WHERE depth.is_complete))::smallint AS complete_batches,
    min(depth.min_price) AS min_price,
    max(depth.max_price) AS max_price,
    CASE depth.trade_type WHEN 'BUY' THEN min(depth.best_price) ELSE max(depth.best_price) END AS best_price
FROM fact_market_depth AS depth
JOIN ops_batch_runs AS batch ON batch.batch_id = depth.batch_id
WHERE batch.batch_start_time >= (SELECT coalesce(max(hour) + interval '1 hour', '-infinity') FROM market_depth_hours_made)
    AND depth.extraction_timestamp
        >= (SELECT coalesce(max(hour) + interval '1 hour', '-infinity') FROM market_depth_hours_made)
GROUP BY date_trunc('hour', batch.batch_start_time, 'UTC'), depth.fiat_id, depth.crypto_id, depth.trade_type;
CREATE UNIQUE INDEX market_depth_hour_running_key
    ON market_depth_hour_running (fiat_id, crypto_id, trade_type, hour);

CREATE VIEW market_depth_hourly AS
SELECT * FROM market_depth_hours
UNION ALL
SELECT * FROM market_depth_hour_running AS running
-- Made since the materialized view was.
WHERE NOT EXISTS (SELECT FROM market_depth_hours_made AS made WHERE made.hour = running.hour);

-- A day from its hours. The variance is that of the hourly returns of the median price: without hours that are
-- missing, a day's volatility is the root of 24 times it.
CREATE MATERIALIZED VIEW market_depth_day_running AS
SELECT
    date_trunc('day', hour, 'UTC') AS day,
    sum(avg_volume * batches) / sum(batches) AS avg_volume,
    sum(avg_weighted_price * batches) / nullif(sum(batches) FILTER (WHERE avg_weighted_price IS NOT NULL), 0)
        AS avg_weighted_price,
    sum(avg_best_price * batches) / nullif(sum(batches) FILTER (WHERE avg_best_price IS NOT NULL), 0) AS avg_best_price,
    sum(avg_median_price * batches) / nullif(sum(batches) FILTER (WHERE avg_median_price IS NOT NULL), 0)
        AS avg_median_price,
    var_pop(hourly_return) AS hourly_variance,
    (sum(avg_offers * batches) / sum(batches))::real AS avg_offers,
    trade_type,
    crypto_id,
    fiat_id,
    sum(batches)::smallint AS batches,
    sum(complete_batches)::smallint AS complete_batches,
    count(*)::smallint AS hours,
    min(min_price) AS min_price,
    max(max_price) AS max_price,
    CASE trade_type WHEN 'BUY' THEN min(best_price) ELSE max(best_price) END AS best_price
FROM (
    SELECT
        *,
        ln(avg_median_price / lag(avg_median_price) OVER (
            PARTITION BY fiat_id, crypto_id, trade_type, date_trunc('day', hour, 'UTC') ORDER BY hour
        )) AS hourly_return
    FROM market_depth_hourly
    -- Said of the hours, because a condition on the day would be looked at after all hours were read.
    WHERE hour >= (SELECT coalesce(max(day) + interval '1 day', '-infinity') FROM market_depth_days_made)
) AS hours
GROUP BY date_trunc('day', hour, 'UTC'), fiat_id, crypto_id, trade_type;
CREATE UNIQUE INDEX market_depth_day_running_key ON market_depth_day_running (fiat_id, crypto_id, trade_type, day);

CREATE VIEW market_depth_daily AS
SELECT * FROM market_depth_days
UNION ALL
SELECT * FROM market_depth_day_running AS running
WHERE NOT EXISTS (SELECT FROM market_depth_days_made AS made WHERE made.day = running.day);

CREATE VIEW market_spread_hourly AS
SELECT
    buy.fiat_id,
    buy.crypto_id,
    buy.hour,
    buy.avg_best_price AS avg_best_buy_price,
    sell.avg_best_price AS avg_best_sell_price,
    buy.avg_best_price - sell.avg_best_price AS spread,
    2 * (buy.avg_best_price - sell.avg_best_price) / (buy.avg_best_price + sell.avg_best_price) AS spread_share,
    2 * (buy.avg_median_price - sell.avg_median_price) / (buy.avg_median_price + sell.avg_median_price)
        AS median_spread_share
FROM market_depth_hourly AS buy
JOIN market_depth_hourly AS sell USING (fiat_id, crypto_id, hour)
WHERE buy.trade_type = 'BUY' AND sell.trade_type = 'SELL';

-- Once an hour --------------------------------------------------------------------------------------------------------

-- Those with an open offer, or seen on one of the last seven days that are over.
CREATE MATERIALIZED VIEW advertiser_activity AS
WITH open AS (
    SELECT
        advertiser_sk,
        count(*) AS offers,
        count(DISTINCT (fiat_id, crypto_id)) AS markets,
        count(DISTINCT fiat_id) AS fiats,
        max(batch_start_time) AS seen_until
    FROM current_offers
    GROUP BY advertiser_sk
),
recent AS (
    SELECT advertiser_sk, sum(price_changes) AS price_changes, max(seen_until) AS seen_until
    FROM advertiser_days
    WHERE day > (SELECT max(day) FROM market_depth_days_made) - interval '7 days'
    GROUP BY advertiser_sk
),
days AS (
    SELECT greatest(count(*), 1) AS days
    FROM market_depth_days_made
    WHERE day > (SELECT max(day) FROM market_depth_days_made) - interval '7 days'
),
active AS (
    SELECT
        advertiser.advertiser_id,
        sum(open.offers) AS offers,
        sum(open.markets) AS markets,
        sum(open.fiats) AS fiats,
        sum(recent.price_changes) AS price_changes,
        max(coalesce(open.seen_until, recent.seen_until)) AS seen_until
    FROM open
    FULL JOIN recent USING (advertiser_sk)
    JOIN dim_advertisers AS advertiser USING (advertiser_sk)
    GROUP BY advertiser.advertiser_id
)
SELECT
    active.advertiser_id,
    current.nickname,
    current.is_merchant,
    coalesce(active.offers, 0)::integer AS open_offers,
    coalesce(active.markets, 0)::integer AS open_markets,
    coalesce(active.fiats, 0)::integer AS open_fiats,
    (SELECT min(effective_date) FROM dim_advertisers AS first WHERE first.advertiser_id = active.advertiser_id)
        AS first_seen,
    active.seen_until AS last_seen,
    (coalesce(active.price_changes, 0) / days.days)::double precision AS price_changes_a_day
FROM active
JOIN dim_advertisers AS current
    ON current.advertiser_id = active.advertiser_id AND current.expiration_date = '9999-12-31Z'
CROSS JOIN days;
CREATE UNIQUE INDEX advertiser_activity_key ON advertiser_activity (advertiser_id);
CREATE INDEX advertiser_activity_changes ON advertiser_activity (price_changes_a_day DESC);

-- Making them anew ----------------------------------------------------------------------------------------------------

-- With its owner's rights, because only the owner of a materialized view may make it anew and who loads is not the
-- owner. Readers go on reading what was there before, until the transaction ends.
CREATE FUNCTION refresh_market_view(view_name text) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp SET jit = off
AS $$
BEGIN
    IF NOT view_name = ANY (ARRAY[
        'market_best', 'market_spread', 'fiat_premium', 'market_depth_hour_running', 'market_depth_day_running',
        'advertiser_activity'
    ]) THEN
        RAISE EXCEPTION '% is none of the market views', view_name;
    END IF;
    EXECUTE format('REFRESH MATERIALIZED VIEW CONCURRENTLY %I', view_name);
END
$$;
REVOKE ALL ON FUNCTION refresh_market_view FROM PUBLIC;
