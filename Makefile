# Everything from a fresh machine with python3 (3.11 or newer), its venv, git and make:
#   make demo    both taps into DuckDB, from the simulators unless .env holds credentials
#   make run     both taps into DuckDB, from your tenants; LOADER=target-postgres loads elsewhere
#   make test    lint, types, tests
#   make lint    lint and types alone; make lint-sql that of the dbt project
#   make benchmark  how fast the taps read, beside a floor and other extractors
#   make schedules  5,000 random schedules of change, kill and fault (about an hour)
#   make setup   only what the others need first
#   make audit   known weaknesses of all locked packages (asks a database on the internet)
#   make sbom    CycloneDX lists of all locked packages, output/sbom*.cdx.json
#   make requirements  the locks of Meltano's plugins anew, after a change of uv.lock
#   make clean   away with all that was made, except the warehouses and the bookmarks

PYTHON ?= python3
JOBS ?= 2
UV_VERSION := 0.13.9
BIN := .venv/bin
PACKAGES := edr-tap-kit tap-gravityzone tap-cortex-xdr sandbox target-duckdb-edr orchestrate scripts benchmarks transform/report

# Meltano's plugins: what uv.lock pins for those of this project, and the loaders of others.
PINNED := --package tap-gravityzone --package tap-cortex-xdr --package target-duckdb-edr
LOADERS := target-postgres target-jsonl
EXPORT := $(BIN)/uv export --quiet --locked --no-default-groups --no-emit-workspace --no-header --no-annotate

# uv works with the interpreter of .venv, and fetches none.
export UV_PYTHON_DOWNLOADS := never
unexport VIRTUAL_ENV UV_PROJECT_ENVIRONMENT

.DEFAULT_GOAL := help
.PHONY: help setup demo run test benchmark schedules lint lint-sql audit sbom requirements clean

help:
	@sed -n '2,12s/^# *//p' Makefile

setup: .meltano/.ready

demo: setup
	@$(BIN)/python scripts/demo.py

run: setup
	@LOADER='$(LOADER)' $(BIN)/python scripts/demo.py run

test: setup lint lint-sql
	$(BIN)/python -m pytest -n $(JOBS) --dist loadfile --no-loadscope-reorder

benchmark: setup
	$(BIN)/python benchmarks/extraction/run.py

schedules: .venv/.ready
	SCHEDULES=$${SCHEDULES:-5000} $(BIN)/python -m pytest -s -n $(JOBS) --dist loadfile tests/schedules

lint: .venv/.ready
	$(BIN)/ruff check
	$(BIN)/ruff format --check
	$(BIN)/mypy $(PACKAGES)

lint-sql: transform/.venv/.ready
	cd transform && DBT_DUCKDB_PATH=:memory: DBT_TARGET_PATH=../output/dbt-lint DBT_LOG_PATH=../output/dbt-lint \
	  .venv/bin/sqlfluff lint --disable-progress-bar models

# Needs the vulnerability database of OSV; exit status 1 when there is a finding.
audit: .venv/.ready
	$(BIN)/uv audit --locked
	$(BIN)/uv audit --locked --project transform
	$(foreach loader,$(LOADERS),$(BIN)/uv tool run 'pip-audit==2.10.1' --requirement requirements/$(loader).txt --require-hashes --disable-pip &&) true

sbom: .venv/.ready
	@mkdir -p output
	$(BIN)/uv export --quiet --locked --all-packages --format cyclonedx1.5 --output-file output/sbom.cdx.json
	$(BIN)/uv export --quiet --locked --project transform --all-extras --format cyclonedx1.5 --output-file output/sbom-dbt.cdx.json

requirements: .venv/.ready
	$(EXPORT) $(PINNED) --output-file requirements/plugins.txt
	$(EXPORT) --package tap-gravityzone --output-file requirements/receiver.txt
	$(EXPORT) --project transform --all-extras --output-file requirements/dbt.txt
	for loader in $(LOADERS); do \
	  sed -n "s/^ *pip_url:.* \(.*$$loader==.*\)/\1/p" meltano.yml | $(BIN)/uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-header --no-annotate - --output-file "requirements/$$loader.txt" || exit 1; \
	done

clean:
	rm -rf .venv transform/.venv .meltano/extractors .meltano/loaders .meltano/run .meltano/.ready .mypy_cache .pytest_cache .ruff_cache .hypothesis benchmarks/extraction/.environments output/demo.*

# The environment of the developer tools and of Meltano. uv is in it and must not remove itself,
# hence --inexact.
.venv/.ready: uv.lock $(wildcard pyproject.toml */pyproject.toml)
	@command -v '$(PYTHON)' >/dev/null || { \
	  echo "$(PYTHON) was not found. Install Python 3.11 or newer, or name one: make PYTHON=..." >&2; \
	  exit 1; }
	@'$(PYTHON)' -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { \
	  echo "$$('$(PYTHON)' --version) is too old: Python 3.11 or newer is needed. Name one: make PYTHON=python3.12" >&2; \
	  exit 1; }
	@test -x $(BIN)/python || '$(PYTHON)' -m venv .venv || { \
	  echo "Could not make .venv. On Debian and Ubuntu: apt install python3-venv" >&2; \
	  rm -rf .venv; exit 1; }
	$(BIN)/python -m pip install --quiet --disable-pip-version-check 'uv==$(UV_VERSION)'
	$(BIN)/python -m uv sync --quiet --locked --inexact
	@touch $@

# dbt with the adapters of all warehouses, for the tests; Meltano runs dbt in an environment of its own.
transform/.venv/.ready: .venv/.ready transform/uv.lock transform/pyproject.toml
	$(BIN)/python -m uv sync --quiet --locked --project transform --all-extras
	@touch $@

# Meltano's own environments, one for each tap and loader.
.meltano/.ready: .venv/.ready meltano.yml transform/pyproject.toml $(wildcard */plugin.yml */receiver.yml requirements/*.txt)
	$(BIN)/meltano install
	@mkdir -p output
	@touch $@
