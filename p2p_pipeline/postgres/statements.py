"""SQL from its files, so that it reads and highlights as SQL: values are always parameters."""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import cache
from importlib import resources

_NAMED = re.compile(r"^-- :(\w+)\n", re.MULTILINE)


@cache
def named_statements(package: str, file_name: str) -> Mapping[str, str]:
    """The statements of a file in a package's `sql` folder, by name, in their order."""
    _, *parts = _NAMED.split(sql_text(package, file_name))
    return dict(zip(parts[::2], parts[1::2], strict=True))


@cache
def sql_text(package: str, file_name: str) -> str:
    """What stands in such a file: statements without parameters, run together."""
    return (resources.files(package) / "sql" / file_name).read_text(encoding="utf-8")
