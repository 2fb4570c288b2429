"""What tells people and their tools how the program is: metrics for Prometheus, log lines, traces.

Here: reading numbers at the moment they are asked for, putting them into Prometheus' words, JSON log lines, spans for
OpenTelemetry, and keeping secrets out of all of these.
Not here: what a healthy number is (deploy/prometheus/rules), checks of the data (quality/), who opens Dagster's records
(orchestration/dagster_metrics.py), the calls that begin a span (tracing.py, which everybody may import).
"""
