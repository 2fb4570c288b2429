"""Tests of p2p_pipeline/exchanges/backtest."""
