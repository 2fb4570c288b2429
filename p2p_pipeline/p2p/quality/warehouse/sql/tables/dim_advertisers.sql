SELECT
    advertiser_sk, advertiser_id, length(nickname) AS nickname_characters, is_merchant::integer AS is_merchant,
    registration_days, effective_date, expiration_date = '9999-12-31Z' AS is_open, is_current
FROM dim_advertisers
WHERE effective_date <= (
        SELECT batch_start_time FROM ops_batch_runs WHERE batch_id = current_setting('p2p.batch_id')::bigint)
    AND expiration_date > (
        SELECT batch_start_time FROM ops_batch_runs WHERE batch_id = current_setting('p2p.batch_id')::bigint)
    AND venue = (SELECT venue FROM ops_batch_runs WHERE batch_id = current_setting('p2p.batch_id')::bigint)
