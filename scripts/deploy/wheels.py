"""Fetch the packages of a bundle: wheels that the runtime takes.

The packages of one app are kept under ``build/.wheels`` by what decides them
(pinned requirements, architecture, what is left out), so a change of code alone
fetches nothing. Each wheel is slimmed once for all apps; most
hold Python alone and serve both architectures.
"""

from __future__ import annotations

import fcntl
import hashlib
import json
import platform
import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from chalice.deploy.packager import (
    DependencyBuilder,
    MissingDependencyError,
    NoSuchPackageError,
    Package,
    PackageDownloadError,
    PipRunner,
    SubprocessPip,
)
from chalice.utils import OSUtils

from scripts.base.process import ROOT
from scripts.deploy.bundle import RULES, merge, slim
from scripts.wiring.locked import LockError, refuse_strangers

CACHE = ROOT / "build" / ".wheels"


class WheelError(RuntimeError):
    """A package has no wheel for the runtime, or none of the lock."""


def host_architecture() -> str:
    """Lambda's name for this machine's processor."""
    return "arm64" if platform.machine().lower() in {"arm64", "aarch64"} else "x86_64"


class _Pips(PipRunner):
    """Chalice's calls of pip, fewer of them."""

    def download_manylinux_wheels(
        self, abi: str, packages: list[str], directory: str, platforms: list[str] | None = None
    ) -> None:
        """Fetch all wheels by one call; one by one only when a package has none."""
        told = [part for one in platforms or () for part in ("--platform", one)]
        common = ("--only-binary=:all:", "--no-deps", "--implementation", "cp", "--abi", abi)
        asked = [*common, *told, "--dest", directory, *packages]
        if packages and self._execute("download", asked)[0] != 0:
            super().download_manylinux_wheels(abi, packages, directory, platforms)


class _Wheels(DependencyBuilder):
    """Chalice's choice of wheels, held to our lock and left as they are."""

    def _install_wheels(self, src_dir: str, dst_dir: str, wheels: set[Package]) -> None:
        refuse_strangers(Path(src_dir, wheel.filename) for wheel in wheels)
        for wheel in wheels:
            Path(src_dir, wheel.filename).rename(Path(dst_dir, wheel.filename))


def _download(requirements: Path, architecture: str, target: Path) -> None:
    abi = f"cp{sys.version_info.major}{sys.version_info.minor}"
    target.mkdir()
    builder = _Wheels(OSUtils(), _Pips(SubprocessPip(OSUtils())), architecture)
    try:
        builder.build_site_packages(abi, str(requirements), str(target))
    except (MissingDependencyError, PackageDownloadError, NoSuchPackageError) as error:
        missing = ", ".join(sorted(str(one) for one in getattr(error, "missing", [])))
        raise WheelError(
            f"Could not install dependencies for {architecture}: {missing or error}"
        ) from error
    except LockError as error:
        raise WheelError(str(error)) from error


def slimmed(wheel: Path, cache: Path = CACHE, make: Callable[[Path, Path], int] = slim) -> Path:
    """Return the slim archive of a wheel, made once per cache."""
    decides = [hashlib.sha256(wheel.read_bytes()).hexdigest(), sys.version, RULES]
    key = hashlib.sha256(json.dumps(decides).encode()).hexdigest()
    made = cache / f"{wheel.stem}-{key[:16]}.zip"
    with _alone(made.with_suffix(".lock")):
        if not made.is_file():
            make(wheel, made)
    return made


def wheels(requirements: Path, architecture: str) -> Path:
    """A slim archive of an app's packages, made when there is none yet.

    Raises:
        WheelError: a package has no wheel that the runtime takes, or none of the lock.
    """
    decides = {
        "requirements": requirements.read_text(),
        "architecture": architecture,
        "python": sys.version,
        "rules": RULES,
    }
    key = hashlib.sha256(json.dumps(decides, sort_keys=True).encode()).hexdigest()
    made = CACHE / f"{requirements.parent.name}-{architecture}-{key[:16]}.zip"
    if made.is_file():
        return made
    CACHE.mkdir(parents=True, exist_ok=True)
    with _alone(made.with_suffix(".lock")):
        if not made.is_file():
            _make(made, requirements, architecture)
    return made


@contextmanager
def _alone(lock: Path) -> Iterator[None]:
    """Let one process in at a time; the second finds the work done."""
    with lock.open("w") as held:
        fcntl.flock(held, fcntl.LOCK_EX)
        yield


def _make(made: Path, requirements: Path, architecture: str) -> None:
    with tempfile.TemporaryDirectory(prefix="wheels-", dir=CACHE) as scratch:
        place = Path(scratch)
        _download(requirements, architecture, place / "packages")
        parts = [slimmed(one) for one in sorted((place / "packages").iterdir())]
        merge(parts, made, requirements.parent.name)
