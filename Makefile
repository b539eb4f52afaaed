# Roomcast: what a newcomer and a developer type. `make` alone lists it.
#
# The targets make .venv and install on their own. Stamp files inside .venv remember
# what is done, so the second time starts at once; a changed pyproject.toml installs again.

PYTHON ?= python3
ARGS ?=
WORKERS ?= 4
MINUTES ?= 2
SEEDS ?= 1000
SEED ?=

BIN := .venv/bin

.DEFAULT_GOAL := help
.PHONY: help demo test ready-to-test pythons portable bench counts perf growth figures endure page parcel client levels kept slow marbles hostile prices newcomers drawing smooth soak kill simulate planted fuzz mistakes site check docs format clean wheel wheelhouse system steps ruled-steps beside-colyseus

help:  ## list these targets
	@awk -F ':.*## ' '/^[a-z-]+:.*## / {printf "make %-11s %s\n", $$1, $$2}' Makefile
	@echo 'With another Python: make test PYTHON=python3.13'

demo: .venv/.for-demo  ## watch players in separate processes move each other's dots
	@$(BIN)/roomcast demo $(ARGS)

test:  ## run the checks, then the tests, four files at a time; ARGS="-k room" picks some, WORKERS=0 is one by one
	@$(MAKE) --no-print-directory --jobs 2 ready-to-test
	@$(BIN)/pytest --numprocesses $(WORKERS) --dist loadfile --no-loadscope-reorder $(ARGS)

# None of these needs another one: two at a time.
ready-to-test: .venv/.for-test .venv/.for-node docs check system

portable: .venv/.for-test  ## the tests that need no Linux: what the workflow runs on macOS and Windows
	@$(BIN)/pytest @tests/portable.txt $(ARGS)

pythons:  ## the core, the clients and one whole game on every Python from 3.11 to 3.14 that is here; ARGS="--only 3.13"
	@$(PYTHON) scripts/pythons.py $(ARGS)

bench: .venv/.for-test build/load build/relay build/peers/.made  ## Roomcast beside other servers; ARGS="--quick --only roomcast,relay"
	@$(BIN)/python benchmarks/compare.py $(ARGS)

counts: .venv/.for-test  ## instructions of the hot path, against their budgets; ARGS=--record records new ones
	@scripts/system-packages bench $(BIN)/python
	@$(BIN)/python benchmarks/counts.py $(ARGS)

perf: .venv/.for-test build/load  ## is this tree slower than another revision? ARGS="--against main~5"
	@$(BIN)/python benchmarks/perf.py $(ARGS)

growth: .venv/.for-test build/load  ## how cost grows with rooms, players, messages, slow readers, the kept log
	@$(BIN)/python benchmarks/growth.py $(ARGS)

page: .venv/.for-test  ## write the results of bench, growth, figures, client and endure into docs/performance.md
	@$(BIN)/python benchmarks/page.py

kill: .venv/.for-test  ## kill -9 a server 200 times while 20 players send; ARGS="--level relaxed"
	@$(BIN)/python -m tests.reliability.kill $(ARGS)

parcel: .venv/.for-test .venv/.for-node  ## latency of commands while 3 MB are mailed again and again; ARGS="--by node"
	@$(BIN)/python benchmarks/parcel.py $(ARGS)

figures: .venv/.for-test build/load  ## start-up, memory of idle connections, a lone action, the cost of a command
	@$(BIN)/python benchmarks/figures.py $(ARGS)

endure: MINUTES = 30
endure: .venv/.for-test build/load  ## do memory and latency stay the same at half of the highest rate? MINUTES=30
	@$(BIN)/python benchmarks/endure.py --minutes $(MINUTES) $(ARGS)

client: .venv/.for-test .venv/.for-node  ## commands a second that the clients receive and send
	@$(BIN)/python benchmarks/client.py
	@node benchmarks/client_js.mjs $(ARGS)

smooth: .venv/.for-test  ## how smoothly others move behind 50 ± 20 ms: room.smooth beside what was heard last
	@$(BIN)/python benchmarks/smoothness.py $(ARGS)

simulate: .venv/.for-test  ## whole rooms through crashes and lost connections, one random scenario per seed; SEEDS=10000, SEED=17, ARGS=--rules
	@$(BIN)/python -m roomcast.testing $(if $(SEED),--seed $(SEED),--seeds $(SEEDS)) $(ARGS)

planted: .venv/.for-test  ## faults planted in simulated rooms on purpose: is each found within 200 seeds? ARGS="-k timer"
	@EVERY_FAULT=1 $(BIN)/pytest tests/testing -k simulator_finds $(ARGS)

levels: .venv/.for-test  ## the cost of keeping rooms on disk: levels none, relaxed and full, in turn
	@$(BIN)/python benchmarks/levels.py $(ARGS)

soak: .venv/.for-test  ## everything that can go wrong, at random, to a real server; MINUTES=60
	@$(BIN)/python -m tests.reliability.soak --minutes $(MINUTES) $(ARGS)

