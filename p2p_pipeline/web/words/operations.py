"""What is said of the program itself: how it is, what is kept, how sweeps ended."""

from __future__ import annotations

from collections.abc import Mapping

from p2p_pipeline.p2p.settings import Settings
from p2p_pipeline.web.figures import Figures
from p2p_pipeline.web.pages.operations_view import OperationsView
from p2p_pipeline.web.words.languages import Words
from p2p_pipeline.web.words.sizes import size_text

FEW_DAYS = 14
"""A disk that is full sooner is told at once."""


def operations_sentence(view: OperationsView, words: Words, figures: Figures) -> str:
    """How it all is, and what to look at first."""
    found = []
    activity = view.dagster
    if activity is not None and activity.is_silent:
        found.append(words.text("Dagster does not run, so nothing is collected or processed by itself"))
    elif activity is not None and activity.late:
        found.append(
            words.many("{count} process is late or fails", "{count} processes are late or fail", activity.late)
        )
    if activity is not None and (failed := activity.runs_of_day.get("failure", 0)):
        found.append(words.many("{count} run failed in a day", "{count} runs failed in a day", failed))
    if view.waiting:
        found.append(words.many("{count} batch waits to be loaded", "{count} batches wait to be loaded", view.waiting))
    left = view.disk.days_left
    if left is not None and left < FEW_DAYS:
        found.append(words.text("the disk is full in {days}", days=figures.age(left * 86_400)))
    if not found:
        return words.text("All runs as it should.")
    text = ", ".join(found)
    return f"{text[0].upper()}{text[1:]}."


def status_texts(words: Words) -> Mapping[str, str]:
    """How a sweep ended, and how a run of Dagster is."""
    return {
        "complete": words.text("complete"),
        "partial": words.text("in part"),
        "failed": words.text("failed"),
        "interrupted": words.text("interrupted"),
        "success": words.text("done"),
        "failure": words.text("failed"),
        "canceled": words.text("cancelled"),
        "queued": words.text("waiting"),
        "not_started": words.text("waiting"),
        "starting": words.text("starting"),
        "started": words.text("running"),
        "canceling": words.text("being cancelled"),
    }


def daemon_texts(words: Words) -> Mapping[str, str]:
    """What each of Dagster's daemons does."""
    return {
        "sensor": words.text("collects and watches (sensors)"),
        "scheduler": words.text("starts runs by the clock"),
        "queued_run_coordinator": words.text("starts runs that wait"),
        "monitoring": words.text("ends runs that hang"),
        "backfill": words.text("fills in past days"),
        "event_log_consumer": words.text("starts failed runs again"),
        "asset": words.text("follows the tables"),
        "freshness_daemon": words.text("watches ages of tables"),
    }


def kept_texts(settings: Settings, words: Words, figures: Figures) -> list[tuple[str, str, str]]:
    """What is kept how long: what it is, how long, and the setting that says so."""
    retention, warehouse = settings.retention, settings.warehouse
    for_ever = words.text("for ever")

    def days(count: int | None) -> str:
        return for_ever if count is None else words.many("{count} day", "{count} days", count)

    raw = days(retention.raw_keep_days)
    if retention.raw_max_gib is not None:
        most = words.text("at most {size}", size=size_text(int(retention.raw_max_gib * 2**30), words, figures))
        raw = most if retention.raw_keep_days is None else f"{raw}, {most}"
    free = size_text(retention.min_free_mib * 2**20, words, figures)
    return [
        (words.text("raw answers"), raw, "retention.raw_keep_days, raw_max_gib"),
        (words.text("tables of the lake"), for_ever, ""),
        (words.text("the warehouse's facts"), days(warehouse.keep_days), "warehouse.keep_days"),
        (words.text("runs of Dagster"), days(retention.runs_keep_days), "retention.runs_keep_days"),
        (words.text("what each tick and check said"), days(2), ""),
        (words.text("room that always stays free"), free, "retention.min_free_mib"),
    ]
