#!/usr/bin/env bash
# The whole test command: style, layers, types, then every test. SCALE=full runs the slow ones large.
set -euo pipefail
cd "$(dirname "$0")/../.."
python=.venv/bin/python
export PYTHONDONTWRITEBYTECODE=1

step() { printf '\n== %s (%ss)\n' "$1" "$SECONDS"; }

step "style"
$python -m ruff check --quiet .
$python -m ruff format --check --quiet .
$python -m scripts.checks.layers

step "types"
scripts/checks/types.sh

step "web client"
if make --no-print-directory web && [ -d web/node_modules ]; then
  (cd web && npm run --silent types -- --check && npm run --silent check && npm run --silent test)
fi

step "browser"
scripts/checks/install_chromium.sh

step "clients of X"
if command -v npm >/dev/null; then
  (cd tests/e2e/clients && npm ci --no-audit --no-fund --silent) \
    || echo "twitter-api-v2 could not be installed; its test is left out"
fi

step "cache server"
# Help for one test: a package index that does not answer must not end the run.
scripts/checks/install_redis.sh || true

step "tests"
ROOKERY_CALLS=$(mktemp -d)
export ROOKERY_CALLS
trap 'rm -rf "$ROOKERY_CALLS"' EXIT
# Twice two cores: tests wait for events as well. In the files' order, which ends with the
# short ones, so that all processes end together.
$python -m pytest -n 4 --dist loadfile --no-loadscope-reorder "$@"

# What functions called against what their policies grant; whether all of that is used is asked
# only when no test was left out.
step "permissions"
$python -m scripts.checks.permissions_check "$ROOKERY_CALLS"

# Declared answers that no test has seen; asked for only when no test was left out.
step "answers"
$python -m scripts.checks.answers_check "$ROOKERY_CALLS"
