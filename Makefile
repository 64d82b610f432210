# Every target sets up .venv by itself; the second time that is only a look at two stamps.
PYTHON ?= python3
VENV   := .venv
BIN    := $(VENV)/bin
PEER   := news-please==1.6.16
SCAN   := hyperscan==0.9.1
PIP    := $(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps

.DEFAULT_GOAL := help
.PHONY: help demo test test-wire storm mailstorm month faults day machines soak large agrees bench bench-rules backtest image pictures space lint lock clean

help:  ## this list
	@awk -F ':.*## ' '/^[a-z-]+:.*## / {printf "make %-11s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

$(VENV)/run.stamp: deploy/requirements.txt pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null || { echo '$(PYTHON) is missing or older than 3.11: install python3.11 and python3.11-venv, then run: make PYTHON=python3.11 $(MAKECMDGOALS)' >&2; exit 1; }
	@$(PYTHON) -c 'import venv, ensurepip' 2>/dev/null || { echo '$(PYTHON) lacks its venv module: install $(notdir $(PYTHON))-venv, then run make $(MAKECMDGOALS) again' >&2; exit 1; }
	$(PYTHON) -m venv $(VENV)
	$(PIP) --require-hashes -r deploy/requirements.txt
	$(PIP) --no-build-isolation --editable .
	@touch $@

$(VENV)/dev.stamp: $(VENV)/run.stamp deploy/requirements-dev.txt
	$(PIP) --require-hashes -r deploy/requirements-dev.txt
	@touch $@

demo: $(VENV)/run.stamp  ## crawl the bundled demo wire and write its digest to demo/outbox/
	@$(BIN)/python -m monitor demo

# Most of them wait for a process or a server more than they reckon: twice as many at once as a small machine has cores.
# They start wirewatch hundreds of times: where the environment forbids it to keep what it compiles, that is half of all they take.
test: $(VENV)/dev.stamp  ## the whole suite
	@PYTHONDONTWRITEBYTECODE= $(BIN)/python -m pytest --numprocesses 4 --dist worksteal

test-wire: $(VENV)/dev.stamp  ## the tests of one bundled wire: make test-wire W=tass-en
	@test -f 'spiders/wires/$(W).toml' || { echo 'spiders/wires/$(W).toml is not there: name a bundled wire, make test-wire W=tass-en' >&2; exit 2; }
	@$(BIN)/python -m pytest -k '[$(W)]' tests/spiders/test_wires.py

storm: $(VENV)/dev.stamp  ## the daemon killed and interrupted at random, five minutes long
	@$(BIN)/python -m tests.storm

mailstorm: $(VENV)/dev.stamp  ## 600 mails through a lossy line and a real postfix, the senders killed at every point; up to five minutes, as root
	@$(BIN)/python -m tests.mailstorm

month: $(VENV)/dev.stamp  ## thirty days of one desk in fast time, and the account of them; all its mails in demo/month; five minutes
	@$(BIN)/python -m tests.month

faults: $(VENV)/dev.stamp  ## Postgres restarted, stopped and out of disk under the daemon, and the daemon asleep, ten minutes long
	@$(BIN)/python -m tests.faults

day: $(VENV)/dev.stamp  ## seven days of changing clocks in fast time, 40 readers in 12 zones, fifty kills; five to ten minutes long
	@$(BIN)/python -m tests.day

machines: $(VENV)/dev.stamp  ## three workers and two schedulers on one Postgres, 2,000 sources; some are killed, one is frozen: five minutes
	@$(BIN)/python -m tests.machines

soak: $(VENV)/dev.stamp  ## 200 sources and bursts of stories for 20 minutes: memory, connections, files, latency: make soak MINUTES=5
	@$(BIN)/python -m tests.soak $(MINUTES)

large: $(VENV)/dev.stamp  ## every statement beside 300,000 stories and beside none; 2 GB of disk, ten minutes
	@$(BIN)/python -m tests.bench.large

# A peer to compare with, in an environment of its own: it wants other versions of our libraries. Without it the bench goes on.
$(VENV)/peer/stamp:
	@$(PYTHON) -m venv $(VENV)/peer && $(VENV)/peer/bin/python -m pip install --quiet --disable-pip-version-check $(PEER) && touch $@ || rm -rf $(VENV)/peer

bench: $(VENV)/dev.stamp $(VENV)/peer/stamp bench-rules  ## the benchmark tables: ratios, all sides in one run
	@$(BIN)/python -m tests.bench
	@$(BIN)/python -m tests.bench.polls

$(VENV)/scan/stamp:
	@$(PYTHON) -m venv $(VENV)/scan && $(VENV)/scan/bin/python -m pip install --quiet --disable-pip-version-check $(SCAN) && touch $@ || rm -rf $(VENV)/scan

bench-rules: $(VENV)/dev.stamp $(VENV)/scan/stamp  ## matching beside Postgres and Hyperscan, two minutes long
	@$(BIN)/python -m tests.bench.rules $(wildcard $(VENV)/scan/bin/python)

agrees: $(VENV)/dev.stamp  ## archive search beside live matching: 2,000 stories, 500 rules, five minutes long
	@WIREWATCH_AGREES='2000 500' $(BIN)/python -m pytest -o timeout=1800 tests/monitor/test_archive_agrees.py

backtest: $(VENV)/dev.stamp  ## back-tests over 300,000 generated stories, by the index and by reading them all; 2 GB of disk, ten minutes
	@$(BIN)/python -m tests.bench.archive

image: $(VENV)/dev.stamp  ## the steps of deploy/Dockerfile in a plain folder, and what it runs
	@$(BIN)/python -m tests.image

pictures: $(VENV)/dev.stamp  ## the README's pictures, docs/*.png, of the demo made anew (needs chromium)
	@$(BIN)/python -m monitor demo --remove
	@$(BIN)/python -m monitor demo
	@$(BIN)/python -m tests.pictures

space: $(VENV)/dev.stamp  ## what a story takes up on the disk: make space PAGES=a folder of saved pages
	@$(BIN)/python -m tests.bench.space $(PAGES)

lint: $(VENV)/dev.stamp  ## ruff, mypy, import-linter
	$(BIN)/python -m ruff check .
	$(BIN)/python -m ruff format --check .
	$(BIN)/python -m mypy
	$(BIN)/lint-imports

lock:  ## pin the dependencies anew (needs uv)
	uv pip compile -q --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-annotate --extra build -o deploy/requirements.txt pyproject.toml
	uv pip compile -q --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-annotate --extra build --extra dev -c deploy/requirements.txt -o deploy/requirements-dev.txt pyproject.toml

clean:  ## remove the environment and the demo (its database too)
	@test ! -x $(BIN)/python || $(BIN)/python -m monitor demo --remove
	rm -rf $(VENV) demo .pytest_cache .mypy_cache .ruff_cache .hypothesis .import_linter_cache
