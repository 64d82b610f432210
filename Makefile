# Every target sets up .venv by itself; the second time that is only a look at two stamps.
PYTHON ?= python3
VENV   := .venv
BIN    := $(VENV)/bin

.DEFAULT_GOAL := help
.PHONY: help demo test storm bench lint lock clean

help:  ## this list
	@awk -F ':.*## ' '/^[a-z-]+:.*## / {printf "make %-6s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

$(VENV)/run.stamp: deploy/requirements.txt pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { echo 'wirewatch needs Python 3.11 or newer: install it, then run: make PYTHON=python3.11 $(MAKECMDGOALS)' >&2; exit 1; }
	@$(PYTHON) -c 'import venv, ensurepip' 2>/dev/null || { echo 'Python lacks its venv module: install it (Debian: apt-get install python3-venv), then run make again' >&2; exit 1; }
	$(PYTHON) -m venv $(VENV)
	$(BIN)/pip install --quiet --disable-pip-version-check --require-hashes --no-deps -r deploy/requirements.txt
	$(BIN)/pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation --editable .
	@touch $@

$(VENV)/dev.stamp: $(VENV)/run.stamp deploy/requirements-dev.txt
	$(BIN)/pip install --quiet --disable-pip-version-check --require-hashes --no-deps -r deploy/requirements-dev.txt
	@touch $@

demo: $(VENV)/run.stamp  ## crawl the bundled demo wire and write its digest to demo/outbox/
	@$(BIN)/wirewatch demo

test: $(VENV)/dev.stamp  ## the whole suite
	@$(BIN)/python -m pytest

bench: $(VENV)/dev.stamp  ## the benchmark table: ratios, both sides in one run
	@$(BIN)/python -m tests.bench

lint: $(VENV)/dev.stamp  ## ruff, mypy, import-linter
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports

lock:  ## pin the dependencies anew (needs uv)
	uv pip compile -q --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-annotate --extra build -o deploy/requirements.txt pyproject.toml
	uv pip compile -q --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-annotate --extra build --extra dev -c deploy/requirements.txt -o deploy/requirements-dev.txt pyproject.toml

clean:  ## remove the environment and the demo (its database too)
	@test ! -x $(BIN)/wirewatch || $(BIN)/wirewatch demo --remove
	rm -rf $(VENV) demo .pytest_cache .mypy_cache .ruff_cache .hypothesis
