"""Measurements, each runnable as a module; none is a test."""
