"""Bundles of all domains, built once for all processes of a test run."""

import fcntl
import os
from pathlib import Path

import pytest

from scripts.base.domain import domains
from scripts.deploy.package import BUNDLE, package_all

# Built for this machine, so that the embedded AWS can run them; else as they are released.
HOST = "host"


def bundles(
    factory: pytest.TempPathFactory, stage: str, architecture: str | None = None
) -> dict[str, Path]:
    """Return the domains' bundles by name; whoever comes first builds them."""
    base = factory.getbasetemp()
    # The processes of one run have neighbouring places.
    place = base.parent if "PYTEST_XDIST_WORKER" in os.environ else base
    out = place / f"bundles-{stage}-{architecture}"
    out.mkdir(exist_ok=True)
    with (out / "lock").open("w") as held:
        fcntl.flock(held, fcntl.LOCK_EX)
        if not (out / "built").exists():
            package_all(domains(), stage, out, architecture=architecture)
            (out / "built").touch()
    return {name: out / name / BUNDLE for name in domains()}
