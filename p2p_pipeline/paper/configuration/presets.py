"""Configurations to start from: each a file of paper/presets/, whose first lines say what it is."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib import resources

from p2p_pipeline.kernel.errors import InvalidInput
from p2p_pipeline.paper.settings import PaperSettings, parse_paper_settings

_MARK = "# "


@dataclass(frozen=True, slots=True)
class Preset:
    """One of them."""

    name: str
    title: str
    meaning: str
    settings: PaperSettings


@cache
def presets() -> Mapping[str, Preset]:
    """All there are by name, that of every default first."""
    folder = resources.files("p2p_pipeline.paper") / "presets"
    found = [_preset(one.name.removesuffix(".yaml"), one.read_bytes()) for one in folder.iterdir() if _is_one(one.name)]
    return {one.name: one for one in sorted(found, key=lambda one: (one.settings != PaperSettings(), one.name))}


def preset_named(name: str) -> Preset:
    """One by its name. Raises InvalidInput."""
    if name not in presets():
        raise InvalidInput("there is no preset {name!r}; there are {known}", name=name, known=", ".join(presets()))
    return presets()[name]


def _is_one(file_name: str) -> bool:
    return file_name.endswith(".yaml")


def _preset(name: str, text: bytes) -> Preset:
    lines = [line.removeprefix(_MARK) for line in text.decode().splitlines() if line.startswith(_MARK)]
    return Preset(name, lines[0], " ".join(lines[1:]), parse_paper_settings(text, f"{name}.yaml"))
