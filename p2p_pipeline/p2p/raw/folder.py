"""The raw folder: where things are, who may write now, which version wrote it, and what may be in it.

`<data>/raw/` holds a folder a UTC day, `layout_version`, `realm` (live, imported or simulated) and `_torn/`
(half-written ends that crashes left). Locks lie in `<data>/state/`; the kernel releases them when their process dies.
"""

from __future__ import annotations

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date
from pathlib import Path

from p2p_pipeline.kernel.filesystem import FileSystem
from p2p_pipeline.kernel.paths import DataPaths
from p2p_pipeline.p2p.markets import Source
from p2p_pipeline.p2p.raw.stored import LayoutMismatch, RealmMismatch, is_file_key

LAYOUT_VERSION = "1"


class RawFolder:
    """Paths, locks and guards of one data folder's raw store."""

    def __init__(self, data_folder: Path, files: FileSystem) -> None:
        paths = DataPaths(data_folder)
        self.root, self.state = paths.raw, paths.state
        self.torn = self.root / "_torn"
        self.files = files
        self._admitted: set[Source] = set()

    def growing(self, day: date, file_key: str) -> Path:
        """The file that snapshots are appended to."""
        return self.root / day.isoformat() / f"{file_key}.jsonl.gz"

    def packed(self, day: date, file_key: str) -> Path:
        """The file a closed day is repacked into."""
        return self.root / day.isoformat() / f"{file_key}.jsonl.zst"

    def days(self) -> list[date]:
        """The UTC days that have a folder, oldest first."""
        found = []
        for name in self.files.entries(self.root):
            try:
                day = date.fromisoformat(name)
            except ValueError:
                continue
            # It reads other spellings of a date too; a folder of another name is none of ours.
            if day.isoformat() == name:
                found.append(day)
        return sorted(found)

    def file_keys(self, day: date) -> list[str]:
        """The market keys and reference files of a day, sorted."""
        names = (name.rsplit(".jsonl.", 1) for name in self.files.entries(self.root / day.isoformat()))
        return sorted({n[0] for n in names if len(n) == 2 and n[1] in {"gz", "zst"} and is_file_key(n[0])})

    def has(self, day: date, file_key: str) -> bool:
        """Whether anything is stored under a key on a day; told without listing the day's folder."""
        return any(self.files.size(path) > 0 for path in (self.growing(day, file_key), self.packed(day, file_key)))

    @contextmanager
    def lock(self, name: str) -> Iterator[None]:
        """Hold a name against every other thread and process; waits for it."""
        self.state.mkdir(parents=True, exist_ok=True)
        descriptor = os.open(self.state / f"raw.{name}.lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o644)
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX)
            yield
        finally:
            os.close(descriptor)

    def check_layout(self) -> None:
        """Refuse a folder that another version of this program wrote; an empty one is fine."""
        version = self._text("layout_version")
        if not version and self.days():
            # Another process may have begun the folder between the two looks; the version comes before any day.
            version = self._text("layout_version")
            if not version:
                version = "missing"
        if version in {"", LAYOUT_VERSION}:
            return
        raise LayoutMismatch(
            "{root} was {version!r}, this program writes {layout_version!r}: use the version that wrote the "
            "folder, or another --data-dir",
            root=self.root / "layout_version",
            version=version,
            layout_version=LAYOUT_VERSION,
        )

    def admit(self, source: Source, *, has_answers: bool = True) -> None:
        """Let a source write here: the first answer stored fixes whether the folder is real or simulated.

        Real is live or imported; both may stand in one folder, which is then called live.

        A snapshot without any answer fixes nothing: a machine that could not reach the live venues once may still be
        used for simulated ones.
        """
        if source in self._admitted and self.files.size(self.root / "layout_version"):
            return
        with self.lock("realm"):
            self.check_layout()
            self.files.make_folder(self.root)
            if not self._text("layout_version"):
                self._write("layout_version", LAYOUT_VERSION)
            self._fix_realm(source, has_answers)
        if has_answers:
            self._admitted.add(source)

    def _fix_realm(self, source: Source, has_answers: bool) -> None:
        realm = self._text("realm")
        if realm and (realm == Source.SIMULATED) != (source is Source.SIMULATED):
            raise RealmMismatch(
                "{root} holds {realm} data and {source} data was to be written: simulated and real data never mix; "
                "use another --data-dir",
                root=self.root,
                realm=realm,
                source=source.value,
            )
        if has_answers and realm in ("", Source.IMPORTED) and realm != source:
            self._write("realm", source.value)

    def realm(self) -> Source | None:
        """Whether the folder is live, imported or simulated; None while no answer has been stored."""
        text = self._text("realm")
        return Source(text) if text else None

    def _text(self, name: str) -> str:
        return self.files.read(self.root / name).decode(errors="replace").strip()

    def _write(self, name: str, text: str) -> None:
        aside = self.root / f".{name}.new"
        self.files.remove(aside)
        self.files.append(aside, f"{text}\n".encode())
        self.files.sync(aside)
        self.files.replace(aside, self.root / name)
        self.files.sync_folder(self.root)
