"""Mirrors p2p_pipeline/exchanges/venues."""
