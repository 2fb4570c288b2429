"""The one base of errors that are written for a person: commands, pages and Dagster show their text as it is.

Any other exception is a bug: it keeps its traceback, and nobody is told that it was their mistake.
"""

from __future__ import annotations

from p2p_pipeline.kernel.told import Told


class ClearError(Exception):
    """Something a person can cause, see or mend; the text is one clear sentence with what to do.

    `InvalidInput("market was {given!r}; write venue.ASSET-FIAT", given=text)`: pages say it in the reader's language.
    """

    def __init__(self, template: str = "", /, **values: object) -> None:
        """A template with its values; a Told is taken as it is."""
        super().__init__(template if isinstance(template, Told) else Told(template, **values))

    def __str__(self) -> str:
        """The sentence: English as a text, and still a Told, so that whoever passes it on loses no language."""
        told = self.args[0]
        return told if isinstance(told, Told) else super().__str__()


class InvalidInput(ClearError, ValueError):
    """What was asked or configured can't be: says what it was, what is allowed and what to write instead.

    A ValueError too, so that pydantic turns it into a settings error with its line.
    """
