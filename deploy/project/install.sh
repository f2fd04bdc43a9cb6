#!/bin/sh
# Installs the project, its taps and its loaders into the folder that it stands in, from its locks:
# every package by version and hash. Needs python3 with venv, and a package index. The image is made
# by it, and so is a server without containers.
set -eu
cd -- "$(dirname -- "$0")/../.."

python3 -m venv .venv
.venv/bin/python -m pip install --quiet --disable-pip-version-check --no-deps --require-hashes \
  --requirement deploy/project/uv.txt
export UV_PYTHON_DOWNLOADS=never
unset VIRTUAL_ENV UV_PROJECT_ENVIRONMENT
.venv/bin/uv sync --quiet --locked --inexact --no-default-groups --group server
PATH="$PWD/.venv/bin:$PATH"
meltano install --plugin-type extractor
meltano install --plugin-type loader

# What is inside, and nothing that Meltano wrote of its own running.
.venv/bin/uv export --quiet --locked --no-default-groups --group server --format cyclonedx1.5 \
  --output-file sbom.cdx.json
rm -rf .meltano/run .meltano/logs .meltano/meltano.db*
