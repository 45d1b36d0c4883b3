"""Brings the packages of a Lambda bundle: wheels that the runtime takes, and no others.

The packages of one app are kept under ``build/.wheels`` by what decides them
(requirements, locked versions, architecture, what is left out), so a change
of code alone fetches nothing.
"""

from __future__ import annotations

import fcntl
import hashlib
import json
import os
import platform
import re
import sys
import tempfile
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from chalice.deploy.packager import (
    DependencyBuilder,
    MissingDependencyError,
    NoSuchPackageError,
    PackageDownloadError,
    PipRunner,
    SubprocessPip,
)
from chalice.utils import OSUtils

from scripts.bundle import RULES, slim
from scripts.process import ROOT

CACHE = ROOT / "build" / ".wheels"


class WheelError(RuntimeError):
    """A package has no wheel for the runtime; the message names it."""


def host_architecture() -> str:
    """Lambda's name for this machine's processor."""
    return "arm64" if platform.machine().lower() in {"arm64", "aarch64"} else "x86_64"


def pins(lock: Path) -> str:
    """The versions of a hashed lock as pip constraints: bundles hold what was tested."""
    found = re.findall(r"^([A-Za-z0-9._-]+==[^ \\;]+)", lock.read_text(), re.MULTILINE)
    return "".join(f"{pin}\n" for pin in found)


class _Pip(SubprocessPip):
    """Chalice's pip, held to the versions of our lock."""

    def __init__(self, constraints: Path) -> None:
        super().__init__(OSUtils())
        self._constraints = constraints

    def main(self, args: Any, env_vars: Any = None, shim: Any = None) -> Any:
        environment = {**(env_vars or os.environ), "PIP_CONSTRAINT": str(self._constraints)}
        return super().main(args, environment, shim)


def _install(requirements: Path, constraints: Path, architecture: str, target: Path) -> None:
    abi = f"cp{sys.version_info.major}{sys.version_info.minor}"
    target.mkdir()
    builder = DependencyBuilder(OSUtils(), PipRunner(_Pip(constraints)), architecture)
    try:
        builder.build_site_packages(abi, str(requirements), str(target))
    except (MissingDependencyError, PackageDownloadError, NoSuchPackageError) as error:
        missing = ", ".join(sorted(str(one) for one in getattr(error, "missing", [])))
        raise WheelError(
            f"Could not install dependencies for {architecture}: {missing or error}"
        ) from error


def _pack(folder: Path, target: Path) -> None:
    with zipfile.ZipFile(target, "w", zipfile.ZIP_STORED) as archive:
        for path in sorted(folder.rglob("*")):
            if path.is_file():
                archive.write(path, path.relative_to(folder))


def wheels(requirements: Path, lock: Path, architecture: str) -> Path:
    """A slim archive of an app's packages, made when there is none yet.

    Raises:
        WheelError: a package has no wheel that the runtime takes.
    """
    locked = pins(lock)
    decides = {
        "requirements": requirements.read_text(),
        "pins": locked,
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
            _make(made, requirements, locked, architecture)
    return made


@contextmanager
def _alone(lock: Path) -> Iterator[None]:
    """Let one process at a time in: whoever comes second finds the work done."""
    with lock.open("w") as held:
        fcntl.flock(held, fcntl.LOCK_EX)
        yield


def _make(made: Path, requirements: Path, locked: str, architecture: str) -> None:
    with tempfile.TemporaryDirectory(prefix="rookery-wheels-") as scratch:
        place = Path(scratch)
        constraints = place / "constraints.txt"
        constraints.write_text(locked)
        _install(requirements, constraints, architecture, place / "packages")
        _pack(place / "packages", place / "whole.zip")
        draft = made.with_suffix(f".{os.getpid()}")
        slim(place / "whole.zip", draft, requirements.parent.name)
        draft.replace(made)
