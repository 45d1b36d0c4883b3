"""Bundles as they are released, built once for all files."""

from pathlib import Path

import pytest

from scripts.base.domain import domains
from scripts.deploy.package import package_all


@pytest.fixture(scope="session")
def released(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """As `make deploy STAGE=prod` builds them."""
    return package_all(domains(), "prod", tmp_path_factory.mktemp("released"))
