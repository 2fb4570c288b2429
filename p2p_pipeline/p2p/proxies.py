"""Which proxy a worker goes through, and who shares an address."""

from __future__ import annotations

import os
from collections.abc import Mapping
from urllib.parse import urlsplit

from p2p_pipeline.p2p.settings import Settings, SettingsError
from p2p_pipeline.p2p.settings_warehouse import SweepSettings


def proxy_url_of(settings: Settings, venue: str, environment: Mapping[str, str] = os.environ) -> str | None:
    """The proxy a venue is asked through; raises SettingsError when its variable holds none. May hold credentials."""
    variable = settings.venue_settings(venue).proxy_variable
    if variable is None:
        return None
    return _proxy_url(f"venue {venue}", variable, "remove proxy_variable from the settings", environment)


def worker_proxy_url(sweep: SweepSettings, worker: int, environment: Mapping[str, str] = os.environ) -> str | None:
    """The proxy a sweep's worker (from 1) goes through, in turn; None when the settings name none.

    Raises SettingsError when its variable holds none. May hold credentials.
    """
    if not sweep.proxy_variables:
        return None
    variable = sweep.proxy_variables[(worker - 1) % len(sweep.proxy_variables)]
    return _proxy_url(f"sweep, worker {worker}", variable, f"remove {variable} from sweep.proxy_variables", environment)


def workers_behind_one_address(sweep: SweepSettings, worker: int, workers: int) -> int:
    """How many of the workers the venue sees as one with this one: those of its proxy, or all where there is none."""
    proxies = len(sweep.proxy_variables)
    if not proxies:
        return workers
    names = [sweep.proxy_variables[other % proxies] for other in range(workers)]
    return names.count(sweep.proxy_variables[(worker - 1) % proxies])


def _proxy_url(owner: str, variable: str, way_out: str, environment: Mapping[str, str]) -> str:
    url = environment.get(variable, "").strip()
    if urlsplit(url).scheme not in ("http", "https") or not urlsplit(url).hostname:
        # The value may hold a password, so it is not shown.
        raise SettingsError(
            "{owner}: its proxy is named by the environment variable {variable}, which holds no proxy address; "
            "set it to something like http://user:password@host:8080, or {way_out}",
            owner=owner,
            variable=variable,
            way_out=way_out,
        )
    return url
