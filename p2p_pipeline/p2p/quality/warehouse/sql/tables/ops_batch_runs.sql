SELECT
    batch_id, batch_start_time, batch_end_time, status, total_fiats_processed, total_offers_extracted,
    total_offers_inserted, total_offers_updated, total_errors, markets, markets_complete, market_sides, requests,
    failed_requests, extract(epoch FROM batch_end_time - batch_start_time)::double precision AS sweep_seconds,
    load_seconds, content_digest
FROM ops_batch_runs
WHERE batch_id <= current_setting('p2p.batch_id')::bigint
    AND batch_id > current_setting('p2p.batch_id')::bigint - 86400000
