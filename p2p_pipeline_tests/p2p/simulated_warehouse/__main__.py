"""Fill the embedded warehouse of a data folder: `python -m p2p_pipeline_tests.p2p.simulated_warehouse DIR [DAYS]`."""

import sys
from pathlib import Path

from p2p_pipeline.kernel.paths import DataPaths
from p2p_pipeline.p2p.warehouse.migrate import migrate
from p2p_pipeline.postgres.server import open_server
from p2p_pipeline_tests.p2p.simulated_warehouse.month import MonthPlan, fill_month

if __name__ == "__main__":
    server = open_server(DataPaths(Path(sys.argv[1])))
    migrate(server)
    fill_month(server, MonthPlan(days=int(sys.argv[2]) if len(sys.argv) > 2 else 30))
