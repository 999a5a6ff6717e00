# Every verb a developer needs; continuous integration calls only these.
# A fresh machine needs Python 3.11+ and the package registries, nothing else.
PYTHON ?= python3
VENV   := .venv
BIN    := $(VENV)/bin
UV     := UV_PROJECT_ENVIRONMENT=$(VENV) $(BIN)/uv
STAMP  := $(VENV)/.installed

# Python keeps what it compiled, whatever the shell says: the tests start hundreds of processes.
export PYTHONDONTWRITEBYTECODE :=

.DEFAULT_GOAL := help
.PHONY: help setup demo sky test test-slow test-all check format bench docs docs-serve screenshots clean

help: ## Show what each verb does
	@awk -F ':.*## ' '/^[a-z-]+:.*## / {printf "  make %-11s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

setup: $(STAMP) ## Install everything pinned in uv.lock into .venv

$(STAMP): pyproject.toml uv.lock
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "Chengmo needs Python 3.11 or newer: make PYTHON=python3.12 ...")'
	test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	test -x $(BIN)/uv || $(BIN)/python -m pip install --quiet --disable-pip-version-check 'uv==0.13.9'
	$(UV) sync --quiet --frozen --all-extras --inexact
	$(BIN)/python tools/warm_up.py
	touch $@

demo: $(STAMP) ## Open Wuhan in the browser: http://127.0.0.1:8037 (offline)
	$(BIN)/chengmo demo

sky: $(STAMP) ## The demo with synthetic aircraft on its live map: http://127.0.0.1:8037/airspace/live/
	$(BIN)/python tools/synthetic_sky.py

test: $(STAMP) ## The fast tests: under two minutes, no network
	$(BIN)/pytest -q -n auto --dist worksteal

test-slow: $(STAMP) ## The slow tests: crashes, PostgreSQL, a real browser, large data
	$(BIN)/pytest -q -n auto --dist worksteal -m 'slow or browser or postgresql'

test-all: test test-slow ## Everything

check: $(STAMP) ## Format, lint, types, layers, dependencies, docs: what CI runs before the tests
	$(BIN)/ruff format --no-cache --check src tests benchmarks tools
	$(BIN)/ruff check --no-cache src tests benchmarks tools
	$(BIN)/pyright
	$(BIN)/lint-imports --no-logo
	$(BIN)/deptry src
	$(BIN)/python tools/make_reference.py --check
	NO_MKDOCS_2_WARNING=1 $(BIN)/mkdocs build --strict

format: $(STAMP) ## Put the code into its one format
	$(BIN)/ruff format src tests benchmarks tools
	$(BIN)/ruff check --fix src tests benchmarks tools

bench: $(STAMP) ## Measure (not test): results in benchmarks/results
	$(BIN)/python -m benchmarks

docs: $(STAMP) ## Build the documentation into site/
	$(BIN)/python tools/make_reference.py
	NO_MKDOCS_2_WARNING=1 $(BIN)/mkdocs build --strict

docs-serve: docs ## Read the documentation at http://127.0.0.1:8038
	NO_MKDOCS_2_WARNING=1 $(BIN)/mkdocs serve -a 127.0.0.1:8038

screenshots: $(STAMP) ## Take the documentation's pictures with a real browser
	CHENGMO_SCREENSHOTS=1 $(BIN)/pytest -q -m browser tests/interfaces/web
	CHENGMO_SCREENSHOTS=1 $(BIN)/pytest -q -m browser tests/airspace/interfaces/test_live_page.py

clean: ## Remove what was built (the city's data stay)
	rm -rf $(VENV) site dist .pytest_cache .ruff_cache .hypothesis
