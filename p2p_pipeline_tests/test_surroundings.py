"""What one test tells a process is not told to the next one: a command once left its settings to another's data."""

from __future__ import annotations

import os

NAME = "P2P_LEFT_BY_A_TEST"


def test_a_test_may_set_a_variable() -> None:
    assert NAME not in os.environ
    os.environ[NAME] = "1"


def test_the_next_one_does_not_find_it() -> None:
    assert NAME not in os.environ
