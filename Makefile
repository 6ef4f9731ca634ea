# The commands of this repository; `make` alone lists them. Needed: make, and a python3 of 3.11 or newer with venv.

PYTHON ?= python3
ASSIGNMENT ?= 07_training
VENV := .venv
BIN := $(VENV)/bin
STAMP := $(VENV)/.setup
PIP_FLAGS := -qq --disable-pip-version-check --no-input

# nbgrader starts alembic by its name, so that must be found. Not for setup, whose python3 is the one outside.
IN_VENV := PATH="$(CURDIR)/$(BIN):$$PATH"

# What is in .venv depends on these files and on the folder, which the scripts in .venv name.
KEY = $(CURDIR) $$(cat requirements.lock pyproject.toml | cksum)

.DEFAULT_GOAL := help
.PHONY: help setup install grade test lint benchmark pictures docs release lock clean

help: ## List the commands
	@awk -F ':.*## ' '/^[a-z]+:.*## / { printf "make %-10s %s\n", $$1, $$2 }' Makefile

setup: ## Make .venv, with the command graders and all that it needs; quick when nothing has changed
	@if [ ! -x $(BIN)/python ] || [ "$$(cat $(STAMP) 2>/dev/null)" != "$(KEY)" ]; then \
		$(MAKE) --no-print-directory install; \
	fi

install:
	@command -v $(PYTHON) >/dev/null || { \
		echo "make setup: no $(PYTHON) found. Install Python 3.11 or newer, or name one: make setup PYTHON=python3.12" >&2; \
		exit 1; }
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { \
		echo "make setup: $$($(PYTHON) --version) is too old, 3.11 or newer is needed." \
			"Name another: make setup PYTHON=python3.12" >&2; \
		exit 1; }
	@$(PYTHON) -c 'import ensurepip, venv' 2>/dev/null || { \
		echo "make setup: this $(PYTHON) has no working module venv." \
			"Install it; on Debian and Ubuntu: apt-get install python3-venv" >&2; \
		exit 1; }
	@rm -f $(STAMP)
	@if [ ! -x $(BIN)/python ] || ! grep -qsF "$(CURDIR)/$(VENV)/" $(BIN)/pip; then \
		echo "Making $(VENV) with $$($(PYTHON) --version)"; \
		$(PYTHON) -m venv --clear $(VENV); \
	fi
	@echo "Installing the packages of requirements.lock (a minute or two the first time)"
	@$(BIN)/python -m pip install $(PIP_FLAGS) --requirement requirements.lock
	@$(BIN)/python -m pip install $(PIP_FLAGS) --no-build-isolation --no-deps --editable .
	@echo "$(KEY)" > $(STAMP)

grade: setup ## Grade the sample class: release, collect, autograde, feedback, grades.csv
	@$(IN_VENV) $(BIN)/graders grade $(ASSIGNMENT) --from examples/class --yes

test: lint ## Run all checks: those of `make lint`, then the tests
	@$(IN_VENV) $(BIN)/python -m pytest -n 2 --dist loadfile $(PYTEST_ARGS)

lint: setup ## Check style, layout and types
	@$(BIN)/ruff check
	@$(BIN)/ruff format --check
	@$(BIN)/mypy

benchmark: setup ## Run the benchmarks, one after another
	@set -e; for script in $(filter-out benchmarks/sample_class.py,$(wildcard benchmarks/*.py)); do \
		echo; echo "== $$script"; \
		$(IN_VENV) $(BIN)/python "$$script"; \
	done

# A gradebook of its own: the one of a running course refuses a release whose cells have changed.
pictures: setup ## Make the pictures of the README and the documentation anew (needs Chromium)
	@$(IN_VENV) $(BIN)/python docs/make_pictures.py

docs: setup ## Build the documentation into site/
	@$(BIN)/python docs/make_reference.py
	@NO_MKDOCS_2_WARNING=1 $(BIN)/python -m mkdocs build --strict --quiet

release: setup ## Make release/ anew from source/
	@books=$$(mktemp -d) && trap 'rm -rf "$$books"' EXIT && \
		$(IN_VENV) $(BIN)/nbgrader generate_assignment $(ASSIGNMENT) --force --log-level=WARN \
			--db "sqlite:///$$books/gradebook.db"

lock: ## Pin all packages anew in requirements.lock; with UPGRADE=--upgrade to newer versions
	@[ -x $(BIN)/uv ] || $(MAKE) --no-print-directory setup
	@$(BIN)/uv pip compile --quiet --universal --python-version 3.11 --all-extras \
		--no-emit-index-url --no-emit-find-links --custom-compile-command "make lock" $(UPGRADE) \
		--output-file requirements.lock pyproject.toml

clean: ## Remove .venv, caches and builds; submissions, grades and the course's secret stay
	@rm -rf $(VENV) .mypy_cache .pytest_cache .ruff_cache .hypothesis build dist
	@find . -name __pycache__ -type d -prune -exec rm -rf {} +
