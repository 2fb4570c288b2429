"""Tests of exchanges/replay."""
