"""Tests of p2p_pipeline/exchanges/venues/kraken."""
