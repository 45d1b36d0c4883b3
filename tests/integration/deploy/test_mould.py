"""A domain from the mould works at once, in a copy of the house."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from scripts.base.process import ROOT

pytestmark = [
    pytest.mark.integration,
    pytest.mark.timeout(600),
    pytest.mark.skipif(os.environ.get("SCALE") != "full", reason="minutes: SCALE=full"),
]

LEFT_OUT = shutil.ignore_patterns(
    *(".git", ".venv*", ".local", "node_modules", "dist", "build", "results", "images", ".chalice"),
    *(".*_cache", ".hypothesis", "__pycache__", "web"),
)
NAME = "ideas"


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> Path:
    copy = tmp_path_factory.mktemp("copy") / "house"
    shutil.copytree(ROOT, copy, symlinks=True, ignore=LEFT_OUT)
    for name in (".venv", ".venv-stack"):
        (copy / name).symlink_to(ROOT / name)
    run(copy, "-m", "scripts.mould.make", NAME)
    return copy


def run(house: Path, *arguments: str) -> str:
    """Run Python in the copy, as a command of its own."""
    environment = {
        name: value
        for name, value in os.environ.items()
        if not name.startswith(("PYTEST", "ROOKERY", "AWS_"))
    }
    done = subprocess.run(
        [sys.executable, *arguments],
        cwd=house,
        env={**environment, "PYTHONDONTWRITEBYTECODE": "1"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout[-4000:] + done.stderr[-4000:]
    return done.stdout


def test_its_own_tests_pass(house: Path) -> None:
    run(house, "-m", "pytest", "-q", f"tests/unit/{NAME}", f"tests/integration/{NAME}")


def test_it_is_wired_documented_and_styled(house: Path) -> None:
    wiring = ("models", "docs", "whole", "english")
    files = [f"tests/unit/wiring/test_{name}.py" for name in wiring]
    run(house, "-m", "pytest", "-q", *files)
    run(house, "-m", "pytest", "-q", "tests/unit/wiring", "-k", NAME)
    run(house, "-m", "ruff", "check", f"apps/{NAME}", f"tests/unit/{NAME}")


def test_it_has_rights_routes_and_resources_in_any_stage(house: Path) -> None:
    run(house, "-m", "scripts.wiring.write", "--stage", "staging", NAME)
    place = house / "apps" / NAME / ".chalice"
    assert (place / "policy-api-staging.json").is_file()
    document = house / "openapi.json"
    run(house, "-m", "scripts.checks.openapi", "--out", str(document))
    assert f'"/1/{NAME}"' in document.read_text()
    code = (
        "from scripts.deploy.provision import templates;"
        f"assert 'ErasuresQueue' in templates()['{NAME}'].read_text();"
        "from scripts.gateway.routes import RouteTable;"
        f"assert RouteTable.load().domain('/1/{NAME}') == '{NAME}'"
    )
    run(house, "-c", code)
