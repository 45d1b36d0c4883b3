#!/usr/bin/env bash
# One virtual environment from a hashed lock, with progress: make_venv.sh PYTHON TARGET LOCK
# The stamp TARGET/.installed marks it as complete.
set -euo pipefail
python=$1 target=$2 lock=$3 log=$2/install.log

if [ -z "$python" ]; then
  echo "Rookery needs Python 3.11 or newer; set its path: make install PYTHON3=/path/to/python3"
  exit 1
fi
total=$(grep -c '^[A-Za-z0-9].*==' "$lock")
echo "installing $target: $total packages"
"$python" -m venv "$target"
if ! "$target/bin/python" -m pip --disable-pip-version-check --no-input install \
    --progress-bar off --require-hashes -r "$lock" 2>&1 | tee "$log" | awk -v target="$target" -v total="$total" '
      /^(Collecting|Requirement already satisfied:) / {
        found++
        if (found % 25 == 0 && found < total) printf "  %s: %d of %d packages are here\n", target, found, total
      }
      /^Installing collected packages/ { printf "  %s: all are here, unpacking them\n", target }
      { fflush() }'
then
  echo "$target could not be installed; the end of $log:"
  tail -n 15 "$log"
  exit 1
fi
touch "$target/.installed"
echo "$target is ready"
