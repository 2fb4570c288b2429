"""How commands write to a terminal: text from outside is only text, and rich interprets nothing."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

import typer

from p2p_pipeline.kernel.foreign_text import shown_lines

if TYPE_CHECKING:
    from rich.console import Console
    from rich.progress import Progress


def say(text: object = "", *, err: bool = False) -> None:
    """Print lines of which a part may come from outside."""
    typer.echo(shown_lines(text), err=err)


def plain_console(*, stderr: bool = False, width: int | None = None) -> Console:
    """The one console of the program: no markup, no emoji names, no highlighting in what it is given to print."""
    from rich.console import Console

    return Console(stderr=stderr, width=width, markup=False, emoji=False, highlight=False)


def counting_progress(*, is_shown: bool) -> Progress:
    """What counts work on stderr: title, bar, how many of how many, the time left."""
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

    title = TextColumn("{task.description}", markup=False)
    columns = (title, BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    return Progress(*columns, console=plain_console(stderr=True), disable=not is_shown)


@contextmanager
def progress_bar(title: str, *, is_shown: bool = True) -> Iterator[Callable[[int, int], None]]:
    """A bar with an estimate on stderr; tell it how many of how many are done. Nothing in a pipe's way."""
    with counting_progress(is_shown=is_shown) as bar:
        task = bar.add_task(title, total=None)

        def show(done: int, total: int) -> None:
            bar.update(task, completed=done, total=total)

        yield show