marbles: MINUTES = 10
marbles: .venv/.for-test .venv/.for-node system  ## one physics world in Python, asyncio and pages, players killed at random: one hash in the end; MINUTES=1
	@$(BIN)/python -m tests.reliability.marbles --minutes $(MINUTES) $(ARGS)

kept: MINUTES = 10
kept: .venv/.for-test  ## a kept file fed 5 MB a second: its size, a backup meanwhile, the start after it; MINUTES=1
	@$(BIN)/python benchmarks/kept.py --seconds $$(( $(MINUTES) * 60 )) $(ARGS)

steps: .venv/.for-test  ## the cost of timers: 1,000 rooms with a step 20 times a second, beside the same without; ARGS="--rooms 100"
	@$(BIN)/python benchmarks/steps.py $(ARGS)

ruled-steps: .venv/.for-test build/load  ## rooms with rules that tick 20 times a second: are 500 held? ARGS=--find: how many are
	@$(BIN)/python benchmarks/ruled_steps.py $(ARGS)

beside-colyseus: .venv/.for-test .venv/.for-node build/load build/peers/.made  ## rooms with rules beside Colyseus: rooms held, bytes, latency; ARGS=--quick
	@$(BIN)/python benchmarks/beside_colyseus.py $(ARGS)

slow: .venv/.for-test  ## effects of slow readers on the others, on the server's memory, and on themselves
	@$(BIN)/python benchmarks/slow_readers.py $(ARGS)

hostile: .venv/.for-test  ## ten attacks from one address beside honest players; SECONDS=60 each, ARGS="--only watch,pages"
	@$(BIN)/python benchmarks/hostile.py $(if $(SECONDS),--seconds $(SECONDS)) $(ARGS)

prices: .venv/.for-test  ## what everything that a stranger can do costs the server; writes docs/limits.md; ARGS="--only ping"
	@$(BIN)/python benchmarks/prices.py $(ARGS)

newcomers: .venv/.for-test  ## how soon a newcomer has what the others have: a world of 1 MB, 10,000 entries; ARGS="--entries 30000"
	@$(BIN)/python benchmarks/newcomers.py $(ARGS)

drawing: .venv/.for-test system  ## frames a second of a room of 20 with each drawing library; ARGS="--only pygame"
	@$(BIN)/python benchmarks/drawing.py $(ARGS)

fuzz: .venv/.for-fuzz  ## bytes that nobody would send; TARGET=server SECONDS=600 (or RUNS=1000000), INPUT=a-file replays
	@$(BIN)/python -m tests.fuzz.campaign $(if $(TARGET),--target $(TARGET)) $(if $(RUNS),--runs $(RUNS)) \
		$(if $(SECONDS),--seconds $(SECONDS)) $(if $(INPUT),--input $(INPUT)) $(if $(KEEP),--keep) $(ARGS)

wheel: .venv/.made  ## dist/roomcast-….whl, to be installed anywhere with pip
	@rm -f dist/roomcast-*.whl
	@$(BIN)/python -m pip --quiet --disable-pip-version-check wheel --no-deps --wheel-dir dist .
	@ls dist/roomcast-*.whl

wheelhouse: .venv/.for-test wheel  ## dist/wheelhouse: all wheels, for computers without an index; ARGS="--platform windows --python 3.13"
	@$(BIN)/python scripts/wheelhouse.py --wheel dist/roomcast-*.whl $(ARGS)

mistakes: .venv/.for-test  ## every usual mistake in the tutorial's exercises, of which make test tries five of each
	@EVERY_MISTAKE=1 $(BIN)/pytest tests/learn/test_checks.py $(ARGS)

site: .venv/.for-test .venv/.for-node docs system  ## axe-core on every page of the docs site, in four looks; make test samples them
	@EVERY_PAGE=1 $(BIN)/pytest tests/pages/test_learn.py -k axe $(ARGS)

check: .venv/.for-test  ## ruff, mypy and the layers; quiet when all is well
	$(call quietly,$(BIN)/ruff check)
	$(call quietly,$(BIN)/ruff format --check)
	$(call quietly,$(BIN)/mypy)
	$(call quietly,$(BIN)/lint-imports --no-logo)

docs: .venv/.for-test  ## the docs site, which servers show at /learn/; a warning is an error; FRESH=1 builds all of it anew
	@$(BIN)/python scripts/docs.py --strict $(if $(FRESH),--fresh)

format: .venv/.for-test  ## put the code into its one format and mend what ruff can
	@$(BIN)/ruff check --fix-only --quiet
	@$(BIN)/ruff format

clean:  ## remove .venv and all caches
	rm -rf .venv .mypy_cache .pytest_cache .ruff_cache .import_linter_cache .hypothesis build dist
	rm -rf tests/node_modules src/roomcast/site/learn
	find . -name __pycache__ -type d -prune -exec rm -rf {} +

