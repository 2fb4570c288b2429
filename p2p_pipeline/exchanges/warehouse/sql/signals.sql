-- Accepted signals. Loading one again changes nothing.
-- :log
INSERT INTO exchanges.arbitrage_log AS known (
    service, key, buy, sell, symbol, is_simulated, first_seen, last_seen, scans, best_edge_pct, calculation_edge_pct,
    transfer, calculation
) VALUES (
    %(service)s, %(key)s, %(buy)s, %(sell)s, %(symbol)s, %(is_simulated)s, %(first_seen)s, %(last_seen)s, %(scans)s,
    %(best_edge_pct)s, %(calculation_edge_pct)s, %(transfer)s, %(calculation)s
)
ON CONFLICT (service, key, first_seen) DO UPDATE SET
    last_seen = greatest(known.last_seen, excluded.last_seen),
    scans = greatest(known.scans, excluded.scans),
    best_edge_pct = greatest(known.best_edge_pct, excluded.best_edge_pct),
    transfer = CASE WHEN excluded.calculation_edge_pct > known.calculation_edge_pct
        THEN excluded.transfer ELSE known.transfer END,
    calculation = CASE WHEN excluded.calculation_edge_pct > known.calculation_edge_pct
        THEN excluded.calculation ELSE known.calculation END,
    calculation_edge_pct = greatest(known.calculation_edge_pct, excluded.calculation_edge_pct);
-- :found_again
UPDATE exchanges.arbitrage_log SET
    last_seen = greatest(last_seen, %(last_seen)s),
    scans = greatest(scans, %(scans)s),
    best_edge_pct = greatest(best_edge_pct, %(best_edge_pct)s)
WHERE service = %(service)s AND key = %(key)s AND first_seen = %(first_seen)s;
-- :published
INSERT INTO exchanges.arbitrage_published (service, sequence, cycle, scanned_at, opportunities, quarantined)
VALUES (%(service)s, %(sequence)s, %(cycle)s, %(scanned_at)s, %(opportunities)s, %(quarantined)s)
ON CONFLICT (service, sequence) DO NOTHING;
-- :newest
SELECT opportunity_id, service, key, buy, sell, symbol, is_simulated, first_seen, last_seen, scans, best_edge_pct,
       transfer, (calculation->>'notional')::numeric, (calculation->>'net_profit_quote')::numeric
FROM exchanges.arbitrage_log
WHERE %(before)s::bigint IS NULL OR opportunity_id < %(before)s
ORDER BY opportunity_id DESC
LIMIT %(most)s;
