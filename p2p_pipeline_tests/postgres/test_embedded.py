"""The embedded PostgreSQL: there when it is needed, gone when nobody needs it, back after every kind of death."""

from __future__ import annotations

import contextlib
import logging
import os
import pwd
import shutil
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import psutil
import psycopg
import pytest

from p2p_pipeline.kernel.paths import DataPaths
from p2p_pipeline.postgres.connection import connect
from p2p_pipeline.postgres.embedded import EmbeddedPostgres
from p2p_pipeline.postgres.embedded_files import Account, prune_logs
from p2p_pipeline.postgres.embedded_process import forget_foreign_process
from p2p_pipeline.postgres.server import WarehouseError, WarehouseServer

USES = """
import sys
from pathlib import Path
from p2p_pipeline.kernel.paths import DataPaths
from p2p_pipeline.postgres.embedded import EmbeddedPostgres
EmbeddedPostgres(DataPaths(Path(sys.argv[1]))).use("p2p")
print("uses", flush=True)
sys.stdin.readline()
"""


@pytest.fixture(scope="module")
def made_once(postgres_folder: Path) -> Path:
    """A data folder whose server was made and stopped: making one takes longer than all else here."""
    folder = postgres_folder / "made once"
    embedded = EmbeddedPostgres(DataPaths(folder))
    with connect(embedded.use("p2p"), autocommit=True) as connection:
        connection.execute("ALTER SYSTEM SET fsync = off")
    embedded.stop()
    return folder


@pytest.fixture
def embedded(made_once: Path) -> Iterator[EmbeddedPostgres]:
    """A server of its own, not running. What a test does to its files it takes back."""
    found = EmbeddedPostgres(DataPaths(made_once))
    yield found
    found.stop(even_if_used=True)


@pytest.fixture
def copy_place(postgres_folder: Path) -> Iterator[Path]:
    """Where a copy may go."""
    folder = postgres_folder / "copies"
    yield folder
    shutil.rmtree(folder)


def data_of(embedded: EmbeddedPostgres) -> Path:
    return embedded.folder.parent


def process_of(embedded: EmbeddedPostgres) -> psutil.Process:
    return psutil.Process(int((embedded.folder / "postmaster.pid").read_text().splitlines()[0]))


