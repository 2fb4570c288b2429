"""Fill the embedded warehouse of a data folder: `python -m p2p_pipeline_tests.simulated_warehouse DIR [DAYS]`."""

import sys
from pathlib import Path

from p2p_pipeline.paths import DataPaths
from p2p_pipeline.warehouse.migrate import migrate
from p2p_pipeline.warehouse.server import open_server
from p2p_pipeline_tests.simulated_warehouse.month import MonthPlan, fill_month

if __name__ == "__main__":
    server = open_server(DataPaths(Path(sys.argv[1])))
    migrate(server)
    fill_month(server, MonthPlan(days=int(sys.argv[2]) if len(sys.argv) > 2 else 30))
