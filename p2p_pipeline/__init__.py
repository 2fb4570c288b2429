"""Watch peer-to-peer crypto markets, keep what the venues said, and answer what an amount really costs.

The way of the data, a folder a step: venues → capture → offers → metrics → lake → orchestration and commands.
Imports run down that order and never back. Only `orchestration/` and `definitions.py` import dagster.
"""
