"""How much a run of the suite may cost: the long form, with `P2P_LONG_TESTS=1`, looks at many times more."""

from __future__ import annotations

import os

import pytest

IS_LONG = os.environ.get("P2P_LONG_TESTS") == "1"

only_long = pytest.mark.skipif(not IS_LONG, reason="the long form; set P2P_LONG_TESTS=1")
"""Marks what runs on demand only."""


def this_many(in_each_run: int, in_the_long_form: int) -> int:
    """Examples, seeds or rounds of this run."""
    return in_the_long_form if IS_LONG else in_each_run
