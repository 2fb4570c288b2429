"""Every text of the pages, as it stands in templates and code."""

from __future__ import annotations

from collections.abc import Iterator

from babel.messages.extract import extract_from_dir

from p2p_pipeline_tests.shared_files import REPOSITORY

Message = str | tuple[str, str]
"""A text, or its two forms of a number."""


def messages() -> Iterator[tuple[str, Message]]:
    """Each text with the file that has it."""
    found = extract_from_dir(
        REPOSITORY / "p2p_pipeline" / "web",
        method_map=[("**.py", "python"), ("**.html", "jinja2")],
        options_map={"**.html": {"trimmed": "false"}},
        keywords={"text": None, "many": (1, 2), "_": None, "gettext": None, "ngettext": (1, 2)},
    )
    for file, _, message, *_ in found:
        yield file, message if isinstance(message, str) else (message[0], message[1])
