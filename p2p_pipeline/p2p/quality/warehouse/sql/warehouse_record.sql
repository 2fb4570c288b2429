INSERT INTO ops_data_quality (batch_id, check_timestamp, metric_name, metric_value, threshold_value, passed, details)
VALUES (%(batch_id)s, %(now)s, %(name)s, %(value)s, %(limit)s, %(passed)s, %(details)s::jsonb)
ON CONFLICT (batch_id, metric_name) DO UPDATE SET
    check_timestamp = excluded.check_timestamp,
    metric_value = excluded.metric_value,
    threshold_value = excluded.threshold_value,
    passed = excluded.passed,
    details = excluded.details
