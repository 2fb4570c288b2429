"""What is said of the data: whether it can be trusted, what is wrong with it, what each check is about."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any

from p2p_pipeline.p2p.answers.checks import CheckState
from p2p_pipeline.p2p.answers.data_trust import DataTrust, TrustLevel
from p2p_pipeline.p2p.answers.data_warnings import DataWarning, WarningCode
from p2p_pipeline.web.figures import Figures
from p2p_pipeline.web.words.languages import Words

MOST_FIELDS = 3


def trust_sentence(told: DataTrust, words: Words, figures: Figures) -> str:
    """Whether the data can be trusted now, and what speaks against it."""
    if told.level is TrustLevel.NOTHING_YET:
        return words.text("Nothing is collected yet, so there is nothing to trust.")
    if told.level is TrustLevel.TRUSTED:
        share = figures.bare_share(1 - told.missing_slots / max(told.wanted_slots, 1), 1)
        return words.text(
            "Yes: every market side has a fresh answer, {share} of what was due in the last day was collected, and no "
            "check speaks against it.",
            share=share,
        )
    against = _against(told, words, figures)
    if told.level is TrustLevel.NOT_NOW:
        return words.text("Not now: {reasons}.", reasons=", ".join(against))
    return words.text("Yes, with care: {reasons}.", reasons=", ".join(against))


def _against(told: DataTrust, words: Words, figures: Figures) -> list[str]:
    found = []
    if told.stale_sides == told.sides:
        found.append(words.text("no market side has a fresh answer"))
    elif told.stale_sides:
        found.append(
            words.many(
                "{count} of {all} market sides has no fresh answer",
                "{count} of {all} market sides have no fresh answer",
                told.stale_sides,
                all=told.sides,
            )
        )
    if told.failed_checks:
        found.append(
            words.many(
                "{count} check says that numbers can't be trusted",
                "{count} checks say that numbers can't be trusted",
                len(told.failed_checks),
            )
        )
    if told.doubtful_checks:
        found.append(words.many("{count} check does not hold", "{count} checks do not hold", len(told.doubtful_checks)))
    if told.missing_slots:
        share = figures.bare_share(told.missing_slots / max(told.wanted_slots, 1), 1)
        found.append(words.text("{share} of the last day's slots are missing", share=share))
    return found


def warning_text(warning: DataWarning, words: Words, figures: Figures, now: datetime) -> str:
    """What is wrong, as one short sentence."""
    return _SENTENCES[warning.code](warning.values, words, figures, now)


def _stale(values: Mapping[str, Any], words: Words, figures: Figures, now: datetime) -> str:
    return words.text("No answer since {time}.", time=figures.clock(values["since"], now))


def _cut_short(_: Mapping[str, Any], words: Words, __: Figures, ___: datetime) -> str:
    return words.text("Only part of the newest book was read.")


def _quarantined(values: Mapping[str, Any], words: Words, _: Figures, __: datetime) -> str:
    return words.many(
        "{count} record of the newest book could not be trusted and was left out.",
        "{count} records of the newest book could not be trusted and were left out.",
        values["records"],
    )


def _fields_changed(values: Mapping[str, Any], words: Words, _: Figures, __: datetime) -> str:
    named = ", ".join(str(field) for field in values["fields"][:MOST_FIELDS])
    return words.text("The venue's answers have changed: {fields}.", fields=named)


def _slots_missing(values: Mapping[str, Any], words: Words, figures: Figures, _: datetime) -> str:
    missing, wanted = values["missing"], values["wanted"]
    return words.text(
        "{missing} of {wanted} slots of the last day are missing ({share}).",
        share=figures.bare_share(missing / wanted, 1),
        missing=figures.count(missing),
        wanted=figures.count(wanted),
    )


def _check_failed(values: Mapping[str, Any], words: Words, _: Figures, __: datetime) -> str:
    name = values["check"]
    return words.text("A check does not hold: {check}.", check=check_titles(words).get(name, name))


_SENTENCES: Mapping[WarningCode, Callable[[Mapping[str, Any], Words, Figures, datetime], str]] = {
    WarningCode.NO_BOOK: lambda _, words, __, ___: words.text("Nothing is collected of it yet."),
    WarningCode.STALE: _stale,
    WarningCode.CUT_SHORT: _cut_short,
    WarningCode.QUARANTINED: _quarantined,
    WarningCode.FIELDS_CHANGED: _fields_changed,
    WarningCode.SLOTS_MISSING: _slots_missing,
    WarningCode.CHECK_FAILED: _check_failed,
    WarningCode.SIMULATED: lambda _, words, __, ___: words.text("Simulated: nobody trades at these prices."),
    WarningCode.IMPORTED: lambda _, words, __, ___: words.text("Imported: recorded elsewhere, not collected here."),
}


def state_texts(words: Words) -> Mapping[CheckState, str]:
    """What a check says, in a word."""
    return {
        CheckState.PASSED: words.text("holds"),
        CheckState.WARNING: words.text("does not hold"),
        CheckState.FAILED: words.text("can't be trusted"),
        CheckState.NOT_JUDGED: words.text("not judged yet"),
    }


def source_texts(words: Words) -> Mapping[str, str]:
    """Where data came from."""
    return {"live": words.text("live"), "simulated": words.text("simulated"), "imported": words.text("imported")}


def trouble_texts(words: Words) -> Mapping[str, str]:
    """Why a snapshot is not whole."""
    return {
        "failed": words.text("no answer"),
        "soft_block": words.text("an empty answer where there were offers: refused"),
        "no_first_page": words.text("the first page is missing"),
        "max_pages": words.text("more pages than are read"),
        "budget": words.text("out of time"),
        "unknown": words.text("the recording ends before the book does"),
    }


def check_titles(words: Words) -> Mapping[str, str]:
    """What each check is about, for people."""
    return {
        "slot_collected": words.text("every market side collected in the newest slot"),
        "freshness": words.text("answers are young"),
        "raw_checksum": words.text("stored bytes are as they were written"),
        "keys_and_counts": words.text("nothing twice, nothing lost"),
        "quarantined_share": words.text("few records set aside"),
        "slot_gaps": words.text("no slot missing"),
        "completeness": words.text("books read to their end"),
        "duplicates": words.text("few offers seen on two pages"),
        "schema_drift": words.text("the venue's answers have the known fields"),
        "unknown_payments": words.text("payment methods are known"),
        "offers_expectations": words.text("offers look as in a healthy market"),
        "price_range": words.text("prices near those of the last week"),
        "crossed_market_rate": words.text("buying is dearer than selling"),
        "history_keeps_quotes": words.text("the history has every quote"),
        "nothing_unusual": words.text("nothing unusual in the newest hour"),
        "advice_holds": words.text("earlier advice held"),
        "higher_scores_hold": words.text("higher scores lasted longer"),
        "types_and_ranges": words.text("values that a market can have"),
        "no_duplicate_offer": words.text("each offer once in a batch"),
        "referential_integrity": words.text("rows refer to what is there"),
        "depth_adds_up": words.text("depth is the sum of its offers"),
        "extraction_completeness": words.text("markets that were due were read"),
        "error_rate": words.text("few requests without an answer"),
        "price_anomalies": words.text("prices near those of the day before"),
        "batch_gaps": words.text("a batch at each step of the schedule"),
        "consecutive_failures": words.text("no two batches in a row that lack markets"),
        "table_expectations": words.text("tables as expected"),
    }
