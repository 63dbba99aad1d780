# What a developer does here. `make` alone lists it.
#
# Everything runs in .venv, made from the locked versions in requirements/: nothing but Python 3.11 or newer, make and
# git has to be on the machine.

SHELL := /bin/bash
.SHELLFLAGS := -eu -o pipefail -c
.DEFAULT_GOAL := help

VENV := .venv
BIN := $(VENV)/bin
READY := $(VENV)/.ready
PIP := $(BIN)/python -m pip --disable-pip-version-check --quiet

# Extra arguments for the tool behind a target: make test ARGS='tests/edition -k dateline'
ARGS ?=

CODE := src tests scripts benchmarks
LOCK := $(BIN)/uv pip compile pyproject.toml --quiet --universal --python-version 3.11 --generate-hashes --no-header

.PHONY: help setup demo test golden looks lint format bench docs picture lock clean

help: ## List these targets
	@awk -F ':.*## ' '/^[a-z]+:.*## / { printf "  make %-8s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

setup: $(READY) ## Make .venv from the locked versions

# The pins and their hashes are checked for everything but the project itself, which is built with the locked
# hatchling: no step fetches anything that requirements/dev.txt does not name.
$(READY): requirements/dev.txt pyproject.toml scripts/python-for-venv
	@scripts/python-for-venv $(VENV)
	@echo "Installing the locked versions into $(VENV) …"
	@$(PIP) install --require-hashes --no-deps -r requirements/dev.txt
	@$(PIP) install --no-build-isolation --no-deps --editable .
	@touch $@

demo: $(READY) ## Compose the first seed and deliver it to a local server
	@$(BIN)/python -m scripts.demo $(ARGS)

test: $(READY) ## Run the tests
	@$(BIN)/pytest -n auto --dist worksteal $(ARGS)

golden: $(READY) ## Write the golden editions down as they are now
	@$(BIN)/pytest -q tests/golden/test_golden.py --accept

looks: $(READY) ## Take pictures of the golden editions into build/looks/
	@$(BIN)/python -m scripts.looks $(ARGS)

lint: $(READY) ## Check style, formatting and types
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .
	@$(BIN)/mypy $(CODE)

format: $(READY) ## Mend style and formatting
	@$(BIN)/ruff check --fix --exit-zero --quiet .
	@$(BIN)/ruff format .

bench: $(READY) ## Print the figures of docs/performance.md
	@$(BIN)/python -m benchmarks $(ARGS)

docs: $(READY) ## Write the reference pages from the code
	@$(BIN)/python -m scripts.reference

picture: $(READY) ## Take the pictures of editions in README.md and docs/themes.md
	@$(BIN)/python -m scripts.picture
	@$(BIN)/python -m scripts.studio_picture

lock: $(READY) ## Lock the versions anew (ARGS=--upgrade takes newer ones)
	@$(PIP) install uv
	@$(LOCK) $(ARGS) --output-file requirements/runtime.txt
	@$(LOCK) $(ARGS) --group dev --constraints requirements/runtime.txt --output-file requirements/dev.txt

clean: ## Remove what can be made again (not .dispatch/: that is the ledger)
	@rm -rf $(VENV) .demo out build dist .mypy_cache .pytest_cache .ruff_cache .hypothesis benchmarks/.work .verifiers .mail-servers
	@find src tests scripts benchmarks -name __pycache__ -prune -exec rm -rf {} +
