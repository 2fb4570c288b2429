"""What a crash left half written at a file's end: kept aside, then cut off.

It was never acknowledged, yet it is kept, because a person may want to know what it was.
"""

from __future__ import annotations

import json
import zlib
from pathlib import Path

from p2p_pipeline.kernel.filesystem import FileSystem


def keep_aside(files: FileSystem, path: Path, position: int, reason: str, folder: Path) -> tuple[Path, int]:
    """Put what a file has from a position on into `folder` with a note of its origin, and cut it off there.

    Where it is kept, and how long it is. A crash in between loses nothing.
    """
    data = files.read(path, position)
    name = f"{path.parent.name}.{path.name}.{position}.{zlib.crc32(data):08x}"
    kept_at, note_at = folder / f"{name}.bin", folder / f"{name}.json"
    note = {
        "from": f"{path.parent.name}/{path.name}", "position": position, "length": len(data),
        "reason": reason, "meaning": "cut off after a crash; it was never acknowledged",
    }  # fmt: skip
    files.make_folder(folder)
    for aside, content in ((kept_at, data), (note_at, json.dumps(note, indent=1).encode() + b"\n")):
        files.remove(aside)
        files.append(aside, content)
        files.sync(aside)
    files.sync_folder(folder)
    files.truncate(path, position)
    files.sync(path)
    return kept_at, len(data)
