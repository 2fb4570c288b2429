"""Who may do what: the group roles `p2p_reader` and `p2p_loader`, for an administrator to grant to logins."""

from __future__ import annotations

import logging
from typing import Any

from psycopg import Connection
from psycopg.errors import Diagnostic

from p2p_pipeline.p2p.warehouse.statements import script

_logger = logging.getLogger(__name__)


def grant_roles(connection: Connection[Any]) -> None:
    """Make the roles where they are missing, and give them what they need of this warehouse. Safe to repeat.

    Where the user may not make roles, the log says so and the warehouse does without them.
    """
    connection.add_notice_handler(_tell)
    try:
        connection.execute(script("roles.sql"))
    finally:
        connection.remove_notice_handler(_tell)


def _tell(notice: Diagnostic) -> None:
    _logger.warning("PostgreSQL says: %s", notice.message_primary)
