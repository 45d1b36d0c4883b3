"""Build a slim bundle and its template for each domain.

    python -m scripts.deploy.package [--stage dev] [--out build] [--architecture host] [DOMAIN …]

Chalice makes the template and collects the code; `scripts.deploy.wheels` brings the
packages, `scripts.deploy.bundle` makes the whole small and reproducible.
"""

from __future__ import annotations

import argparse
import os
import re
import shutil
import subprocess
import sys
import tempfile
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

from scripts.base.cfn_yaml import dump_template, load_template
from scripts.base.domain import APPS, domains
from scripts.base.process import ROOT
from scripts.deploy.bundle import assemble
from scripts.deploy.extras import with_api
from scripts.deploy.limits import with_limits
from scripts.deploy.templates import with_partition
from scripts.deploy.wheels import WheelError, host_architecture, wheels
from scripts.wiring.declaration import DeclarationError, load
from scripts.wiring.locked import PINS
from scripts.wiring.names import CHALICE, MERGE
from scripts.wiring.render import ARCHITECTURE, log_days
from scripts.wiring.runtime import RuntimeMismatch, refuse_another_python
from scripts.wiring.standard import STAGE
from scripts.wiring.write import write

TEMPLATE, BUNDLE = "sam.yaml", "deployment.zip"
CHALICE_COMMAND = ROOT / "scripts" / "wiring" / "chalice"
# Two cores are what a small machine has; more would only wait for one another.
AT_ONCE = 2
_NOT_CODE = shutil.ignore_patterns("__pycache__", "*.pyc", CHALICE, MERGE)
# As in CloudFormation's parameter of that name.
_STAGE = re.compile(STAGE["AllowedPattern"])


class PackageError(RuntimeError):
    """A bundle could not be built; the message holds Chalice's own words."""


def functions(template: Path) -> list[dict[str, Any]]:
    """The properties of a packaged app's functions."""
    found = [
        resource.get("Properties") or {}
        for resource in (load_template(template).get("Resources") or {}).values()
        if resource.get("Type") == "AWS::Serverless::Function"
    ]
    if not found:
        raise PackageError(f"{template} has no function")
    return found


def copy_of_app(domain: str, stage: str, architecture: str | None, place: Path) -> Path:
    """Copy an app, wired for one stage, without links and requirements.

    A copy, because Chalice zips whatever lies about and because the
    architecture has no option of its own.

    Raises:
        DeclarationError: the app's declaration cannot be followed.
    """
    project = place / domain
    shutil.copytree(APPS / domain, project, ignore=_NOT_CODE)
    # The packages come from `wheels`, which Chalice cannot cache across changes of code.
    (project / PINS).write_text("")
    write(load(domain), project, [stage], architecture or ARCHITECTURE)
    return project


def _chalice(project: Path, stage: str, out: Path) -> None:
    environment = {**os.environ, "PYTHONDONTWRITEBYTECODE": "1", "STAGE": stage}
    environment.setdefault("AWS_DEFAULT_REGION", "us-east-1")
    done = subprocess.run(
        [sys.executable, str(CHALICE_COMMAND), "package", "--stage", stage, str(out)],
        cwd=project,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode != 0:
        said = (done.stdout + done.stderr).strip()
        raise PackageError(f"{project.name}: chalice package failed\n{said}")


def package(domain: str, stage: str, out: Path, *, architecture: str | None = None) -> Path:
    """Build one domain into a directory; returns the bundle's path.

    ``architecture`` (``arm64``, ``x86_64``) is what the app's configuration
    says when it is None; ``host`` is this machine's.

    Raises:
        PackageError: Chalice failed, the stage's name is none, this is another Python than the
            runtime's or a package has no fitting wheel.
    """
    out = out.resolve()
    out.mkdir(parents=True, exist_ok=True)
    if not _STAGE.fullmatch(stage):
        raise PackageError(f"{stage!r} is no name of a stage; those agree with {_STAGE.pattern}")
    try:
        refuse_another_python()
    except RuntimeMismatch as error:
        raise PackageError(str(error)) from error
    if architecture == "host":
        architecture = host_architecture()
    with tempfile.TemporaryDirectory(prefix="rookery-package-") as scratch:
        try:
            project = copy_of_app(domain, stage, architecture, Path(scratch))
        except DeclarationError as error:
            raise PackageError(str(error)) from error
        _chalice(project, stage, out)
    extended = with_api(load_template(out / TEMPLATE), stage, log_days(stage))
    extended = with_partition(with_limits(extended, stage))
    (out / TEMPLATE).write_text(dump_template(extended))
    function = functions(out / TEMPLATE)[0]
    try:
        packages = wheels(
            APPS / domain / PINS,
            str((function.get("Architectures") or ["x86_64"])[0]),
        )
    except WheelError as error:
        raise PackageError(f"{domain}: {error}") from error
    bundle = out / BUNDLE
    assemble(bundle, packages, bundle)
    return bundle


def package_all(
    names: list[str], stage: str, out: Path, *, architecture: str | None = None
) -> dict[str, Path]:
    """Build several domains, two at a time; their bundles by domain."""
    with ThreadPoolExecutor(AT_ONCE) as pool:
        running = {
            name: pool.submit(package, name, stage, out / name, architecture=architecture)
            for name in names
        }
        return {name: one.result() for name, one in running.items()}


def main() -> int:
    """Command line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("domains", nargs="*", metavar="DOMAIN")
    parser.add_argument("--stage", default="dev")
    parser.add_argument("--out", type=Path, default=ROOT / "build")
    parser.add_argument("--architecture", choices=("arm64", "x86_64", "host"))
    options = parser.parse_args()
    try:
        built = package_all(
            options.domains or domains(),
            options.stage,
            options.out,
            architecture=options.architecture,
        )
    except PackageError as error:
        print(error, file=sys.stderr)
        return 1
    for domain, bundle in built.items():
        print(f"{domain}: {bundle.stat().st_size / 1e6:.1f} MB in {bundle.parent}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
