"""Tests of p2p_pipeline/p2p."""
