# Plain `make` lists what there is. Every target makes what it needs: python3 (with venv), make and the registries suffice.
SHELL := /bin/bash
.DEFAULT_GOAL := help
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
ARGS ?=

help: ## this list
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sort | awk -F ':.*## ' '{printf "  make %-12s %s\n", $$1, $$2}'

# The stamps hold the moment of the last install: a changed lock installs again, an unchanged one costs nothing.
$(VENV)/.installed: requirements.txt pyproject.toml
	@test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements.txt
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation -e .
	@touch $@

$(VENV)/.installed-dev: $(VENV)/.installed requirements-dev.txt
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements-dev.txt
	@touch $@

setup: $(VENV)/.installed ## make .venv and install the locked dependencies

demo: setup ## run everything with a fictional clinic and a sandbox bank (ARGS=--check walks it without a person)
	@$(BIN)/checkout demo $(ARGS)

check: $(VENV)/.installed-dev ## lint, types and import contracts
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .
	@$(BIN)/mypy
	@$(BIN)/lint-imports

browser: ## install a browser for the tests if the machine has none
	@bash tests/browser/install.sh

FOREIGN := tests/foreign
$(FOREIGN)/node_modules/.installed: $(FOREIGN)/package-lock.json $(FOREIGN)/.npmrc $(VENV)/.installed-dev
	@PATH="$(CURDIR)/$(BIN):$$PATH" npm ci --prefix $(FOREIGN) --ignore-scripts --no-audit --no-fund --no-update-notifier --loglevel=error
	@touch $@

foreign: $(FOREIGN)/node_modules/.installed ## install the clients from npm that the tests try on the sandbox

# What is fetched comes while the types are looked through. Tests: side by side, a database cluster each; browsers wait more
# than they work. In the order of what is found soonest.
test: ## everything that must pass: check, then every test
	@$(MAKE) --no-print-directory --jobs=2 --output-sync=target check browser foreign
	@$(BIN)/python -m pytest --ignore=tests/browser --ignore=tests/proof -n 2 --dist loadfile $(ARGS)
	@$(BIN)/python -m pytest tests/browser -n 3 --dist load $(ARGS)
	@$(BIN)/python -m pytest tests/proof -n 2 --dist loadfile $(ARGS)

proof: $(VENV)/.installed-dev browser ## the full figures: storm, kills, corpora
	@$(BIN)/python -m pytest tests/proof -o addopts= -ra --histories=10000 --kills=200 --answers=50000 $(ARGS)
	@EVERY_COMBINATION=1 $(BIN)/python -m pytest tests/browser/test_states.py tests/browser/test_desk_states.py tests/browser/test_sandbox_states.py -n 2 $(ARGS)

bench: $(VENV)/.installed-dev browser ## lifecycles per second beside pgbench in the same run; slots and pages against budgets
	@$(BIN)/python -m tests.bench $(ARGS)

screenshots: $(VENV)/.installed-dev browser ## take the pictures in docs/screens anew
	@$(BIN)/python -m tests.browser.screenshots

fmt: $(VENV)/.installed-dev ## format and fix what can be fixed
	@$(BIN)/ruff check --fix-only --quiet .
	@$(BIN)/ruff format .

UV = $(BIN)/uv pip compile --universal --generate-hashes --python-version 3.11 --no-emit-index-url --no-header --quiet --upgrade
lock: $(VENV)/.installed-dev ## resolve the newest versions again and write both lock files
	@$(UV) pyproject.toml --group build -o requirements.txt
	@$(UV) pyproject.toml --group build --group dev -c requirements.txt -o requirements-dev.txt

.PHONY: help setup demo check browser foreign test proof bench screenshots fmt lock
