-- The batches of the last 24 hours, all workers together. A killed sweep's duration says nothing.
SELECT
    venue,
    count(*) AS batches,
    percentile_cont(ARRAY[0.5, 0.95, 0.99]::double precision[])
        WITHIN GROUP (ORDER BY seconds) FILTER (WHERE status <> 'interrupted') AS sweep_seconds,
    percentile_cont(ARRAY[0.5, 0.95, 0.99]::double precision[]) WITHIN GROUP (ORDER BY load_seconds) AS load_seconds,
    sum(markets)::double precision AS markets,
    sum(markets_complete)::double precision AS markets_complete
FROM ops_batch_runs
WHERE batch_start_time > %(since)s
GROUP BY venue
ORDER BY venue
