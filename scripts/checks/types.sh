#!/usr/bin/env bash
# Types: strict for shared/, and each domain by itself, since all four call their module `app`.
set -euo pipefail
cd "$(dirname "$0")/../.."
python=$PWD/.venv/bin/python

ours() {
  # chalice and pynamodb carry partial types: subclassing theirs is subclassing Any.
  "$python" -m mypy --strict --allow-subclassing-any --allow-untyped-decorators shared \
    && "$python" -m mypy scripts tests
}

domain() {
  cd "apps/$1" && MYPYPATH="../..:." "$python" -m mypy --config-file ../../pyproject.toml app.py chalicelib
}

# Two at a time: mypy uses one core.
ours &
failed=0
for one in apps/*/app.py; do
  one=$(basename "$(dirname "$one")")
  (domain "$one") || failed=1
done
wait $! || failed=1
exit $failed
