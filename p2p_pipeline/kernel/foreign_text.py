"""Text from outside (a venue's message, a nickname, a file's name) as it may be shown: it commands nothing.

A nickname once ended `p2p sql` (`[/bold]` is markup), a venue's message `p2p up`; an escape sequence moves the cursor
or sets the terminal's title; a right-to-left override makes a price read backwards; `![i](http://…)` in a page of
Dagster fetches a picture. Whoever prints or logs such text, or puts it into Dagster's metadata, takes it through here.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

_COMMANDS = (
    "\x00-\x1f\x7f-\x9f"  # C0, DEL and C1: escape sequences begin with one of them
    "\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069\u206a-\u206f"  # directions
    "\u2028\u2029"  # line and paragraph separators
    "\ufeff\ufff9-\ufffb"  # byte-order mark, annotations
)
_HIDDEN = re.compile(f"[{_COMMANDS}\ud800-\udfff]")
_HIDDEN_IN_A_LINE = re.compile(f"(?!\n)[{_COMMANDS}\ud800-\udfff]")
_IN_JSON = re.compile("[\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u206f\ufeff\ufff9-\ufffb]")
_MARKDOWN = re.compile(r"[\\`*_{}\[\]()#+!~$^=]")
_MARKDOWN_ENTITIES = {"&": "&amp;", "<": "&lt;", ">": "&gt;", "|": "&#124;"}
_LINK = re.compile(r"(?<=:)(?=//)|(?<=[wW]{3})(?=\.)|(?<=@)")
_NO_LINK = "\u2060"
"""A word joiner: invisible, and no address goes on over it. Markdown makes links of bare addresses, escaped or not."""
CELL_CHARACTERS = 200


def shown(text: object) -> str:
    r"""One line of it: control and bidirectional characters and lone surrogates spelled out (`\x1b`, `\u202e`).

    Emoji, scripts of any direction and everything else stay as they are. Markup (`[red]`) is only text to those who
    don't interpret it: see commands/terminal.py for the one console that doesn't.
    """
    return _HIDDEN.sub(_spelled, str(text))


def shown_lines(text: object) -> str:
    """The same for a text of ours that has several lines: its line breaks stay."""
    return _HIDDEN_IN_A_LINE.sub(_spelled, str(text))


def shown_json(text: str) -> str:
    r"""JSON that says the same and commands no terminal: what JSON itself leaves as it is is written as `\u…`."""
    return _IN_JSON.sub(lambda found: f"\\u{ord(found[0]):04x}", text)


def markdown_cell(text: object, characters: int = CELL_CHARACTERS) -> str:
    """A cell of a Markdown table that reads as the text: no link, picture, HTML, emphasis or other cell comes of it."""
    line = shown(text)
    if len(line) > characters:
        line = line[: characters - 1] + "…"
    escaped = _MARKDOWN.sub(r"\\\g<0>", _LINK.sub(_NO_LINK, line))
    return re.sub(r"[&<>|]", lambda found: _MARKDOWN_ENTITIES[found[0]], escaped)


def markdown_row(values: Iterable[object]) -> str:
    """A line of a Markdown table whose cells are any values."""
    return f"| {' | '.join(markdown_cell(value) for value in values)} |"


def _spelled(found: re.Match[str]) -> str:
    return found[0].encode("unicode_escape").decode("ascii")
