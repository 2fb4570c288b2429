# Everything works with Python 3.11 to 3.13 and make; nothing needs to be installed or configured before.
# The first of these that runs and fits: a name on the path may be an empty shim.
PYTHON ?= $(shell for name in python3 python3.13 python3.12 python3.11 python; do \
	$$name -c 'import sys; sys.exit(not ((3, 11) <= sys.version_info[:2] <= (3, 13)))' >/dev/null 2>&1 \
	&& echo $$name && break; done)
BIN := .venv/bin
PORT ?= 3000
WEB_PORT ?= 8000
STAMP := .venv/.installed
# What was measured when it was set, rounded down: `make test` fails below.
COVERAGE_FLOOR := 95

# Where Python is told to keep no compiled files, each process would compile all of Dagster again: seconds each.
unexport PYTHONDONTWRITEBYTECODE

.PHONY: help setup demo up test test-all lint mutants bench document lock clean

help:
	@echo "make demo   everything at once on simulated venues, offline; dashboard on http://127.0.0.1:$(WEB_PORT), Dagster on :$(PORT)"
	@echo "make up     the same on the live venues (markets: settings.yaml)"
	@echo "make test   lint, types and all tests, with branch coverage"
	@echo "make test-all  the tests on every Python of 3.11, 3.12 and 3.13 that is here"
	@echo "make bench  the benchmark table"
	@echo "make mutants  which small changes of the raw store, compaction, claims and split no test notices"
	@echo "make setup  only install into .venv"
	@echo "make document  docs/openapi.json anew, with examples, when the API has changed"
	@echo "make lock   resolve requirements.lock from pyproject.toml; UPGRADE=--upgrade takes newer versions of all"

setup: $(STAMP)

$(STAMP): pyproject.toml requirements.lock
	@test -n "$(PYTHON)" || { echo "Python 3.11 to 3.13 is needed and was not found. Say which: make PYTHON=/path/to/python3.12"; exit 1; }
	@echo "installing into .venv (once)"
	@test -x $(BIN)/python || $(PYTHON) -m venv .venv
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check "uv>=0.5,<1"
	@$(BIN)/uv pip install --quiet --python $(BIN)/python --require-hashes -r requirements.lock
	@$(BIN)/uv pip install --quiet --python $(BIN)/python --no-deps -e .
	@touch $(STAMP)

demo: setup
	@exec $(BIN)/p2p --data-dir data/demo up --simulated --port $(PORT) --web-port $(WEB_PORT)

up: setup
	@exec $(BIN)/p2p up --port $(PORT) --web-port $(WEB_PORT)

lint: setup
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy

# One more than cores: they wait for a quarter of the time, for servers and processes of their own.
WORKERS ?= $(shell python3 -c 'import os; print((os.cpu_count() or 1) + 1)')

test: lint
	$(BIN)/pytest -n $(WORKERS) --cov --cov-report=
	@printf 'lines and branches covered, %%: '
	@$(BIN)/coverage report --format=total --fail-under=$(COVERAGE_FLOOR)

# An interpreter that is not here is said and left out: nothing is downloaded.
test-all: setup
	@for version in 3.11 3.12 3.13; do \
		$(BIN)/uv python find --offline --no-project $$version >/dev/null 2>&1 || { echo "Python $$version is not here: left out"; continue; }; \
		echo "Python $$version"; \
		$(BIN)/uv venv --quiet --offline --allow-existing --python $$version .venv-$$version && \
		$(BIN)/uv pip install --quiet --python .venv-$$version --require-hashes -r requirements.lock && \
		$(BIN)/uv pip install --quiet --python .venv-$$version --no-deps -e . && \
		.venv-$$version/bin/pytest -n auto -q || exit 1; \
	done

# An hour and more: changes the code in small ways and shows which no test noticed (`.venv/bin/mutmut results`).
mutants: setup
	$(BIN)/mutmut run

bench: setup
	@$(BIN)/python -m p2p_pipeline_tests.benchmarks

document: setup
	P2P_REMAKE_DOCUMENT=1 $(BIN)/pytest -q p2p_pipeline_tests/web/test_document.py

lock: setup
	$(BIN)/uv pip compile --quiet --universal --python-version 3.11 --extra dev --generate-hashes --no-header \
		--no-emit-index-url --no-annotate $(UPGRADE) -o requirements.lock pyproject.toml

clean:
	rm -rf .venv .venv-3.* .coverage mutants .pytest_cache .mypy_cache .ruff_cache .hypothesis *.egg-info
