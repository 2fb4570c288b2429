"""Mirrors p2p_pipeline/kernel."""
