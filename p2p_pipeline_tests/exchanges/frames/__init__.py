"""Tests of exchanges/frames."""
