"""Apps install versions and files of the lock, and nothing else."""

import hashlib
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from packaging.requirements import Requirement

from scripts.base.domain import APPS, domains
from scripts.base.process import ROOT
from scripts.wiring import locked
from scripts.wiring.locked import LOCK, NAMES, PINS, LockError, pinned, refuse_strangers, text

DOMAINS = domains()


@pytest.mark.parametrize("domain", DOMAINS)
def test_requirements_follow_the_lock(domain: str) -> None:
    said = (APPS / domain / PINS).read_text()
    assert said == text(domain), "run: make requirements"
    lines = [Requirement(one) for one in said.splitlines() if not one.startswith("#")]
    assert all(len(one.specifier) == 1 and "==" in str(one.specifier) for one in lines)
    # Extras of a package have no lines of their own.
    direct = [Requirement(one).name for one in (APPS / domain / NAMES).read_text().lower().split()]
    assert set(direct) <= {one.name.lower() for one in lines}
    assert len(lines) > len(direct)


def test_the_lock_holds_for_what_the_apps_name() -> None:
    said = (ROOT / "requirements" / "dev.in").read_text()
    for domain in DOMAINS:
        assert f"-r ../apps/{domain}/{NAMES}" in said


def test_a_package_that_is_not_locked_is_told(tmp_path: Path) -> None:
    path = tmp_path / NAMES
    path.write_text("chalice\nno-such-package  # a slip\n")
    with pytest.raises(LockError, match=r"no-such-package is not in dev\.lock"):
        pinned(path)


def test_wheels_are_those_of_the_lock(tmp_path: Path) -> None:
    stranger = tmp_path / "pillow-12.2.0-py3-none-any.whl"
    stranger.write_bytes(b"something else")
    assert hashlib.sha256(b"something else").hexdigest() not in LOCK.read_text()
    with pytest.raises(LockError, match=r"pillow-12\.2\.0-py3-none-any\.whl"):
        refuse_strangers([stranger])
    refuse_strangers([])


def test_a_wheel_may_be_built_of_a_known_source_archive(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    built, archive = tmp_path / "my_bird-1.2-py3-none-any.whl", tmp_path / "my-bird-1.2.tar.gz"
    built.write_bytes(b"built here")
    archive.write_bytes(b"source")
    with pytest.raises(LockError):
        refuse_strangers([built])
    known = frozenset({hashlib.sha256(b"source").hexdigest()})
    monkeypatch.setattr(locked, "_hashes", lambda: known)
    refuse_strangers([built])
    for other in ("my_bird-1.3-py3-none-any.whl", "my_bird-1.2-cp311-cp311-linux_x86_64.whl"):
        with pytest.raises(LockError):
            refuse_strangers([built.rename(tmp_path / other)])
        (tmp_path / other).rename(built)


@pytest.mark.parametrize("inside", [True, False])
def test_the_command_finds_the_checks_or_is_chalice_itself(inside: bool, tmp_path: Path) -> None:
    """Outside a repository it does no harm."""
    command = tmp_path / "bin" / "chalice"
    command.parent.mkdir()
    shutil.copy(ROOT / "scripts" / "wiring" / "chalice", command)
    done = subprocess.run(
        [sys.executable, "-X", "importtime", str(command), "--version"],
        cwd=APPS / "users" if inside else tmp_path,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0 and done.stdout.startswith("chalice"), done.stderr
    assert ("scripts.wiring.command" in done.stderr) is inside
