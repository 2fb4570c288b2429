"""Mirrors p2p_pipeline/orchestration/paper."""
