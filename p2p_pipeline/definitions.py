"""What Dagster opens. Everything is put together in orchestration/build.py."""

from p2p_pipeline.orchestration.build import build_definitions

definitions = build_definitions()
