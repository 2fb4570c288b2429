"""Numbers about offers: pure functions that know neither disk nor clock nor Dagster.

Here: pricing/ (what an amount costs), combos/ (one fiat into another), history/ (over time), timing/ (when it is
better), unusual/ (whether now is odd), behaviour/ (how long offers live), deals/ (how good a quote is),
markets/ (a whole market in figures). No loose file.
Not here: reading or writing tables (steps/), when something is computed (orchestration/).
"""
