"""The version of the program that answers: in the document of the API, in ETags and in addresses of static files."""

from __future__ import annotations

from importlib.metadata import version

VERSION = version("p2p-pipeline")