# The load generator, and a minimal relay as a yardstick: see benchmarks/README.md.
build/load: $(wildcard benchmarks/load/*)
	@mkdir -p build
	$(call quietly,$(CC) -std=gnu11 -O2 -Wall -Wextra -Werror -o $@ benchmarks/load/*.c -lm)

# The servers that Roomcast is compared with, as their makers publish them. benchmarks/compare.py names and leaves out what
# cannot be installed here.
build/peers/.made: benchmarks/peers/requirements.txt benchmarks/peers/package.json .venv/.made
	@echo "Installing the other servers into build/peers (this once)."
	@rm -rf build/peers && mkdir -p build/peers && cp benchmarks/peers/package.json build/peers
	@$(PYTHON) -m venv build/peers/venv
	@while read -r package; do case $$package in ''|'#'*) ;; *) build/peers/venv/bin/python -m pip --quiet --quiet \
		--disable-pip-version-check install "$$package" || echo "$$package could not be installed" ;; esac; done <$<
	@if command -v npm >/dev/null; then npm install --silent --no-audit --no-fund --prefix build/peers >/dev/null \
		|| echo "npm could not install the Node servers"; fi
	@touch $@

build/relay: benchmarks/relay.c
	@mkdir -p build
	$(call quietly,$(CC) -std=gnu11 -O2 -Wall -Wextra -Werror -o $@ $<)

# What tests need from the system, installed where we may: windows, other people's programs, pages, benchmarks/.
system: .venv/.for-test
	@scripts/system-packages windows $(BIN)/python
	@scripts/system-packages netcat $(BIN)/python
	@scripts/system-packages networks $(BIN)/python
	@scripts/system-packages browser $(BIN)/python
	@scripts/system-packages old-python $(BIN)/python
	@scripts/system-packages bench $(BIN)/python

# A check speaks only when it fails.
define quietly
	@said=$$($(1) 2>&1) || { printf '%s\n' "$$said"; exit 1; }
endef

# Quiet twice: pip's warnings help nobody here, its errors do. The docs are made by `make docs`, not by each install.
define install
	@ROOMCAST_DOCS=no $(BIN)/python -m pip --quiet --quiet --disable-pip-version-check install --editable $(1) \
		|| { echo "Could not install; pip says why above. Is this computer online? Then run make again."; exit 1; }
endef

# ---------------------------------------------------------------- the environment

# Scripts in a virtual environment know its place and its Python by their full paths:
# in a folder that was moved, or after its Python has gone, it is made anew.
ifneq ($(shell test -x $(BIN)/python && test "$$(cat .venv/.made 2>/dev/null)" = "$$(pwd -P)" && echo here),here)
.PHONY: .venv/.made
endif

# Nor is it the one that is asked for where another Python is named.
WHICH := -c 'import sys; print(sys.version, sys.base_prefix)'
ifneq ($(filter command environment,$(firstword $(origin PYTHON))),)
ifneq ($(shell $(BIN)/python $(WHICH) 2>/dev/null),$(shell $(PYTHON) $(WHICH) 2>/dev/null))
.PHONY: .venv/.made
endif
endif

.venv/.made:
	@command -v $(PYTHON) >/dev/null || { echo "There is no $(PYTHON) here: install Python 3.11 or newer, or name yours: make $(MAKECMDGOALS) PYTHON=python3.12"; exit 1; }
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { echo "Roomcast needs Python 3.11 or newer, and $(PYTHON) is older: install a newer one, or name it: make $(MAKECMDGOALS) PYTHON=python3.12"; exit 1; }
	@scripts/system-packages venv $(PYTHON)
	@$(PYTHON) -c 'import ensurepip, venv' 2>/dev/null || { echo "$(PYTHON) cannot make a virtual environment: install its venv package (on Debian and Ubuntu: sudo apt install python3-venv), then run make again"; exit 1; }
	@$(PYTHON) -m venv --clear .venv
	@pwd -P >$@

.venv/.for-demo: .venv/.made pyproject.toml
	@echo "Installing what Roomcast runs on into .venv (this once)."
	$(call install,.)
	@touch $@

.venv/.for-test: .venv/.made pyproject.toml
	@echo "Installing what Roomcast and its tests run on into .venv (this once)."
	$(call install,'.[dev]')
	@touch .venv/.for-demo $@

WITH_FUZZER := .[dev,fuzz]

# The fuzzer runs on Linux; elsewhere inputs can be replayed, and that is what make test does.
.venv/.for-fuzz: .venv/.for-test
	@echo "Installing the fuzzer into .venv (this once)."
	$(call install,'$(WITH_FUZZER)')
	@touch $@

# Without npm the tests that need it are skipped, each with its reason.
.venv/.for-node: .venv/.made tests/package.json
	@scripts/system-packages node $(BIN)/python
	@command -v npm >/dev/null || exit 0; \
	echo "Installing what the tests in JavaScript run on into tests/node_modules (this once)."; \
	npm install --prefix tests --loglevel error >/dev/null \
		|| { echo "Could not install; npm says why above. Is this computer online? Then run make again."; exit 1; }; \
	touch $@
