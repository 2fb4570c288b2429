"""Backtesting engines of others, each run by an interpreter that has it: the simplest strategy that comes near ours."""
