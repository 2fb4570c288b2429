"""What is served from disk: vendored files as they were fetched, and addresses that may be kept for ever."""

from __future__ import annotations

import hashlib
import re

from fastapi.testclient import TestClient

from p2p_pipeline.web.static_files import STATIC
from p2p_pipeline.web.version import VERSION

_ROW = re.compile(r"\| `(?P<file>[^`]+)` \| .* \| `(?P<sum>[0-9a-f]{64})` \|")


def test_every_vendored_file_is_as_its_list_says() -> None:
    folder = STATIC / "vendor"
    listed = {found["file"]: found["sum"] for found in _ROW.finditer((folder / "README.md").read_text())}
    there = {file.name for file in folder.iterdir() if file.suffix in (".js", ".css")}
    assert listed.keys() == there
    for name, expected in listed.items():
        assert hashlib.sha256((folder / name).read_bytes()).hexdigest() == expected, name


def test_a_static_file_may_be_kept_and_nothing_else_may(client: TestClient) -> None:
    kept = client.get(f"/static/{VERSION}/css/house.css")
    assert (kept.status_code, kept.headers["cache-control"]) == (200, "public, max-age=31536000, immutable")
    assert client.get("/now").headers["cache-control"] == "no-store"
    assert client.get(f"/static/{VERSION}/../app.py").status_code == 404
