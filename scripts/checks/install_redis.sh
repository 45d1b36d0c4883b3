#!/usr/bin/env bash
# Debian's redis-server for the test of the shared cache. Without root, or without apt, it is skipped.
set -euo pipefail
if command -v redis-server >/dev/null || command -v valkey-server >/dev/null; then
  echo "redis-server is there"
elif [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null; then
  echo "installing redis-server"
  apt-get update -qq && DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends redis-server >/dev/null
else
  echo "redis-server is missing and this user may not install it: the cache test will be skipped"
fi
