"""What is judged of a day of order books. Names and sentences only: what judges them is judges.py."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class ExchangeProperty:
    """One property of one asset."""

    asset: str
    name: str
    description: str


EXCHANGE_PROPERTIES = (
    ExchangeProperty(
        "frames", "chain_verified", "Every file of frames is whole: each member's checksum, and the chain between them."
    ),
    ExchangeProperty("frames", "none_lost", "No frame was lost because the disk or the memory was full."),
    ExchangeProperty("books", "gaps", "Breaks of sequences are rare: at most 1 in 10,000 events."),
    ExchangeProperty("scans", "staleness", "Books are young: at most 5 % of all pairs had one that was too old."),
    ExchangeProperty("books", "checksum_failures", "The exchanges' own checksums hold: at most 1 in 10,000 does not."),
    ExchangeProperty("books", "clock_offset", "Each exchange's clock is within two seconds of ours."),
    ExchangeProperty("scans", "skipped_cycles", "Every place of the grid had its scan: at most 1 in 1,000 is missing."),
    ExchangeProperty("scans", "replay_equal", "A replay of the frames gives the same bytes as the live scans did."),
    ExchangeProperty(
        "opportunities", "share_quarantined", "At most half of what would be accepted is too good to be believed."
    ),
)
