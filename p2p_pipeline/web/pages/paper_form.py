"""The form of a session's configuration: what stands in each field, what can't be used and why. Pure.

A form's text becomes a configuration by the same rules as YAML; an empty field means the default.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from p2p_pipeline.kernel.durations import seconds_of
from p2p_pipeline.kernel.errors import InvalidInput
from p2p_pipeline.kernel.told import Told
from p2p_pipeline.paper.configuration.parameters import DIRECTIONS, Kind, Parameter, parameters, value_at, value_text
from p2p_pipeline.paper.configuration.presets import presets
from p2p_pipeline.paper.settings import PaperSettings, PaperSettingsError, paper_settings_of

GROUPS: Mapping[str, tuple[str, ...]] = {
    "signal": ("timeframe_minutes", "long", "short", "reference_max_age_seconds"),
    "entry": ("entry", "touch_price", "rearm_seconds"),
    "exit": ("exit", "stop_trigger"),
    "universe": ("universe", "stale_after_seconds"),
    "account": ("account", "fees_pct", "fee_of"),
    "funding": ("funding_cooldown",),
}
"""Which sections and parameters stand together, in the order of a trade."""
RUN_FIELDS = ("source", "for")
"""What is no part of the configuration: where market data comes from, and for how long."""
OFF = "off"
MOST_SECONDS = 366 * 86_400.0
_SHOWN_CHARACTERS = 40


@dataclass(frozen=True, slots=True)
class FormField:
    """One parameter in the form."""

    parameter: Parameter
    text: str
    """As it stands in its field."""
    mistake: Told | None

    @property
    def is_changed(self) -> bool:
        """Whether it is another one than the default."""
        return self.text not in ("", as_typed(self.parameter, self.parameter.default))


@dataclass(frozen=True, slots=True)
class PaperForm:
    """The whole form."""

    fields: Mapping[str, FormField]
    switched: Mapping[str, bool]
    """By direction, whether it is on."""
    run: Mapping[str, str]
    mistakes: tuple[str, ...]
    """Those that belong to no parameter."""
    settings: PaperSettings | None
    """What it says; None where something can't be used."""
    seconds: float | None = None

    @property
    def is_usable(self) -> bool:
        """Whether a session can be started with it."""
        return self.settings is not None and not self.mistakes

    def groups(self) -> Mapping[str, list[FormField]]:
        """The fields, a group each."""
        return {
            name: [one for one in self.fields.values() if one.parameter.path.split(".")[0] in parts]
            for name, parts in GROUPS.items()
        }


def form_of(given: Mapping[str, str], base: PaperSettings) -> PaperForm:
    """A form that was sent, over what stands in a field that was not."""
    texts = {path: typed(one, given.get(path), base) for path, one in parameters().items()}
    switched = {name: given.get(name, "on" if getattr(base, name) is not None else OFF) != OFF for name in DIRECTIONS}
    settings, refused = None, {}
    try:
        settings = paper_settings_of(_values(texts, switched))
    except PaperSettingsError as error:
        refused = dict(error.mistakes)
    fields = {
        path: FormField(one, texts[path], _mistake(one, texts[path], refused)) for path, one in parameters().items()
    }
    run = {name: given.get(name, "").strip() for name in RUN_FIELDS}
    others = [told for name, told in refused.items() if not _parameter_in(name)]
    seconds = None
    try:
        seconds = seconds_of(run["for"]) if run["for"] else None
    except InvalidInput as error:
        others.append(str(error))
    if seconds is not None and seconds > MOST_SECONDS:
        others.append(Told("duration was {given!r}; a session runs for at most 366d by itself", given=run["for"][:20]))
    return PaperForm(fields, switched, run, tuple(others), settings, seconds)


def form_values(settings: PaperSettings) -> dict[str, str]:
    """What an address needs to say of a configuration: what differs from the defaults."""
    found = {name: OFF for name in DIRECTIONS if getattr(settings, name) is None}
    for path, one in parameters().items():
        text = _text_of(one, settings)
        if one.section not in found and text != as_typed(one, one.default):
            found[path] = text
    return found


def base_of(preset: str) -> PaperSettings:
    """What a form begins with; the defaults where there is no such preset."""
    return presets()[preset].settings if preset in presets() else PaperSettings()


def typed(one: Parameter, given: str | None, base: PaperSettings) -> str:
    """What stands in a field."""
    return _text_of(one, base) if given is None else given.strip()


def _text_of(one: Parameter, settings: PaperSettings) -> str:
    value = value_at(settings, one.path)
    if value is None and one.section in DIRECTIONS:
        return one.default
    return as_typed(one, value_text(value))


def as_typed(one: Parameter, text: str) -> str:
    """A value of YAML as it stands in a form: names without their brackets."""
    return "" if text == "null" else text.strip("[]") if one.kind is Kind.NAMES else text


def _values(texts: Mapping[str, str], switched: Mapping[str, bool]) -> dict[str, Any]:
    found: dict[str, Any] = {name: None for name, is_on in switched.items() if not is_on}
    for path, text in texts.items():
        one = parameters()[path]
        if not text or not switched.get(one.section, True):
            continue
        place = found.setdefault(one.section, {}) if one.section else found
        place[one.name] = _value(one, text)
    return found


def _value(one: Parameter, text: str) -> Any:
    if one.kind is Kind.NAMES:
        return [name for name in re.split(r"[\s,;]+", text) if name]
    # Letters and signs that are none reach the settings as they are, and are refused with what is allowed.
    is_whole = one.kind is Kind.CHOICE and text.isascii() and text.isdigit() and len(text) < _SHOWN_CHARACTERS
    return int(text) if is_whole else text


def _parameter_in(name: str) -> str | None:
    """The parameter that a mistake is of: of a list it may name the place in it."""
    return next((path for path in parameters() if name == path or name.startswith(f"{path}.")), None)


def _mistake(one: Parameter, text: str, refused: Mapping[str, str]) -> Told | None:
    if not any(_parameter_in(name) == one.path for name in refused):
        return None
    shown = text if len(text) <= _SHOWN_CHARACTERS else text[: _SHOWN_CHARACTERS - 1] + "…"
    return Told("was {given!r}; write {allowed}", given=shown, allowed=one.allowed)
