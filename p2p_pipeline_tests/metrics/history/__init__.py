"""Tests of p2p_pipeline/metrics/history."""
