"""Weight of an app: CPU of a cold import, size of code and bundle."""

import os
import statistics
import subprocess
import sys
import tempfile
import zipfile
from collections.abc import Iterable, Mapping
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from scripts.base.domain import APPS, domains
from scripts.base.process import ROOT
from scripts.deploy.package import BUNDLE, PackageError, package

MEGABYTE = 1_000_000
RUNS = 7
_OURS = "import app; from shared.aws import sdk; sdk.client('dynamodb')"
_BARE = "import boto3; boto3.client('dynamodb')"
_MEASURE = "import time; {code}; print(time.process_time())"


def measure(runs: int = RUNS, *, build: bool = False) -> dict[str, dict[str, Any]]:
    """Measure ``import_ms``, ``import_ratio``, ``bundle_mb``, ``own_mb``."""
    names = domains()
    times = import_times(names, runs)
    bare = statistics.median(times[""])
    found: dict[str, dict[str, Any]] = {}
    for name in names:
        median = statistics.median(times[name])
        found[name] = {
            "import_ms": round(median * 1000, 1),
            "import_ratio": round(median / bare, 3),
            "bundle_mb": bundle_mb(name, build=build),
            "own_mb": round(own_bytes(name) / MEGABYTE, 4),
        }
    return found


def import_times(
    names: list[str], runs: int, unpacked: Mapping[str, Path] | None = None
) -> dict[str, list[float]]:
    """CPU seconds of fresh interpreters by app; a clean boto3 under ``""``.

    All run in the base interpreter without site packages, as Lambda's: what a development
    environment does at every start would be in the divisor. The runs are interleaved, so
    that a busy moment of the machine meets all; the first round only warms the file cache
    and the compiled modules.

    Args:
        unpacked: directories of bundles; without them the apps' sources are imported.
    """
    times: dict[str, list[float]] = {name: [] for name in ("", *names)}
    for number in range(runs + 1):
        for name, found in times.items():
            seconds = _interpreter(name, (unpacked or {}).get(name))
            if number:
                found.append(seconds)
    return times


def import_ratios(unpacked: Mapping[str, Path], runs: int) -> dict[str, float]:
    """CPU of each bundle's cold import over that of a clean boto3 in one run."""
    times = import_times(list(unpacked), runs, unpacked)
    bare = statistics.median(times.pop(""))
    return {name: statistics.median(found) / bare for name, found in times.items()}


def _interpreter(name: str, unpacked: Path | None = None) -> float:
    app = unpacked or APPS / name
    # A bundle has all that it needs; others find the packages, but run no `.pth` file.
    paths = [app, app / "vendor"] if name else []
    environment = {
        "PATH": os.environ.get("PATH", ""),
        "HOME": os.environ.get("HOME", "/"),
        "STAGE": "dev",
        "ACCOUNT_ID": "000000000000",
        "AWS_REGION": "us-east-1",
        "AWS_DEFAULT_REGION": "us-east-1",
        "AWS_ACCESS_KEY_ID": "test",
        "AWS_SECRET_ACCESS_KEY": "test",
        "AWS_EC2_METADATA_DISABLED": "true",
        "PYTHONPATH": os.pathsep.join(map(str, paths if unpacked else [*paths, _packages()])),
    }
    code = _MEASURE.format(code=_OURS if name else _BARE)
    base = str(sys._base_executable)  # type: ignore[attr-defined]
    done = subprocess.run(
        # A bundle comes without compiled modules, and gets none.
        [base, "-S", *(["-B"] if unpacked else []), "-c", code],
        cwd=app if name else APPS,
        env=environment,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    if done.returncode:
        raise RuntimeError(f"{name or 'boto3'} cannot be imported:\n{done.stderr[-2000:]}")
    return float(done.stdout)


def _packages() -> Path:
    """The folder of boto3 and all other packages of this environment."""
    found = find_spec("boto3")
    if found is None or found.origin is None:
        raise RuntimeError("boto3 is not installed")
    return Path(found.origin).parents[1]


def own_bytes(name: str) -> int:
    """Zipped size of the app's own code: app.py, chalicelib and shared."""
    app = APPS / name
    roots = [app / "app.py", app / "chalicelib", ROOT / "shared"]
    with tempfile.TemporaryFile() as target:
        with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as bundle:
            for path in _sources(roots):
                bundle.write(path, path.relative_to(ROOT))
        return target.tell()


def _sources(roots: Iterable[Path]) -> list[Path]:
    files = [f for root in roots for f in ([root] if root.is_file() else root.rglob("*"))]
    return sorted(f for f in files if f.is_file() and "__pycache__" not in f.parts)


def bundle_mb(name: str, *, build: bool = False) -> float | None:
    """Zipped size of the deployable bundle; `None` when there is none.

    With ``build`` it is made anew, the way `make package` does (that needs the
    package index, or a warm cache of it); otherwise ``build/`` is looked at.
    """
    if build:
        with tempfile.TemporaryDirectory() as scratch:
            try:
                return _megabytes(package(name, "dev", Path(scratch)))
            except PackageError as error:
                print(str(error)[-300:], file=sys.stderr)
                return None
    built = ROOT / "build" / name / BUNDLE
    return _megabytes(built) if built.is_file() else None


def _megabytes(path: Path) -> float:
    return round(path.stat().st_size / MEGABYTE, 3)
