"""A time for scans of tests."""

from __future__ import annotations

from datetime import UTC, datetime

AT = datetime(2026, 11, 30, 6, 0, tzinfo=UTC)
