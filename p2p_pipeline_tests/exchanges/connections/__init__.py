"""Mirrors p2p_pipeline/exchanges/connections."""
