"""What tells people and their tools how the program is: metrics for Prometheus, alerts, log lines, traces.

Here: reading numbers at the moment they are asked for, putting them into Prometheus' words, troubles told once and when
they are over, JSON log lines, spans for OpenTelemetry, and keeping secrets out of all of these.
Not here: what a healthy number is (the rules in deploy), checks of the data (p2p/quality/), Dagster's records
(orchestration/watch/), the calls that begin a span (kernel/tracing.py, which everybody may import).
"""
