"""Mirrors p2p_pipeline/exchanges/hot_store."""