@contextlib.contextmanager
def another_user(embedded: EmbeddedPostgres) -> Iterator[subprocess.Popen[str]]:
    """A process that uses the server until the block ends."""
    with subprocess.Popen(
        [sys.executable, "-c", USES, str(data_of(embedded))], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "uses\n"
        yield process
        with contextlib.suppress(BrokenPipeError):
            process.communicate("\n")


def answers(server: WarehouseServer) -> bool:
    with connect(server) as connection:
        return connection.execute("SELECT 1").fetchone() == (1,)


def is_gone(process: psutil.Process) -> bool:
    return not process.is_running() or process.status() == psutil.STATUS_ZOMBIE


def test_it_serves_several_processes_and_ends_with_the_last(embedded: EmbeddedPostgres) -> None:
    with another_user(embedded):
        first = process_of(embedded)
        with another_user(embedded):
            assert process_of(embedded) == first
        assert embedded.running("p2p") is not None, "one still uses it"
    assert embedded.running("p2p") is None
    assert is_gone(first)


def test_a_killed_user_is_not_waited_for(embedded: EmbeddedPostgres) -> None:
    with another_user(embedded) as killed:
        killed.kill()
    server = process_of(embedded)
    assert not is_gone(server), "nobody was there to stop it"
    with another_user(embedded):
        assert process_of(embedded) == server
    assert is_gone(server)


def test_asked_to_stay_it_stays_until_it_is_stopped(embedded: EmbeddedPostgres) -> None:
    with another_user(embedded):
        embedded.keep_running()
    server = embedded.running("p2p")
    assert server is not None
    assert answers(server)
    assert embedded.stop()
    assert embedded.running("p2p") is None
    assert not embedded.is_asked_to_stay


def test_stopping_leaves_it_to_others_who_use_it(embedded: EmbeddedPostgres) -> None:
    with another_user(embedded):
        embedded.keep_running()
        assert not embedded.stop()
        assert embedded.running("p2p") is not None
    assert embedded.running("p2p") is None, "the other one stopped it: it is no longer asked to stay"


def test_killed_with_all_its_children_it_recovers_what_was_committed(embedded: EmbeddedPostgres) -> None:
    with connect(embedded.use("p2p")) as connection:
        connection.execute("CREATE TABLE kept (n integer)")
        connection.execute("INSERT INTO kept VALUES (1)")
    for process in [postmaster := process_of(embedded), *postmaster.children(recursive=True)]:
        with contextlib.suppress(psutil.NoSuchProcess):
            process.kill()
    with connect(embedded.use("p2p")) as connection:
        assert connection.execute("SELECT n FROM kept").fetchone() == (1,)


def test_killed_alone_it_comes_back_when_its_children_have_noticed(embedded: EmbeddedPostgres) -> None:
    embedded.use("p2p")
    process_of(embedded).kill()
    assert answers(embedded.use("p2p"))


def test_a_number_of_a_dead_server_that_another_process_has_by_now_does_not_hold_it_up(
    embedded: EmbeddedPostgres,
) -> None:
    embedded.use("p2p")
    file = embedded.folder / "postmaster.pid"
    left = file.read_text()
    embedded.stop()
    account = Account.choose()
    # PostgreSQL heeds only processes of its own user.
    with subprocess.Popen(
        ["sleep", "60"],
        user=account.uid if account.is_other else None,
        extra_groups=[] if account.is_other else None,
    ) as foreign:
        file.write_text(f"{foreign.pid}\n" + left.partition("\n")[2])
        (embedded.folder / ".s.PGSQL.5432.lock").write_text(file.read_text())
        for name in ("postmaster.pid", ".s.PGSQL.5432.lock"):
            os.chown(embedded.folder / name, account.uid, account.gid)
        assert answers(embedded.use("p2p"))
        assert foreign.poll() is None, "it was let live"
        foreign.kill()


def test_a_foreign_number_is_replaced_and_the_rest_of_the_file_kept(tmp_path: Path) -> None:
    file = tmp_path / "postmaster.pid"
    file.write_text(f"{os.getpid()}\n/data/postgres\n1700000000\n")
    forget_foreign_process(file)
    number, *rest = file.read_text().splitlines()
    assert not psutil.pid_exists(int(number))
    assert rest == ["/data/postgres", "1700000000"]


def test_a_leftover_socket_does_not_count_as_a_server(embedded: EmbeddedPostgres) -> None:
    place = embedded.folder / ".s.PGSQL.5432"
    with socket.socket(socket.AF_UNIX) as left:
        left.bind(str(place))
    account = Account.choose()
    os.chown(place, account.uid, account.gid)
    assert embedded.running("p2p") is None
    assert answers(embedded.use("p2p"))


def test_two_data_folders_have_two_servers(embedded: EmbeddedPostgres, made_once: Path, copy_place: Path) -> None:
    shutil.copytree(made_once, copy_place / "second")
    second = EmbeddedPostgres(DataPaths(copy_place / "second"))
    try:
        with connect(embedded.use("p2p")) as one, connect(second.use("p2p")) as two:
            folders = [server.execute("SHOW data_directory").fetchone() for server in (one, two)]
        assert folders == [(str(embedded.folder),), (str(second.folder),)]
    finally:
        second.stop()


def test_a_copy_at_a_path_too_long_for_a_socket_is_no_obstacle(made_once: Path, copy_place: Path) -> None:
    deep = copy_place / ("very long name " * 6) / "ünïcödé 'quoted'"
    shutil.copytree(made_once, deep / "data")
    embedded = EmbeddedPostgres(DataPaths(deep / "data"))
    try:
        server = embedded.use("p2p")
        assert answers(server)
        assert len(server.name.host) < 100
    finally:
        embedded.stop()
    assert not Path(server.name.host).exists()


@pytest.mark.parametrize(
    "name",
    ["$(touch $P2P_PROOF)", "`touch $P2P_PROOF`", 'it\'s "quoted" ünïcödé', "a, b", "back\\slash; true & false|"],
)
def test_what_stands_in_a_folder_s_name_is_a_name_and_no_shell_s_order(
    name: str, made_once: Path, copy_place: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    proof = copy_place / "proof"
    shutil.copytree(made_once, copy_place / name / "data")
    copy_place.chmod(0o777)
    monkeypatch.setenv("P2P_PROOF", str(proof))
    embedded = EmbeddedPostgres(DataPaths(copy_place / name / "data"))
    try:
        with connect(embedded.use("p2p")) as connection:
            found = connection.execute("SHOW data_directory").fetchone()
        assert found == (str(embedded.folder),)
    finally:
        embedded.stop()
    assert embedded.running("p2p") is None
    assert not proof.exists(), "it was run"


def test_a_new_one_is_made_in_a_folder_of_any_name(copy_place: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    copy_place.mkdir()
    copy_place.chmod(0o777)
    monkeypatch.setenv("P2P_PROOF", str(copy_place / "proof"))
    embedded = EmbeddedPostgres(DataPaths(copy_place / "$(touch $P2P_PROOF) 'a' \"b\" ünï"))
    try:
        assert answers(embedded.use("p2p"))
    finally:
        embedded.stop()
    assert not (copy_place / "proof").exists(), "it was run"


def test_programs_in_a_folder_that_a_shell_would_read_are_refused_before_one_does(
    data_folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("p2p_pipeline.postgres.embedded_files.binaries", lambda: Path("/opt/$(reboot)/pginstall18/bin"))
    monkeypatch.setattr("p2p_pipeline.postgres.embedded_files._let_through", lambda *_: None)
    with pytest.raises(WarehouseError, match="a shell that they start would take '\\$' in it for orders"):
        EmbeddedPostgres(DataPaths(data_folder)).use("p2p")


def test_children_of_a_killed_server_that_still_write_are_waited_for(
    embedded: EmbeddedPostgres, caplog: pytest.LogCaptureFixture
) -> None:
    busy = psycopg.connect(embedded.use("p2p").url)
    # It looks for nothing while it counts.
    busy.pgconn.send_query(
        b"DO $$ DECLARE until timestamptz := clock_timestamp() + interval '3 s'; "
        b"BEGIN WHILE clock_timestamp() < until LOOP END LOOP; END $$"
    )
    time.sleep(0.2)
    process_of(embedded).kill()
    with caplog.at_level(logging.INFO, logger="p2p_pipeline.postgres.embedded_process"):
        assert answers(embedded.use("p2p"))
    assert "its children still end: waiting for them" in caplog.text
    busy.close()


def test_stopped_while_it_starts_it_does_not_go_on_without_anybody(
    embedded: EmbeddedPostgres, monkeypatch: pytest.MonkeyPatch
) -> None:
    started: list[psutil.Process] = []

    def ctrl_c(*_: object) -> None:
        started.append(process_of(embedded))
        raise KeyboardInterrupt

    monkeypatch.setattr(EmbeddedPostgres, "_make_database", ctrl_c)
    with pytest.raises(KeyboardInterrupt):
        embedded.use("p2p")
    assert is_gone(started[0])


def test_whoever_ended_its_last_users_waits_until_they_are_gone_and_stops_it(embedded: EmbeddedPostgres) -> None:
    for _ in range(3):
        embedded.use("p2p")
        server = process_of(embedded)
        with another_user(embedded) as killed:
            # What a process does that is killed: it is still there for a moment, and then can stop nothing.
            ending = threading.Timer(0.3, killed.kill)
            ending.start()
            assert embedded.leave(patience_seconds=10)
            assert is_gone(server)


def test_whoever_leaves_while_others_use_it_leaves_it_to_them(embedded: EmbeddedPostgres) -> None:
    embedded.use("p2p")
    with another_user(embedded):
        assert not embedded.leave(patience_seconds=0.2)
        assert embedded.running("p2p") is not None
    assert embedded.running("p2p") is None


@pytest.mark.skipif(os.geteuid() != 0, reason="only root may run it as somebody else")
def test_root_leaves_the_files_to_whom_they_belong(made_once: Path, copy_place: Path) -> None:
    shutil.copytree(made_once, copy_place / "data")
    nobody = pwd.getpwnam("nobody").pw_uid
    for place in (copy_place / "data" / "postgres", *(copy_place / "data" / "postgres").rglob("*")):
        os.chown(place, nobody, -1)
    embedded = EmbeddedPostgres(DataPaths(copy_place / "data"))
    try:
        assert answers(embedded.use("p2p"))
        assert process_of(embedded).username() == "nobody"
    finally:
        embedded.stop()


def test_recovery_that_takes_long_is_waited_for_and_told(
    embedded: EmbeddedPostgres, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr("p2p_pipeline.postgres.embedded_process.PROGRESS_SECONDS", 0.0)
    with caplog.at_level(logging.INFO, logger="p2p_pipeline.postgres.embedded_process"):
        embedded.use("p2p")
    assert "is starting for" in caplog.text


def test_a_server_that_cannot_start_is_told_with_its_own_words(
    embedded: EmbeddedPostgres, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("p2p_pipeline.postgres.embedded_files.SETTINGS", "shared_buffers = 'plenty'")
    with pytest.raises(
        WarehouseError, match=r"did not start: .*invalid value for parameter \"shared_buffers\""
    ) as told:
        embedded.use("p2p")
    assert "\n" not in str(told.value)
    assert str(embedded.folder) in str(told.value)


def test_files_of_another_version_are_told_and_left_alone(data_folder: Path) -> None:
    version = data_folder / "postgres" / "PG_VERSION"
    version.parent.mkdir(parents=True)
    version.write_text("14\n")
    with pytest.raises(WarehouseError, match="was made by PostgreSQL 14 and the installed one is 18"):
        EmbeddedPostgres(DataPaths(data_folder)).use("p2p")
    assert [file.name for file in version.parent.iterdir()] == ["PG_VERSION"]


def test_a_folder_with_something_else_in_it_is_told_and_left_alone(data_folder: Path) -> None:
    thesis = data_folder / "postgres" / "thesis.txt"
    thesis.parent.mkdir(parents=True)
    thesis.write_text("precious")
    with pytest.raises(WarehouseError, match="holds files that are no PostgreSQL data"):
        EmbeddedPostgres(DataPaths(data_folder)).use("p2p")
    assert thesis.read_text() == "precious"


def test_its_settings_suit_a_laptop_and_an_administrator_may_override_them(embedded: EmbeddedPostgres) -> None:
    with connect(embedded.use("p2p"), autocommit=True) as connection:
        for name, value in {
            "shared_buffers": "256MB",
            "max_wal_size": "1GB",
            "checkpoint_timeout": "15min",
            "jit": "off",
            "random_page_cost": "1.1",
            "logging_collector": "on",
            "log_rotation_size": "10MB",
            "data_checksums": "on",
            "listen_addresses": "",
        }.items():
            assert connection.execute("SELECT current_setting(%s)", [name]).fetchone() == (value,)
        wal = connection.execute("SHOW wal_compression").fetchone()
        assert wal is not None
        assert wal != ("off",)
        connection.execute("ALTER SYSTEM SET random_page_cost = 2")
    embedded.stop()
    with connect(embedded.use("p2p"), autocommit=True) as connection:
        assert connection.execute("SHOW random_page_cost").fetchone() == ("2",)
        connection.execute("ALTER SYSTEM RESET random_page_cost")


def test_its_log_files_do_not_grow_without_bound(tmp_path: Path) -> None:
    (tmp_path / "logs").mkdir()
    names = [f"postgres-2026-11-{day:02}_120000.log" for day in range(1, 16)]
    for name in names:
        (tmp_path / "logs" / name).touch()
    prune_logs(tmp_path)
    assert sorted(file.name for file in (tmp_path / "logs").iterdir()) == names[-10:]


def test_variables_of_this_shell_for_another_server_do_not_mislead_it(
    embedded: EmbeddedPostgres, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, value in {"PGPORT": "1", "PGHOST": "elsewhere", "PGUSER": "somebody", "PGDATA": "/nowhere"}.items():
        monkeypatch.setenv(name, value)
    assert answers(embedded.use("p2p"))
