"""Bundles for the tests of packages and templates."""

from pathlib import Path

import pytest

from tests.bundles import bundles


@pytest.fixture(scope="session")
def released(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """As `make deploy STAGE=prod` builds them."""
    return bundles(tmp_path_factory, "prod")
