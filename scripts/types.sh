#!/usr/bin/env bash
# Types: strict for shared/, and each domain by itself, since all four call their module `app`.
set -euo pipefail
cd "$(dirname "$0")/.."
python=$PWD/.venv/bin/python

# chalice and pynamodb carry partial types: subclassing theirs is subclassing Any.
"$python" -m mypy --strict --allow-subclassing-any --allow-untyped-decorators shared
"$python" -m mypy scripts tests
for domain in users tweets notifications crawler; do
  (cd "apps/$domain" && MYPYPATH="../..:." "$python" -m mypy --config-file ../../pyproject.toml app.py chalicelib)
done
