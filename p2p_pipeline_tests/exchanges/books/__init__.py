"""Tests of exchanges/books."""
