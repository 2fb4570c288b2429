-- The ledger of batches, and what went wrong in each.

-- :digest
SELECT content_digest, venue FROM ops_batch_runs WHERE batch_id = %(batch_id)s;

-- :has_later
-- Of the same venue: what another one's later batches read is no market side of this one.
SELECT EXISTS (SELECT FROM ops_batch_runs WHERE batch_id > %(batch_id)s AND venue = %(venue)s);

-- :write
INSERT INTO ops_batch_runs (
    batch_id, batch_start_time, batch_end_time, status, total_fiats_processed, total_offers_extracted,
    total_offers_inserted, total_offers_updated, total_offers_closed, total_errors, venue, source, worker, workers,
    markets, markets_complete, market_sides, quarantined, requests, failed_requests, seconds, load_seconds,
    content_digest
)
VALUES (
    %(batch_id)s, %(started_at)s, %(ended_at)s, %(status)s, %(fiats)s, %(offers)s, %(inserted)s, %(updated)s,
    %(closed)s, %(errors)s, %(venue)s, %(source)s, %(worker)s, %(workers)s, %(markets)s, %(markets_complete)s,
    %(sides)s, %(quarantined)s, %(requests)s, %(failed_requests)s, %(seconds)s, %(load_seconds)s, %(digest)s
)
ON CONFLICT (batch_id) DO UPDATE SET
    batch_end_time = EXCLUDED.batch_end_time,
    status = EXCLUDED.status,
    total_fiats_processed = EXCLUDED.total_fiats_processed,
    total_offers_extracted = EXCLUDED.total_offers_extracted,
    total_offers_inserted = EXCLUDED.total_offers_inserted,
    total_offers_updated = EXCLUDED.total_offers_updated,
    total_offers_closed = EXCLUDED.total_offers_closed,
    total_errors = EXCLUDED.total_errors,
    markets = EXCLUDED.markets,
    markets_complete = EXCLUDED.markets_complete,
    market_sides = EXCLUDED.market_sides,
    quarantined = EXCLUDED.quarantined,
    requests = EXCLUDED.requests,
    failed_requests = EXCLUDED.failed_requests,
    seconds = EXCLUDED.seconds,
    load_seconds = EXCLUDED.load_seconds,
    loaded_at = now(),
    content_digest = EXCLUDED.content_digest;

-- :forget_errors
DELETE FROM ops_extraction_errors WHERE batch_id = %(batch_id)s;
