"""Tests of p2p_pipeline/metrics/timing."""
