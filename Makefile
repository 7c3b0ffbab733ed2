# `make demo` and `make test` are all that a fresh machine needs: they set up .venv from requirements.lock first.
SHELL := bash
.SHELLFLAGS := -euo pipefail -c
.DEFAULT_GOAL := help
.PHONY: help setup demo test check bench docs format clean

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
READY := $(VENV)/.ready
# Where PyTorch without CUDA comes from; TORCH_INDEX= (empty) takes the registry's own build.
TORCH_INDEX ?= https://download.pytorch.org/whl/cpu
OUT ?= out
# mkdocs-material announces its successor at each build.
export NO_MKDOCS_2_WARNING := 1
EXAMPLES := $(sort $(wildcard examples/*.py))

help:  ## this list
	@grep -E '^[a-z]+:.*##' Makefile | sed -E 's/^([a-z]+):[^#]*## */\1\t/' | expand -t 10

setup: $(READY)  ## the environment .venv, from requirements.lock

$(READY): requirements.lock pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null || { \
	  echo "isinglass needs Python 3.11 or newer; $(PYTHON) is: $$({ $(PYTHON) --version 2>&1 || true; } | head -n 1)." >&2; \
	  echo "Name another: make setup PYTHON=python3.12" >&2; exit 1; }
	@test -x $(BIN)/python || $(PYTHON) -m venv $(VENV) || { rm -rf $(VENV); \
	  echo "$(PYTHON) cannot make an environment; on Debian: apt-get install python3-venv" >&2; exit 1; }
	@echo "Setting up $(VENV) from requirements.lock: some minutes, once"
	@# The index of CPU builds is asked for torch alone, and not twice: without it the registry's build serves as well.
	@$(if $(TORCH_INDEX),$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --retries 0 \
	  --extra-index-url $(TORCH_INDEX) "$$(grep '^torch==' requirements.lock)" 2>/dev/null || true)
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --requirement requirements.lock
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --editable .
	@# The kernels of the fastest plan are compiled once for this machine and kept.
	@$(BIN)/python -c "import torch; from isinglass.learning.plans.compiled import warm; warm(torch.float32, torch.float64)"
	@touch $(READY)

demo: $(READY)  ## humidity at the Pacific buoys: fit, judge, report
	@$(BIN)/isinglass fit tao --target Humidity --group location --out $(OUT)/demo --overwrite

test: $(READY)  ## the tests
	@$(BIN)/python -m pytest

check: $(READY)  ## what continuous integration runs: style, types, layers, tests, docs, examples
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/pyright
	$(BIN)/lint-imports
	$(BIN)/python -m mkdocs build --strict --quiet
	@for example in $(EXAMPLES); do echo "$$example"; $(BIN)/python $$example --small >/dev/null; done
	$(BIN)/python -m pytest -n 2

bench: $(READY)  ## the measurements, one table each
	@for script in benchmarks/*.py; do echo "== $$script"; $(BIN)/python $$script; done

docs: $(READY)  ## the documentation at http://127.0.0.1:8000
	@$(BIN)/python -m mkdocs serve

format: $(READY)  ## bring the source into form
	@$(BIN)/ruff format .
	@$(BIN)/ruff check --fix .

clean:  ## remove what was made, but not .venv
	@rm -rf site dist build $(OUT) .pytest_cache .ruff_cache .hypothesis .import_linter_cache
