# gnomon: `make` lists what there is.
SHELL := /bin/bash
.DEFAULT_GOAL := help
PYTHON ?= python3
PY := .venv/bin/python
PINS := $(shell cat pyproject.toml constraints.txt 2>/dev/null | cksum | cut -d' ' -f1)
READY := .venv/.ready-$(PINS)
READY_DEV := .venv/.dev-$(PINS)
PIP := $(PY) -m pip install --quiet --disable-pip-version-check -c constraints.txt
JOBS ?= 2
PYTEST := OPENBLAS_NUM_THREADS=1 $(PY) -m pytest -n $(JOBS) --dist worksteal

.PHONY: help setup torch web demo dev fmt check types lint webtest checked test test-all unit browser docs bench clean wheel

help:  ## list the targets
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | awk -F':.*## ' '{printf "  make %-10s %s\n", $$1, $$2}'

$(READY):
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "gnomon needs Python 3.11 or newer; try make PYTHON=python3.11 …")'
	@test -x $(PY) || $(PYTHON) -m venv .venv
	@echo "Installing the pinned Python packages into .venv …"
	@$(PIP) pip
	@$(PIP) --group build
	@GNOMON_SKIP_WEB=1 $(PIP) --no-build-isolation -e .
	@rm -f .venv/.ready-* && touch $@

$(READY_DEV): $(READY)
	@echo "Installing the pinned tools for tests and checks …"
	@$(PIP) --group dev
	@rm -f .venv/.dev-* && touch $@

setup: $(READY_DEV) web  ## create .venv, install everything pinned, build the web UI

torch: $(READY_DEV)  ## add PyTorch to .venv, so that the tests which need it run too
	@$(PIP) --group torch

web: $(READY)  ## build the web UI when it changed
	@$(PY) scripts/build_web.py

demo: web  ## train 12 small networks on real digits and watch them in the browser
	@$(PY) -m gnomon demo

dev: web  ## server with the UI rebuilt as you edit (Vite on 5173, server on 7117)
	@trap 'kill 0' EXIT; $(PY) -m gnomon up --no-browser & $(PY) scripts/build_web.py run dev

fmt: $(READY_DEV)  ## format Python and TypeScript
	@$(PY) -m ruff check --fix-only --quiet . ; $(PY) -m ruff format --quiet .
	@$(PY) scripts/build_web.py run fmt

# Two at a time: the types take as long as everything else together.
check: setup  ## lint, types, import order, generated files
	@$(MAKE) --no-print-directory -j2 types lint

types:
	@$(PY) -m mypy

lint:
	@$(PY) -m ruff check .
	@$(PY) -m ruff format --check --quiet .
	@.venv/bin/lint-imports
	@$(PY) scripts/openapi.py --check
	@$(PY) scripts/architecture.py --check
	@$(PY) scripts/cli_reference.py --check
	@$(PY) scripts/component_reference.py --check
	@$(PY) scripts/check_reference.py --check
	@$(PY) scripts/build_web.py run check

webtest:
	@$(PY) scripts/build_web.py run test

checked: setup
	@$(MAKE) --no-print-directory -j2 types lint webtest

test: checked  ## everything CI runs: check, unit, property, integration and browser tests
	@GNOMON_CHROMIUM="$$($(PY) scripts/chromium.py)" $(PYTEST)

test-all: checked  ## the same with the slow matrices in full
	@GNOMON_CHROMIUM="$$($(PY) scripts/chromium.py)" GNOMON_TRIALS=full HYPOTHESIS_PROFILE=full $(PYTEST) --timeout 3600

unit: setup  ## the quick tests
	@$(PY) -m pytest -n $(JOBS) tests/unit tests/property src

browser: setup  ## the browser tests
	@GNOMON_CHROMIUM="$$($(PY) scripts/chromium.py)" $(PY) -m pytest tests/browser

docs: setup  ## regenerate what is generated: OpenAPI, wire types, references, architecture picture
	@$(PY) scripts/openapi.py && $(PY) scripts/build_web.py run types
	@$(PY) scripts/architecture.py
	@$(PY) scripts/cli_reference.py
	@$(PY) scripts/component_reference.py
	@$(PY) scripts/check_reference.py

bench: setup  ## run every benchmark; figures as JSON lines in benchmarks/results
	@$(PY) benchmarks/run_all.py

wheel: setup  ## build sdist and wheel into dist/
	@$(PY) -m build --no-isolation

clean:  ## remove what was built (not your data)
	@rm -rf .venv dist build src/gnomon/static web/node_modules .mypy_cache .ruff_cache .hypothesis
