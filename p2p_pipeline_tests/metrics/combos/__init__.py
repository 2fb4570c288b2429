"""Tests of p2p_pipeline/metrics/combos: one fiat into another through an asset."""
