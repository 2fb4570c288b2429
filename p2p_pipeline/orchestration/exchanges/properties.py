"""What is judged of a day of order books. Names and sentences only: what judges them is judges.py."""

from p2p_pipeline.orchestration.asset_property import AssetProperty

EXCHANGE_PROPERTIES = (
    AssetProperty(
        "frames", "chain_verified", "Every file of frames is whole: each member's checksum, and the chain between them."
    ),
    AssetProperty("frames", "none_lost", "No frame was lost because the disk or the memory was full."),
    AssetProperty("books", "gaps", "Breaks of sequences are rare: at most 1 in 10,000 events."),
    AssetProperty("scans", "staleness", "Books are young: at most 5 % of all pairs had one that was too old."),
    AssetProperty("books", "checksum_failures", "The exchanges' own checksums hold: at most 1 in 10,000 does not."),
    AssetProperty("books", "clock_offset", "Each exchange's clock is within two seconds of ours."),
    AssetProperty("scans", "skipped_cycles", "Every place of the grid had its scan: at most 1 in 1,000 is missing."),
    AssetProperty("scans", "replay_equal", "A replay of the frames gives the same bytes as the live scans did."),
    AssetProperty(
        "opportunities", "share_quarantined", "At most half of what would be accepted is too good to be believed."
    ),
)
