"""Tests of p2p_pipeline/orchestration/tables."""
