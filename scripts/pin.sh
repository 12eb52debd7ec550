#!/usr/bin/env bash
# Resolve every dependency anew in a throw-away environment and write constraints.txt.
set -euo pipefail
cd "$(dirname "$0")/.."
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
python3 -m venv "$work/venv"
"$work/venv/bin/pip" install --quiet --upgrade pip
"$work/venv/bin/pip" install --quiet --group dev
GNOMON_SKIP_WEB=1 "$work/venv/bin/pip" install --quiet --no-build-isolation -e .
{
  echo "# Exact versions of everything make setup installs; make it anew with scripts/pin.sh."
  "$work/venv/bin/pip" freeze --all --exclude gnomon --exclude setuptools | grep -v '^-e'
} > constraints.txt
echo "constraints.txt: $(grep -c '==' constraints.txt) packages pinned"
