"""What stored rows mean. Raise one when the same input should give other rows: partitions are then made anew.

Apart from the code they name, because Dagster shows them before any of that code is loaded.
"""

from __future__ import annotations

PARSE_VERSION = "2"
"""Of `snapshots`, `offers` and `quarantine`."""
METRICS_VERSION = "3"
"""Of `quotes`, `depth` and `round_trips`."""
HISTORY_VERSION = "2"
"""Of `history` and `rollups`."""
BEHAVIOUR_VERSION = "1"
"""Of `offer_days` and what is made from it."""
ANOMALY_VERSION = "2"
"""Of `anomalies`."""
COMBO_VERSION = "2"
"""Of `combos`."""
TIMING_VERSION = "3"
"""Of `windows` and `walk_forward`."""
SCORE_VERSION = "2"
"""Of `scores` and `score_calibration`."""
WAREHOUSE_VERSION = "2"
"""Of what the loader makes of a sweep: its rows, not the schema, which has its own revisions."""
