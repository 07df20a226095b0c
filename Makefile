# Every target installs into .venv what it needs; stamp files there keep it from doing so twice.

PYTHON ?= python3
VENV   := .venv
BIN    := $(VENV)/bin
PIP    := $(BIN)/python -m pip --disable-pip-version-check --quiet --quiet install
BENCH  ?= pipeline latency

.DEFAULT_GOAL := help
.PHONY: help install run test test-cluster chaos cluster lint format bench dashboards lock clean

help: ## Show this list
	@grep -hE '^[a-z-]+:.*##' Makefile | sed -E 's/^([a-z-]+):.*## (.*)/  make \1|\2/' | column -t -s '|'

install: $(VENV)/.run ## Create .venv with the newswatch command

run: $(VENV)/.run ## Watch the sample newsroom; SOURCES=file.yaml real sources, DATA=folder, ARGS=more
	@$(BIN)/newswatch up $(if $(SOURCES),--sources $(SOURCES)) $(if $(DATA),--data $(DATA)) $(ARGS)

test: $(VENV)/.dev ## Run the quick tests; they need Python alone; ARGS=options of pytest
	@$(BIN)/python -m pytest -m "not cluster and not chaos and not slow" $(ARGS)

test-cluster: $(VENV)/.dev ## Run the tests on a real Kafka and Elasticsearch (needs Maven and a JDK of 21 or later)
	@$(BIN)/python deploy/local/cluster.py exec -- $(BIN)/python -m pytest -m cluster $(ARGS)

chaos: $(VENV)/.dev ## Kill every process again and again and count what is left
	@$(BIN)/python -m pytest -m chaos $(ARGS)

cluster: $(VENV)/.python ## Start Kafka and Elasticsearch until Ctrl-C, without Docker; ARGS=options of cluster.py
	@$(BIN)/python deploy/local/cluster.py run $(ARGS)

lint: $(VENV)/.dev ## Check style, types, layers and what is generated
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports --no-logo
	$(BIN)/python -m schemas.export --check
	$(BIN)/python -m deploy.kibana.build --check

format: $(VENV)/.dev ## Put the code into its one form
	$(BIN)/ruff check --fix-only .
	$(BIN)/ruff format .

bench: $(VENV)/.dev ## Measure; BENCH=one of benchmarks/ by name
	@set -e; for name in $(BENCH); do $(BIN)/python -m benchmarks.$$name $(ARGS); done

dashboards: $(VENV)/.dev ## Write Kibana's dashboards anew; ARGS=--prefix=mine --output=mine.ndjson for other indices
	@$(BIN)/python -m deploy.kibana.build $(ARGS)

LOCK = $(BIN)/uv pip compile --quiet --no-config --universal --python-version 3.11 \
	--generate-hashes --no-header --no-annotate --no-emit-index-url --no-emit-find-links pyproject.toml

lock: $(VENV)/.dev ## Pin the requirements anew from pyproject.toml; ARGS=--upgrade takes the latest versions
	$(LOCK) $(ARGS) --extra dev --output-file requirements/dev.txt
	$(LOCK) --upgrade --extra build --constraints requirements/dev.txt --output-file requirements/run.txt

clean: ## Remove .venv, .cluster and caches; what newswatch has collected (.newswatch) stays
	@[ ! -e .cluster ] || $(PYTHON) deploy/local/cluster.py down
	rm -rf $(VENV) .cluster build dist *.egg-info .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache
	find schemas services tests deploy -name __pycache__ -type d -prune -exec rm -rf {} +

$(VENV)/.python:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null || { \
		echo "newswatch needs Python 3.11 or later; $(PYTHON) is $$($(PYTHON) --version 2>&1); name another: make PYTHON=python3.12 ..." >&2; \
		exit 1; }
	@$(PYTHON) -m venv $(VENV) || { \
		echo "$(PYTHON) -m venv failed; where Python comes in parts, install its venv package (python3-venv)" >&2; \
		exit 1; }
	@touch $@

$(VENV)/.run: requirements/run.txt pyproject.toml | $(VENV)/.python
	@echo "installing newswatch into $(VENV)"
	@$(PIP) --require-hashes -r requirements/run.txt
	@$(PIP) --no-deps --no-build-isolation --editable .
	@touch $@

$(VENV)/.dev: requirements/dev.txt $(VENV)/.run
	@echo "installing the development tools into $(VENV)"
	@$(PIP) --require-hashes -r requirements/dev.txt
	@touch $@
