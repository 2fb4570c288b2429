"""The small service that the tests of the web ask, too."""

from p2p_pipeline_tests.web.conftest import web_folder

__all__ = ["web_folder"]
