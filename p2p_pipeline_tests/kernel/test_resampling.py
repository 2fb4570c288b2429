"""Resampling that keeps neighbours together."""

from __future__ import annotations

import warnings

import numpy as np
import pytest
from scipy.signal import lfilter

from p2p_pipeline.kernel.resampling import block_length, block_signs, masked_means, stationary_counts


def test_the_block_length_is_that_of_the_arch_library() -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        from arch.bootstrap import optimal_block_length

    random = np.random.default_rng(1)
    for count in (12, 30, 100, 365):
        for share in (0, 0.3, 0.8, -0.4):
            values = lfilter([1], [1, -share], random.normal(size=count))
            theirs = float(optimal_block_length(values)["stationary"].iloc[0])
            assert block_length(values[:, None]) == pytest.approx(max(1.0, theirs), rel=1e-9)


def test_rows_that_do_not_move_need_no_blocks() -> None:
    assert block_length(np.ones((100, 3))) == 1
    assert block_length(np.random.default_rng(0).normal(size=(5, 2))) == 1


def test_every_resample_draws_as_many_rows_as_there_are_each_as_often_on_average() -> None:
    counts = stationary_counts(40, 4.0, 4000, np.random.default_rng(2))
    assert (counts.sum(axis=1) == 40).all()
    assert counts.mean(axis=0) == pytest.approx(np.ones(40), abs=0.1)


def test_longer_blocks_keep_the_spread_of_a_mean_of_rows_that_lean_on_each_other() -> None:
    random = np.random.default_rng(3)
    values = lfilter([1], [1, -0.8], random.normal(size=2000))
    spreads = [float((stationary_counts(2000, length, 800, random) @ values / 2000).std()) for length in (1.0, 30.0)]
    truth = 1 / (1 - 0.8) / np.sqrt(2000)
    assert spreads[0] < 0.5 * truth
    assert spreads[1] == pytest.approx(truth, rel=0.2)


def test_signs_turn_whole_blocks_and_the_first_resample_turns_none() -> None:
    signs = block_signs(5000, 10.0, 50, np.random.default_rng(4))
    assert (signs[0] == 1).all()
    assert set(np.unique(signs[1:])) == {-1.0, 1.0}
    changes = (np.diff(signs[1:]) != 0).mean()
    assert changes == pytest.approx(1 / 10 / 2, rel=0.1)


def test_means_leave_out_what_is_missing() -> None:
    rows = np.array([[1.0, np.nan], [3.0, 5.0]])
    np.testing.assert_array_equal(masked_means(np.array([[1.0, 1.0], [2.0, 0.0]]), rows), [[2.0, 5.0], [1.0, np.nan]])
