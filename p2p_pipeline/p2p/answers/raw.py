"""Whether the raw store can still be read: every byte, against its checksum."""

from __future__ import annotations

from dataclasses import dataclass

from p2p_pipeline.p2p.raw.reader import RawReader
from p2p_pipeline.p2p.raw.stored import Damage


@dataclass(frozen=True, slots=True)
class RawVerification:
    """What reading everything back found."""

    snapshots: int
    """Intact ones."""
    damages: tuple[Damage, ...]


def verify_raw(reader: RawReader) -> RawVerification:
    """Read every day and file back; what is damaged is told, the rest goes on."""
    snapshots, damages = 0, []
    for day in reader.days():
        for file_key in reader.file_keys(day):
            for item in reader.read(day, file_key):
                if isinstance(item, Damage):
                    damages.append(item)
                else:
                    snapshots += 1
    return RawVerification(snapshots, tuple(damages))
