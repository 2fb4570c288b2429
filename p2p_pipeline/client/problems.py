"""What can go wrong: the service says so (a problem), or what answers is not the service."""

from __future__ import annotations

from p2p_pipeline.kernel.errors import ClearError
from p2p_pipeline.web.api.shapes.problem import Problem


class ProblemError(ClearError):
    """The service could not answer; its one sentence is the message."""

    def __init__(self, problem: Problem) -> None:
        super().__init__(problem.detail)
        self.problem = problem

    @property
    def code(self) -> str:
        """Its kind, such as `no-data`; /problems/{code} explains each."""
        return self.problem.type.rsplit("/", 1)[-1]

    @property
    def status(self) -> int:
        """The HTTP status."""
        return self.problem.status


class Unreadable(ClearError):
    """What came is no answer of the service: a proxy's page, or one of another version."""
