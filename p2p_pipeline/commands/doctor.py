"""`p2p doctor`: what is configured, where it is, and whether it works."""

from __future__ import annotations

import os
from dataclasses import asdict
from typing import TYPE_CHECKING, Annotated

import typer

from p2p_pipeline.commands.context import context_of, fail, print_json
from p2p_pipeline.commands.terminal import say

if TYPE_CHECKING:
    from collections.abc import Iterator

    from p2p_pipeline.exchanges.answers.checkup import Looked
    from p2p_pipeline.p2p.answers.health import Finding
    from p2p_pipeline.p2p.installation import CommandContext


def doctor(
    context: typer.Context,
    payments: Annotated[bool, typer.Option("--payments", help="List the canonical payment codes.")] = False,
    dictionary: Annotated[bool, typer.Option("--dictionary", help="Print the data dictionary (Markdown).")] = False,
    offline: Annotated[bool, typer.Option("--offline", help="Ask no venue.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print a list of objects.")] = False,
) -> None:
    """Look at everything and say what is wrong; exit code 1 when something is."""
    if dictionary:
        from p2p_pipeline.exchanges.tables.schema import EXCHANGE_TABLES
        from p2p_pipeline.p2p.tables import data_dictionary
        from p2p_pipeline.paper.tables.catalogue import PAPER_TABLES

        typer.echo(data_dictionary([*EXCHANGE_TABLES.values(), *PAPER_TABLES.values()]), nl=False)
        return
    if payments:
        from p2p_pipeline.p2p.offers.payment_methods import PaymentMap

        for method in PaymentMap.load().methods.values():
            typer.echo(f"{method.code:28} {method.category:16} {method.name}")
        return

    from p2p_pipeline.p2p.answers.health import look

    started = context_of(context)
    findings: list[Finding | Looked] = [*look(started, ask_venues=not offline), *_of_exchanges(started)]
    if as_json:
        print_json([asdict(finding) for finding in findings])
    else:
        for finding in findings:
            say(f"{'ok  ' if finding.is_fine else 'BAD '} {finding.name}: {finding.says}")
    bad = [finding.name for finding in findings if not finding.is_fine]
    if bad:
        fail(f"{len(bad)} of {len(findings)} need attention: {', '.join(bad)}")


def _of_exchanges(started: CommandContext) -> Iterator[Looked]:
    from p2p_pipeline.exchanges.answers.checkup import look
    from p2p_pipeline.exchanges.settings import ExchangesSettings, exchanges_settings
    from p2p_pipeline.p2p.settings import SettingsError, settings_file_of

    def settings() -> ExchangesSettings:
        try:
            started.settings  # noqa: B018 - reads them
        except (SettingsError, OSError):
            # Told already, among what P2P has.
            return ExchangesSettings()
        return exchanges_settings(settings_file_of(started.settings_file, os.environ, started.paths.root))

    yield from look(started.paths, settings, os.environ)
