-- Steps of the schedule, from a venue's first batch on, in which none of its batches began that read anything. The last ones are left
-- out: their sweep may still be on its way.
WITH step AS (
    SELECT make_interval(mins => %(minutes)s) AS length
), first_batch AS (
    SELECT min(batch_start_time) AS at FROM ops_batch_runs WHERE venue = %(venue)s
), steps AS (
    SELECT begins, begins + length AS ends
    FROM first_batch, step, generate_series(
        date_bin(length, greatest(first_batch.at, %(from_time)s), 'epoch'::timestamptz),
        %(to_time)s - length, length) AS begins
)
SELECT begins, ends
FROM steps
WHERE NOT EXISTS (
    SELECT FROM ops_batch_runs
    WHERE venue = %(venue)s AND batch_start_time >= begins AND batch_start_time < ends AND market_sides > 0
)
ORDER BY begins
