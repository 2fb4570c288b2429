-- The newest outcome of each check of the last day, the most failed first, so that a cut leaves what matters.
SELECT metric_name, passed, metric_value
FROM (
    SELECT DISTINCT ON (metric_name) metric_name, passed, metric_value
    FROM ops_data_quality
    WHERE batch_id > (SELECT max(batch_id) FROM ops_batch_runs) - 86400000::bigint
    ORDER BY metric_name, batch_id DESC
) AS newest
ORDER BY passed, metric_name
LIMIT 100
