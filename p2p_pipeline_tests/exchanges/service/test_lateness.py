"""A service that does not keep up says so once."""

from __future__ import annotations

import logging

import pytest

from p2p_pipeline.exchanges.service.lateness import LATE_SECONDS, Lateness


def test_a_machine_that_does_not_keep_up_is_told_once_and_once_when_it_does_again(
    caplog: pytest.LogCaptureFixture,
) -> None:
    lateness = Lateness()
    with caplog.at_level(logging.INFO):
        for late in (0.0, 0.2, LATE_SECONDS - 0.01):
            lateness.note(late, 0)
        assert caplog.messages == []
        for skipped in (0, 3, 0):
            lateness.note(2.5, skipped)
        lateness.note(0.0, 1)
        (told,) = caplog.messages
        assert told.startswith("this machine does not keep up: a scan began 2.5 s late, 0 before it were skipped.")
        for _ in range(11):
            lateness.note(0.0, 0)
        lateness.note(3.0, 0)
        assert len(caplog.messages) == 1, "now and then on time is not kept up"
        for _ in range(30):
            lateness.note(0.0, 0)
        assert caplog.messages[1:] == ["scans begin on time again"]
        lateness.note(3.0, 0)
        assert len(caplog.messages) == 3
