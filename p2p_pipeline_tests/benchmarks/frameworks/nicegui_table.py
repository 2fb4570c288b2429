"""NiceGUI: an AG Grid whose rows are changed by transactions, a client each: `python nicegui_table.py PORT`."""

import random
import sys

from nicegui import ui
from rows import COLUMNS, change, first_rows


@ui.page("/")
def table() -> None:
    """The page."""
    rows, chosen = first_rows(), random.Random(1)
    fields = [{"field": name} for name in COLUMNS]
    grid = ui.aggrid({"columnDefs": fields, "rowData": rows, ":getRowId": "row => row.data.market"})

    def tick() -> None:
        changed = [rows[place] for place in change(rows, chosen)]
        grid.run_grid_method("applyTransaction", {"update": changed})

    ui.timer(1.0, tick)


ui.run(port=int(sys.argv[1]), host="127.0.0.1", show=False, reload=False)
