"""The questions as a page of docs/: `python -m p2p_pipeline.p2p.warehouse.questions.document > docs/questions.md`."""

from __future__ import annotations

import sys
from collections.abc import Iterator

from p2p_pipeline.p2p.warehouse.questions.catalogue import Question, Reliance, all_questions

_INTRODUCTION = """# Questions to the warehouse

Generated from `p2p_pipeline/p2p/warehouse/questions/*.sql`
(`python -m p2p_pipeline.p2p.warehouse.questions.document > docs/questions.md`; a test compares).

`p2p warehouse ask` lists them; `p2p warehouse ask teasers --fiat VND percent=5` answers one (`--json`, `--csv`).
Each is about one venue. In Python:

    from p2p_pipeline.p2p.warehouse.questions.catalogue import answer, question_named

    found = answer(connection, question_named("teasers"), fiat="VND")
    found.columns, found.rows

In `psql` or any other client, put values where `%(name)s` stands. "Now" is what the newest reading of a market side
showed (the view `current_offers`); a side not read in the 24 hours before the newest batch has no offers now. Hours
and days come from `market_depth_hourly` and `market_depth_daily`, which `refresh_views` keeps up to date after each
load: see `p2p_pipeline/p2p/warehouse/views.py`. "Relies on" is tested against the plan PostgreSQL chooses; `python -m
p2p_pipeline_tests.benchmarks.bench_warehouse 30` times them all over a month of the full market.
"""


def questions_markdown() -> str:
    """The whole page."""
    questions = all_questions()
    contents = "\n".join(f"{number}. [{one.title}](#{one.name})" for number, one in enumerate(questions, 1))
    return "\n".join([_INTRODUCTION, contents, *(line for one in questions for line in _section(one))])


def _section(question: Question) -> Iterator[str]:
    yield f'\n<a id="{question.name}"></a>\n\n## {question.title}\n'
    yield f"`{question.name}`{': ' if question.notes else ''}{question.notes}\n"
    if question.parameters:
        yield "| parameter | type | default | meaning |\n|---|---|---|---|"
        for parameter in question.parameters:
            yield f"| `{parameter.name}` | {parameter.type_name} | {parameter.default_text} | {parameter.meaning} |"
        yield ""
    yield f"Relies on: {'; '.join(map(_reliance, question.reliances))}.\n"
    yield f"```sql\n{question.sql}```"


def _reliance(reliance: Reliance) -> str:
    how = f"`{reliance.table}` by `{reliance.index}`" if reliance.index else f"`{reliance.table}`, which is small"
    if reliance.most_partitions is None:
        return how
    return f"{how}, at most {reliance.most_partitions} partition{'s' if reliance.most_partitions > 1 else ''}"


if __name__ == "__main__":
    sys.stdout.write(questions_markdown() + "\n")
