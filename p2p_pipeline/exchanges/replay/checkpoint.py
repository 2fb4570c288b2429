"""A run replayed up to the end of an hour, kept so that the next hour need not begin at the run's start.

Ours alone, made anew from frames whenever it is missing or of other code: no store of anything.
"""

from __future__ import annotations

import hashlib
import io
import pickle
from functools import cache
from importlib import import_module
from pathlib import Path
from types import ModuleType
from typing import Any

import zstandard

from p2p_pipeline.exchanges.replay.scans import RunReplay

_PACKAGE = Path(__file__).resolve().parents[1]


def dump_run(run: RunReplay) -> bytes:
    """The run as it stands."""
    text = io.BytesIO()
    _Pickler(text, protocol=pickle.HIGHEST_PROTOCOL).dump((_code(), run))
    return zstandard.ZstdCompressor(level=1).compress(text.getvalue())


def load_run(kept: bytes) -> RunReplay | None:
    """The same again; None when other code wrote it, or it can't be read."""
    try:
        text = zstandard.ZstdDecompressor().decompress(kept)
        code, run = _Unpickler(io.BytesIO(text)).load()
    except (zstandard.ZstdError, pickle.UnpicklingError, AttributeError, ImportError, EOFError, TypeError, ValueError):
        return None
    return run if code == _code() and isinstance(run, RunReplay) else None


class _Pickler(pickle.Pickler):
    """A venue's modules are named, not copied."""

    def persistent_id(self, obj: Any) -> str | None:
        return obj.__name__ if isinstance(obj, ModuleType) else None


class _Unpickler(pickle.Unpickler):
    """Makes nothing that a run is not made of: a data folder may come from somebody else."""

    def persistent_load(self, pid: Any) -> ModuleType:
        return import_module(pid)

    def find_class(self, module_name: str, global_name: str, /) -> Any:
        is_builtin = module_name == "builtins" and global_name in _BUILTINS
        if module_name.split(".", maxsplit=1)[0] not in _KNOWN and not is_builtin:
            raise pickle.UnpicklingError(f"{module_name}.{global_name} is none of what a run is made of")
        return super().find_class(module_name, global_name)


_KNOWN = frozenset({"p2p_pipeline", "numpy", "decimal", "datetime", "collections", "functools", "random", "copyreg"})
_BUILTINS = frozenset({"set", "frozenset", "bytearray", "object", "getattr"})


@cache
def _code() -> str:
    """What the code of the exchanges is: its files' digest."""
    found = hashlib.sha256()
    for path in sorted(_PACKAGE.rglob("*.py")):
        found.update(path.read_bytes())
    return found.hexdigest()
