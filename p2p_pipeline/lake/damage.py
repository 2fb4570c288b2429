"""What is said when a file of the lake can't be read."""

from __future__ import annotations

from pathlib import Path

from p2p_pipeline.kernel.errors import ClearError
from p2p_pipeline.kernel.told import Told


class DamagedFile(ClearError):
    """A file of the lake can't be read; the message says which, and how to have its rows again."""

    def __init__(self, path: Path, reason: object) -> None:
        kind, _, when = path.parent.name.partition("=")
        told = (str(reason).strip() or type(reason).__name__).splitlines()[0]
        super().__init__(
            "{path} can't be read ({told}); delete it and make the {span} {when} anew with `p2p process --full`, or "
            "import it again if it was imported",
            path=path,
            told=told,
            span=Told("month") if kind == "month" else Told("day"),
            when=when,
        )
