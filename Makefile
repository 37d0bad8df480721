# make compare   install losslab into .venv and compare losses on a real table
# make bench     install the peers too and compare speeds with them; BENCH="--quick" and the like
# make gallery   draw every figure anew, and the page that shows them: docs/gallery.md
# make test      the same, then every check: tests, examples, style, types, structure

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin

.DEFAULT_GOAL := help
.PHONY: help compare bench gallery test clean

help:
	@sed -n 's/^# make /make /p' Makefile

compare: $(VENV)/.installed
	$(BIN)/losslab compare breast_cancer

bench: $(VENV)/.installed-for-bench
	$(BIN)/python -m benchmarks $(BENCH)

gallery: $(VENV)/.installed
	$(BIN)/python -m gallery

test: $(VENV)/.installed-for-tests
	$(BIN)/ruff check
	$(BIN)/ruff format --check
	$(BIN)/mypy
	$(BIN)/lint-imports
	OMP_NUM_THREADS=1 $(BIN)/python -m pytest -n auto -rs

clean:
	rm -rf $(VENV) .pytest_cache .mypy_cache .ruff_cache .hypothesis .import_linter_cache

# PyTorch is pinned by constraints.txt, so every install goes through it.
$(VENV)/.installed: pyproject.toml constraints.txt | $(BIN)/python
	$(BIN)/python -m pip install --quiet --disable-pip-version-check \
		--constraint constraints.txt --editable .
	@touch $@

$(VENV)/.installed-for-tests: pyproject.toml constraints.txt | $(BIN)/python
	$(BIN)/python -m pip install --quiet --disable-pip-version-check \
		--constraint constraints.txt --editable ".[test]"
	@touch $@ $(VENV)/.installed

$(VENV)/.installed-for-bench: pyproject.toml constraints.txt | $(BIN)/python
	$(BIN)/python -m pip install --quiet --disable-pip-version-check \
		--constraint constraints.txt --editable ".[bench]"
	@touch $@ $(VENV)/.installed

$(BIN)/python:
	@"$(PYTHON)" -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
		{ echo "losslab needs Python 3.11 or newer: make PYTHON=python3.11 $(MAKECMDGOALS)"; exit 2; }
	@"$(PYTHON)" -m venv $(VENV) || \
		{ rm -rf $(VENV); echo "needed Python's venv module: apt install python3-venv"; exit 2; }
