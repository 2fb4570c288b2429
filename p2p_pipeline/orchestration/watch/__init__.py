"""Looking after what runs: troubles found in Dagster's records and the raw store, and runs that died ended.

Not here: telling people, once and when it is over (monitoring/alerts.py).
"""
