"""Hold the packages of the apps to the lock: `make requirements`.

    python -m scripts.wiring.locked [DOMAIN …]

``apps/<domain>/requirements.in`` names what an app imports. From it and
``requirements/dev.lock`` follows ``requirements.txt``, which Chalice installs: every
package that the app needs, directly or not, in the version that the tests ran with.
"""

from __future__ import annotations

import argparse
import hashlib
import re
import sys
from collections.abc import Iterable, Iterator
from functools import cache
from importlib.metadata import requires
from pathlib import Path

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name, parse_sdist_filename, parse_wheel_filename

from scripts.base.domain import APPS, domains
from scripts.base.process import ROOT
from scripts.wiring.runtime import RUNTIME

LOCK = ROOT / "requirements" / "dev.lock"
NAMES, PINS = "requirements.in", "requirements.txt"
_HEAD = f"# Written from {NAMES} and requirements/dev.lock by `make requirements`.\n"
# Where the packages run, whatever machine this is: requirements are the same everywhere.
_LAMBDA = {
    "implementation_name": "cpython",
    "os_name": "posix",
    "platform_machine": "aarch64",
    "platform_python_implementation": "CPython",
    "platform_system": "Linux",
    "python_full_version": f"{RUNTIME.removeprefix('python')}.9",
    "python_version": RUNTIME.removeprefix("python"),
    "sys_platform": "linux",
}


class LockError(RuntimeError):
    """A package does not agree with the lock; the message names it."""


@cache
def _pins() -> dict[str, str]:
    """Return the lines of the lock that pin the versions of Lambda, by name."""
    found: dict[str, str] = {}
    for line in re.findall(r"^([A-Za-z0-9._-]+==[^\\\n]+?) *\\?$", LOCK.read_text(), re.MULTILINE):
        pin = Requirement(line)
        if _meant(pin):
            found[canonicalize_name(pin.name)] = f"{pin.name}{pin.specifier}"
    return found


def _meant(pin: Requirement, extras: Iterable[str] = ()) -> bool:
    """Return whether Lambda needs a package, by its marker."""
    if pin.marker is None:
        return True
    return any(pin.marker.evaluate({**_LAMBDA, "extra": one}) for one in ("", *extras))


@cache
def _hashes() -> frozenset[str]:
    return frozenset(re.findall(r"--hash=sha256:([0-9a-f]{64})", LOCK.read_text()))


def _names(path: Path) -> Iterator[Requirement]:
    for line in path.read_text().splitlines():
        if text := line.partition("#")[0].strip():
            yield Requirement(text)


def pinned(path: Path) -> list[str]:
    """Return what a list of names needs, as lines that pin versions.

    Raises:
        LockError: the lock lacks one of them.
    """
    found: dict[str, str] = {}
    waiting = list(_names(path))
    while waiting:
        wanted = waiting.pop()
        name = canonicalize_name(wanted.name)
        if name in found:
            continue
        if name not in _pins():
            raise LockError(f"{path}: {name} is not in {LOCK.name}; run `make lock`")
        found[name] = _pins()[name]
        needs = map(Requirement, requires(name) or ())
        waiting += [need for need in needs if _meant(need, wanted.extras)]
    return [found[name] for name in sorted(found)]


def text(domain: str) -> str:
    """Return the pinned requirements of an app."""
    return _HEAD + "".join(f"{line}\n" for line in pinned(APPS / domain / NAMES))


def _known(path: Path) -> bool:
    return hashlib.sha256(path.read_bytes()).hexdigest() in _hashes()


def _built(wheel: Path) -> bool:
    """Return true for a pure wheel beside a known archive of its source."""
    if not wheel.name.endswith("-none-any.whl"):
        return False
    name, version, *_ = parse_wheel_filename(wheel.name)
    return any(
        parse_sdist_filename(archive.name) == (name, version) and _known(archive)
        for archive in wheel.parent.glob("*.tar.gz")
    )


def refuse_strangers(wheels: Iterable[Path]) -> None:
    """Accept only wheels that the lock knows by their hash.

    A package without wheels of its own (http-ece) was built here: its source archive, which
    lies beside the wheel, must be known, and the wheel be pure Python.

    Raises:
        LockError: with the names of the others.
    """
    strangers = [wheel.name for wheel in wheels if not _known(wheel) and not _built(wheel)]
    if strangers:
        raise LockError(f"not in {LOCK.name}: {', '.join(sorted(strangers))}")


def main() -> int:
    """Command line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("domains", nargs="*", metavar="DOMAIN")
    try:
        for domain in parser.parse_args().domains or domains():
            (APPS / domain / PINS).write_text(text(domain))
    except LockError as error:
        print(error, file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
