"""Ports on loopback: whether one is free, and who has it when it isn't."""

from __future__ import annotations

import socket
from contextlib import suppress

from p2p_pipeline.kernel.errors import ClearError
from p2p_pipeline.kernel.foreign_text import shown


class PortInUse(ClearError):
    """A port that is needed is taken; the message says by whom, as far as this system tells."""


def require_free_port(port: int, option: str = "--port") -> None:
    """Raise PortInUse unless we could listen there; `option` is what takes another one."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except PermissionError:
            raise PortInUse(f"port {port} is only for root; give {option} with a number above 1023") from None
        except OSError:
            holder = _holder(port)
            by = f" by {holder}" if holder else " (another `p2p up`, or Dagster?)"
            raise PortInUse(f"port {port} is in use{by}; stop that or give {option}") from None


def free_port() -> int:
    """Any port that nobody has now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        found: int = probe.getsockname()[1]
        return found


def _holder(port: int) -> str | None:
    """`process 123 (python -m dagster …)`, where this system lets us see it."""
    import psutil

    # Other users' processes are hidden, on macOS from everyone but root.
    with suppress(psutil.Error, OSError):
        for connection in psutil.net_connections("tcp"):
            if (
                connection.status == psutil.CONN_LISTEN
                and connection.laddr
                and connection.laddr.port == port
                and connection.pid
            ):
                command = " ".join(psutil.Process(connection.pid).cmdline())
                return f"process {connection.pid} ({shown(command)[:100]})"
    return None
