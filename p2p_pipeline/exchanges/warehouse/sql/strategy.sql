-- Parameters with their history.
-- :lock
SELECT pg_advisory_xact_lock(hashtext('exchanges.strategy_config'));
-- :now
SELECT parameter, value FROM exchanges.strategy_now;
-- :change
INSERT INTO exchanges.strategy_config (changed_at, changed_by, parameter, value, value_before)
VALUES (%(at)s, %(by)s, %(parameter)s, %(value)s, %(before)s);
-- :history
SELECT change_id, changed_at, changed_by, parameter, value, value_before
FROM exchanges.strategy_config
ORDER BY change_id DESC
LIMIT %(most)s;
