"""The one base of errors that are written for a person: commands, pages and Dagster show their text as it is.

Any other exception is a bug: it keeps its traceback, and nobody is told that it was their mistake.
"""

from __future__ import annotations


class ClearError(Exception):
    """Something a person can cause, see or mend; the text is one clear sentence with what to do."""


class InvalidInput(ClearError, ValueError):
    """What was asked or configured can't be: says what it was, what is allowed and what to write instead.

    A ValueError too, so that pydantic turns it into a settings error with its line.
    """
