"""Chalice's command line for this repository.

`make install` makes it ``.venv/bin/chalice``. It is Chalice's own with these differences
(docs/decisions/0038-one-declaration-per-domain.md): before a command it writes the wiring of the
stage from the declaration; ``chalice package`` merges ``merge.yaml`` unless told otherwise; a
package without a wheel for the runtime ends the command; wheels are those of the lock.

This module imports nothing of `shared`, which the app brings in its own version.
"""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import Any

from chalice import cli
from chalice.cli.factory import CLIFactory
from chalice.config import Config
from chalice.deploy.packager import (
    BaseLambdaDeploymentPackager,
    DependencyBuilder,
    MissingDependencyError,
    Package,
)
from chalice.package import AppPackager, PackageOptions

from scripts.base.domain import APPS
from scripts.base.process import ROOT
from scripts.wiring.locked import LockError, refuse_strangers
from scripts.wiring.names import DECLARATION, MERGE
from scripts.wiring.runtime import RuntimeMismatch, refuse_another_python

_install = DependencyBuilder._install_wheels


class _Factory(CLIFactory):
    """Chalice's factory, which makes what a command works with."""

    def create_config_obj(self, chalice_stage_name: str = "dev", *given: Any, **named: Any) -> Any:
        """Write the wiring of an app for the stage, then read it."""
        project = Path(self.project_dir).resolve()
        # A copy of an app that is packaged elsewhere has its wiring already.
        if project.parent == APPS and (project / DECLARATION).is_file():
            _write(project.name, chalice_stage_name)
        return super().create_config_obj(chalice_stage_name, *given, **named)

    def create_app_packager(
        self,
        config: Config,
        options: PackageOptions,
        package_format: str,
        template_format: str,
        merge_template: str | None = None,
    ) -> AppPackager:
        """Merge what Chalice cannot say, unless another template is to be merged."""
        merge = Path(self.project_dir) / MERGE
        if merge_template is None and package_format == "cloudformation" and merge.is_file():
            merge_template = str(merge)
        return super().create_app_packager(
            config, options, package_format, template_format, merge_template
        )


def _write(domain: str, stage: str) -> None:
    # In a process of its own, as Chalice imports the app itself with the stage's environment.
    command = [sys.executable, "-m", "scripts.wiring.write", "--stage", stage, domain]
    if subprocess.run(command, cwd=ROOT, check=False).returncode != 0:
        sys.exit(f"FAILED: the wiring of {domain} for stage {stage} was not written")


def _build_all(
    packager: BaseLambdaDeploymentPackager, runtime: str, requirements: str, site_packages_dir: str
) -> None:
    """Install all packages of an app or none.

    Chalice by itself goes on without those that it misses.
    """
    try:
        refuse_another_python()
        packager._dependency_builder.build_site_packages(
            packager._RUNTIME_TO_ABI[runtime], requirements, site_packages_dir
        )
    except MissingDependencyError as error:
        names = ", ".join(sorted(one.identifier for one in error.missing))
        sys.exit(f"FAILED: no wheel for {runtime} on this architecture: {names}")
    except (LockError, RuntimeMismatch) as error:
        sys.exit(f"FAILED: {error}")


def _install_locked(
    builder: DependencyBuilder, src_dir: str, dst_dir: str, wheels: set[Package]
) -> None:
    refuse_strangers(Path(src_dir, one.filename) for one in wheels)
    _install(builder, src_dir, dst_dir, wheels)


def main() -> int:
    """Run a command of Chalice."""
    cli.CLIFactory = _Factory  # type: ignore[misc]
    packager: Any = BaseLambdaDeploymentPackager
    packager._build_python_dependencies = _build_all
    builder: Any = DependencyBuilder
    builder._install_wheels = _install_locked
    return cli.main()
