#!/usr/bin/env bash
# Debian's Chromium for the browser test. Without root, or without apt, the test is skipped.
set -euo pipefail
if command -v chromium >/dev/null; then
  echo "chromium is there"
elif [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null; then
  echo "installing chromium"
  apt-get update -qq && DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends chromium >/dev/null
else
  echo "chromium is missing and this user may not install it: the browser test will be skipped"
fi
