"""Subworkers: what they are given, when, and what a failing one costs."""
