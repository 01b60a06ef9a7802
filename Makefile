# Every target works from a bare checkout with Python 3.11+ and make; uv is used when it is there.
.DEFAULT_GOAL := help
SHELL := /bin/bash
VENV := .venv
BIN := $(VENV)/bin
STAMP := $(VENV)/.installed
UV := $(shell uv --version >/dev/null 2>&1 && echo uv)
PYTHON ?= $(shell for p in python3.11 python3.12 python3.13 python3.14 python3; do \
	$$p -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null && echo $$p && break; done)
PYTEST := $(BIN)/python -m pytest -n auto --dist loadfile $(if $(DATADAM_REQUIRE_ALL),-p tests.no_skips)
EXPORT := uv export --frozen --all-groups --no-hashes --no-emit-project --no-header

.PHONY: help demo test test-postgresql check bench docs lock clean
help: ## Show what can be done here
	@awk 'BEGIN {FS = ":.*## "} /^[a-z-]+:.*## / {printf "  make %-16s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

$(STAMP): pyproject.toml uv.lock requirements.lock
	@test -n "$(PYTHON)" || { echo "datadam needs Python 3.11 or newer"; exit 2; }
ifeq ($(UV),uv)
	@uv sync --quiet --frozen --compile-bytecode --python $(PYTHON)
else
	@$(PYTHON) -m venv $(VENV)
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check -r requirements.lock
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps -e .
endif
	@touch $@

demo: $(STAMP) ## Build the demo city and serve it on http://127.0.0.1:8321 (Ctrl-C stops it)
	@$(BIN)/datadam demo

test: $(STAMP) ## Run every test
	@$(PYTEST)

test-postgresql: $(STAMP) ## Run every test on a PostgreSQL of its own, but those about SQLite itself
	@$(BIN)/python -m tests.postgresql -- $(PYTEST) -m "not trial and not sqlite"

check: $(STAMP) ## Lint, types, layers, migrations, locks, licences and docs
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .
	@$(BIN)/mypy
	@$(BIN)/lint-imports
	@DATADAM_HOME=$(VENV)/check-home $(BIN)/django-admin makemigrations --check --dry-run --settings datadam.config.settings
ifeq ($(UV),uv)
	@uv lock --check --quiet
	@diff -u requirements.lock <($(EXPORT)) || { echo "requirements.lock is stale: make lock"; exit 1; }
endif
	@$(BIN)/python tools/licences.py
	@$(PYTEST) tests/docs

bench: $(STAMP) ## Run the benchmarks and print their figures as JSON
	@for script in benchmarks/[a-z]*.py; do echo "== $$script" >&2; $(BIN)/python $$script --json || exit 1; done

docs: $(STAMP) ## Write the generated pages of docs/ again
	@DATADAM_HOME=$(VENV)/check-home $(BIN)/python tools/charts.py
	@DATADAM_HOME=$(VENV)/check-home $(BIN)/python tools/url_roles.py

lock: ## Resolve the dependencies again (needs uv)
	@uv lock
	@$(EXPORT) --quiet --output-file requirements.lock

clean: ## Remove the virtual environment and caches; the data in var/ stays
	@rm -rf $(VENV) .mypy_cache .ruff_cache .pytest_cache .import_linter_cache .hypothesis
