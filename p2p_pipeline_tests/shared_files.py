"""Where things outside the package lie: the repository, and what is laid beside it but never in it."""

from __future__ import annotations

from pathlib import Path

REPOSITORY = Path(__file__).resolve().parents[1]

SHARED = REPOSITORY.parent / "shared"
"""Recordings and inputs that once failed. A test that needs them skips, saying so, where they are missing."""

RECORDINGS = SHARED / "recordings"

CASES = SHARED / "cases"
