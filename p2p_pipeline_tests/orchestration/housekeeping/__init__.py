"""Tests of p2p_pipeline/orchestration/housekeeping."""
