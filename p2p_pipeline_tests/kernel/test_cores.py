"""Chains of tasks on several cores: each in its order, every task once, and an error ends them all."""

from __future__ import annotations

import os

import pytest

from p2p_pipeline.kernel.cores import over_cores
from p2p_pipeline_tests.kernel.on_cores import failing, noted


def test_each_chain_keeps_its_order_and_the_chains_run_in_several_processes() -> None:
    chains = [[(name, number) for number in range(6)] for name in "abc"]
    results = [result for _, result in over_cores(noted, chains, 2)]
    for name in "abc":
        assert [number for found, number, _ in results if found == name] == list(range(6))
    processes = {process for *_, process in results}
    assert os.getpid() not in processes
    assert 1 <= len(processes) <= 2


def test_a_few_tasks_are_done_here() -> None:
    results = [result for _, result in over_cores(noted, [[("a", 1)], [("b", 1)]], 2)]
    assert {process for *_, process in results} == {os.getpid()}


def test_an_error_of_a_task_is_raised_here_and_nothing_is_left_running() -> None:
    with pytest.raises(ValueError, match="at 3"):
        list(over_cores(failing, [[1, 2, 3, 4], [5, 6, 7, 8]], 2))
