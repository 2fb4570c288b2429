"""A run whose process was killed is ended within a minute and told; one that works is left alone."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import time
from datetime import UTC, datetime
from pathlib import Path

import orjson
from dagster import DagsterInstance, DagsterRunStatus, MetadataValue, RunsFilter, job, op
from dagster._core.events import EngineEventData
from dagster._core.storage.tags import GRPC_INFO_TAG
from dagster._core.test_utils import create_run_for_test
from dagster._daemon.auto_run_reexecution.auto_run_reexecution import should_retry

from p2p_pipeline.orchestration.installation import Installation
from p2p_pipeline.orchestration.watch.dead_runs import end_dead_runs, is_process_alive
from p2p_pipeline.orchestration.watch.look import look
from p2p_pipeline.orchestration.watch.troubles import failed_runs
from p2p_pipeline_tests.shared_files import REPOSITORY

LONG_RUN = """
import sys, time
from dagster import DagsterInstance, in_process_executor, job, op
from dagster._core.instance.ref import InstanceRef

@op
def work():
    time.sleep(120)

@job(executor_def=in_process_executor)
def long_run():
    work()

with DagsterInstance.from_ref(InstanceRef.from_dir(sys.argv[1], config_dir=sys.argv[2])) as instance:
    long_run.execute_in_process(instance=instance)
"""


def wait_for_step(instance: DagsterInstance) -> str:
    for _ in range(600):
        runs = instance.get_runs(RunsFilter(statuses=[DagsterRunStatus.STARTED]))
        if runs and any(e.dagster_event and e.dagster_event.is_step_start for e in instance.all_logs(runs[0].run_id)):
            return runs[0].run_id
        time.sleep(0.1)
    raise AssertionError("the run did not start")


def test_a_run_that_was_killed_is_ended_and_told_and_a_working_one_is_not(
    sqlite_instance: DagsterInstance, installation: Installation, tmp_path: Path
) -> None:
    command = [sys.executable, "-W", "ignore", "-c", LONG_RUN, str(tmp_path), str(REPOSITORY)]
    with subprocess.Popen(command, stderr=subprocess.DEVNULL) as process:
        run_id = wait_for_step(sqlite_instance)
        assert not end_dead_runs(sqlite_instance)
        process.send_signal(signal.SIGKILL)
        process.wait()
    now = datetime.now(UTC)
    assert "A run of long_run failed" in look(sqlite_instance, installation, (), (), now, running_seconds=1)
    ended = sqlite_instance.get_run_by_id(run_id)
    assert ended is not None
    assert ended.status is DagsterRunStatus.FAILURE
    assert len(failed_runs(sqlite_instance, now)) == 1
    assert not end_dead_runs(sqlite_instance)


def test_a_process_that_got_the_number_of_an_older_one_is_another_one() -> None:
    assert is_process_alive(os.getpid(), time.time())
    assert not is_process_alive(os.getpid(), time.time() - 7 * 24 * 3600)


def test_a_number_that_no_process_has_is_a_dead_process() -> None:
    with subprocess.Popen([sys.executable, "-c", ""]) as process:
        process.wait()
    assert not is_process_alive(process.pid, time.time())


def test_a_code_location_that_is_called_by_its_own_name_runs_on_this_machine(
    postgres_instance: DagsterInstance, tmp_path: Path
) -> None:
    # As in deploy/compose.yaml, where the daemon reaches it in another container.
    with subprocess.Popen([sys.executable, "-c", ""]) as gone:
        gone.wait()
    for host in (socket.gethostname(), "elsewhere"):
        tags = {GRPC_INFO_TAG: orjson.dumps({"host": host}).decode()}
        run = create_run_for_test(postgres_instance, job_name=host, status=DagsterRunStatus.STARTED, tags=tags)
        told = EngineEventData(metadata={"pid": MetadataValue.text(str(gone.pid))})
        postgres_instance.report_engine_event("began", run, told)
    ended = [postgres_instance.get_run_by_id(run_id) for run_id in end_dead_runs(postgres_instance)]
    assert [run.job_name for run in ended if run] == [socket.gethostname()]


def test_a_run_that_the_daemon_dropped_is_run_again_and_one_whose_step_failed_is_not(instance: DagsterInstance) -> None:
    dropped = create_run_for_test(instance, "close_day", status=DagsterRunStatus.STARTING)
    # As the daemon does after "unrecoverable error while dequeuing".
    instance.report_run_failed(dropped)
    assert should_retry(instance.get_run_by_id(dropped.run_id), instance)  # type: ignore[arg-type]

    @job
    def failing() -> None:
        fails()

    result = failing.execute_in_process(instance=instance, raise_on_error=False)
    failed = instance.get_run_by_id(result.run_id)
    assert failed is not None
    assert not should_retry(failed, instance)


@op
def fails() -> None:
    raise RuntimeError
