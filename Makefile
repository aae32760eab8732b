# What people do here, by name. `make help` lists it.
VENV ?= .venv
BIN := $(VENV)/bin
SHELL := /bin/bash
.SHELLFLAGS := -euo pipefail -c
.ONESHELL:
.DEFAULT_GOAL := help
.PHONY: help demo up superset superset-test test test-fast bench soak lint env clean

# Bytecode compiled while installing halves the start-up of everything after it.
unexport PYTHONDONTWRITEBYTECODE
export PIP_DISABLE_PIP_VERSION_CHECK := 1

help:  ## list what make can do
	@awk -F ':.*## ' '/^[a-z-]+:.*## /{printf "  make %-14s %s\n", $$1, $$2}' Makefile

demo: $(VENV)/.runs  ## 30 days of a pretend shop through the real DAGs to published KPIs
	@$(BIN)/deskmart demo

up: $(VENV)/.runs  ## Airflow with everything switched on, until Ctrl-C
	@$(BIN)/deskmart up $(UP_ARGS)

superset: $(VENV)/.tests .venv-superset/.runs  ## Apache Superset with our dashboards over what is published, until Ctrl-C
	@$(BIN)/deskmart superset

superset-test: $(VENV)/.tests .venv-superset/.runs  ## its dashboards in a browser against `deskmart kpi`, over what is published
	@$(BIN)/python -m pytest -q -m superset tests/superset $(PYTEST_ARGS)

test: $(VENV)/.tests  ## every test, the fast ones first
	@$(BIN)/python -m pytest -q -n 2 --dist loadfile -m "not slow" $(PYTEST_ARGS)
	$(BIN)/python -m pytest -q -n 2 --dist loadfile --no-loadscope-reorder -m slow $(PYTEST_ARGS)

test-fast: $(VENV)/.tests  ## the tests that take a second or less each
	@$(BIN)/python -m pytest -q -n 2 --dist loadfile -m "not slow" $(PYTEST_ARGS)

bench: $(VENV)/.tests  ## how long each stage takes at several sizes
	@$(BIN)/deskmart bench --rows 1000000 --messages 1000000 $(BENCH_ARGS)

soak: $(VENV)/.tests  ## the long tests: properties with many examples
	@$(BIN)/python -m pytest -q --hypothesis-profile=soak $(PYTEST_ARGS)

lint: $(VENV)/.tests  ## style, types and SQL
	@$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/sqlfluff lint dbt_project/models

env: $(VENV)/.runs  ## write .env with fresh secrets for docker compose
	@$(BIN)/python -m deskmart.secrets_file .env $(ENV_ARGS)

clean:  ## remove what make made, except the data
	rm -rf $(VENV) .venv-superset .pytest_cache .mypy_cache .ruff_cache .hypothesis *.egg-info dbt_project/target dbt_project/logs
	find . -name __pycache__ -type d -prune -exec rm -rf {} +

$(BIN)/python:
	@for candidate in $(PYTHON) python3.13 python3.12 python3.11 python3; do
	    if "$$candidate" -c 'import sys, venv, ensurepip; sys.exit(not (3, 11) <= sys.version_info[:2] <= (3, 13))' 2>/dev/null; then
	        found="$$candidate"; break
	    fi
	done
	if [ -z "$${found:-}" ]; then
	    echo "make: Python 3.11, 3.12 or 3.13 with its venv module was not found; install one, or say make PYTHON=/path/to/python" >&2
	    exit 1
	fi
	echo "making $(VENV) with $$($$found -V)"
	"$$found" -m venv $(VENV)

# The lock is complete, so pip need not work anything out.
define install
	@echo "installing $(1) (a few minutes the first time)"
	$(BIN)/python -m pip install --quiet --no-deps --require-hashes -r $(1)
	$(BIN)/python -m pip install --quiet --no-deps --no-build-isolation --editable .
	$(BIN)/python -m pip check
	$(BIN)/python -m deskmart.dbt
	$(BIN)/python -m deskmart.airflow_home
	touch $@
endef

$(VENV)/.runs: requirements.txt pyproject.toml | $(BIN)/python
	$(call install,requirements.txt)

$(VENV)/.tests: requirements-dev.txt pyproject.toml | $(BIN)/python
	$(call install,requirements-dev.txt)
	touch $(VENV)/.runs

# Superset's pins fight with Airflow's, so it has an environment of its own, of a Python for which all of its wheels exist.
.venv-superset/bin/python:
	@for candidate in $(PYTHON) python3.12 python3.11 python3 $(BIN)/python; do
	    if "$$candidate" -c 'import sys, venv, ensurepip; sys.exit(not (3, 11) <= sys.version_info[:2] <= (3, 12))' 2>/dev/null; then
	        found="$$candidate"; break
	    fi
	done
	if [ -z "$${found:-}" ]; then
	    echo "make: Superset needs Python 3.11 or 3.12; install one, or say make superset PYTHON=/path/to/python" >&2
	    exit 1
	fi
	"$$found" -m venv .venv-superset

.venv-superset/.runs: requirements-superset.txt | .venv-superset/bin/python
	@echo "installing Superset into .venv-superset (a few minutes the first time)"
	.venv-superset/bin/python -m pip install --quiet --no-deps --require-hashes -r requirements-superset.txt
	.venv-superset/bin/python -m pip check
	touch $@
