"""A wheel works where there is no clone: what the top level holds is shipped in it."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import venv
from datetime import UTC, datetime, timedelta
from pathlib import Path

import httpx
import pytest

from p2p_pipeline_tests.effort import only_long
from p2p_pipeline_tests.shared_files import REPOSITORY


@pytest.fixture(scope="module")
def installed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of programs of an environment that has the wheel, beside the dependencies of this one."""
    folder = tmp_path_factory.mktemp("installed")
    source = folder / "source"
    tracked = subprocess.run(["git", "ls-files", "-z"], cwd=REPOSITORY, capture_output=True, text=True, check=False)
    if tracked.returncode:
        pytest.skip("not a clone: which files belong to the source is not known")
    for name in tracked.stdout.split("\0"):
        if name.startswith(("p2p_pipeline/", "pyproject", "README", "LICENSE", "dagster", "workspace", "settings")):
            (source / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(REPOSITORY / name, source / name, follow_symlinks=False)
    build = "import sys; from setuptools.build_meta import build_wheel; print(build_wheel(sys.argv[1]))"
    # The build backend of this environment: a fresh one would have to be fetched.
    subprocess.run([sys.executable, "-c", build, str(folder)], cwd=source, check=True, capture_output=True)
    wheel = next(folder.glob("*.whl"))
    home = folder / "environment"
    venv.create(home, with_pip=False)
    site = next(home.glob("lib/python*/site-packages"))
    shutil.unpack_archive(wheel, site, "zip")
    here = next(path for path in map(Path, sys.path) if path.name == "site-packages")
    # After the wheel's own files, and without the link to the clone that stands in this environment.
    (site / "dependencies.pth").write_text(f"import sys; sys.path.append({str(here)!r})\n", encoding="utf-8")
    return home / "bin"


def run(installed: Path, folder: Path, *words: str) -> subprocess.CompletedProcess[str]:
    code = "import sys; from p2p_pipeline.cli import main; sys.argv[0] = 'p2p'; main()"
    environment = {name: value for name, value in os.environ.items() if not name.startswith(("P2P_", "DAGSTER"))}
    return subprocess.run(
        [installed / "python", "-c", code, *words],
        cwd=folder, env=environment, capture_output=True, text=True, check=False, timeout=120,
    )  # fmt: skip


def test_the_wheel_is_what_runs_and_not_the_clone(installed: Path, tmp_path: Path) -> None:
    code = "import p2p_pipeline; print(p2p_pipeline.__file__)"
    done = subprocess.run([installed / "python", "-c", code], cwd=tmp_path, capture_output=True, text=True, check=True)
    assert str(installed.parent) in done.stdout


def test_the_wheel_ships_the_files_of_the_top_level(installed: Path, tmp_path: Path) -> None:
    done = run(installed, tmp_path, "settings")
    assert done.returncode == 0, done.stderr
    assert done.stdout == (REPOSITORY / "settings.yaml").read_text(encoding="utf-8")
    for name in ("dagster.yaml", "workspace.yaml"):
        shipped = next(installed.parent.glob(f"lib/python*/site-packages/p2p_pipeline/shipped/{name}"))
        assert shipped.read_bytes() == (REPOSITORY / name).read_bytes()


def test_a_day_is_made_collected_and_shown_in_dagster_with_the_wheel_alone(installed: Path, tmp_path: Path) -> None:
    made = run(installed, tmp_path, "simulate", "history", "--days", "1", "--every", "12h")
    assert made.returncode == 0, made.stderr
    today = datetime.now(UTC).date()
    days = ["--from", f"{today - timedelta(days=1)}", "--to", f"{today}"]
    shown = run(installed, tmp_path, "backfill", *days, "--json")
    assert shown.returncode == 0, shown.stderr
    asked = run(installed, tmp_path, "sql", "SELECT count(*) AS n FROM quotes", "--json")
    assert asked.returncode == 0, asked.stderr
    assert '"n":0' not in asked.stdout


@only_long
def test_the_dashboard_is_served_with_the_wheel_alone(installed: Path, tmp_path: Path) -> None:
    code = "import sys; from p2p_pipeline.cli import main; sys.argv[0] = 'p2p'; main()"
    environment = {name: value for name, value in os.environ.items() if not name.startswith(("P2P_", "DAGSTER"))}
    serving = subprocess.Popen(
        [installed / "python", "-c", code, "serve", "--port", "0"],
        cwd=tmp_path, env=environment, stdout=subprocess.PIPE, text=True,
    )  # fmt: skip
    try:
        assert serving.stdout is not None
        address = serving.stdout.readline().split()[2].rstrip(";")
        page = httpx.get(f"{address}/now", headers={"Accept-Language": "ru"}, timeout=30)
        assert (page.status_code, 'lang="ru"' in page.text) == (200, True)
        style = next(word for word in page.text.split('"') if word.endswith("house.css"))
        assert httpx.get(f"{address}{style}").status_code == 200
    finally:
        serving.terminate()
        serving.wait(10)
        assert serving.stdout is not None
        serving.stdout.close()
