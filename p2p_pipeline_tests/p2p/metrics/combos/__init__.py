"""Tests of p2p_pipeline/p2p/metrics/combos: one fiat into another through an asset."""
