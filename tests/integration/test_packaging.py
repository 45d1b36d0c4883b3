"""`make package`: what is in the bundles, that they start in a bare Python, and `chalice local`."""

import hashlib
import json
import os
import re
import subprocess
import sys
import urllib.error
import urllib.request
import zipfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from scripts.domain import APPS, domains
from scripts.package import TEMPLATE, functions, package, package_all
from scripts.process import free_ports, stop, wait_until
from scripts.provision import provision_all
from scripts.stack import Stack, embedded_aws

pytestmark = [pytest.mark.deploy, pytest.mark.xdist_group("packaging"), pytest.mark.timeout(400)]

DOMAINS = domains()
MEGABYTE = 1_000_000
# Zipped. The crawler parses pages with lxml.
BUDGETS = {"crawler": 20}
BUDGET, OWN_BUDGET = 12, 1
IMPORT = """
import importlib, os, pkgutil, sys
sys.dont_write_bytecode = True
sys.path.insert(0, os.getcwd())
import app
from shared import aws
aws.client("dynamodb")
aws.client("sqs")
base = importlib.import_module("chalicelib")
for found in pkgutil.walk_packages(base.__path__, "chalicelib."):
    importlib.import_module(found.name)
outside = [m.__file__ for m in list(sys.modules.values())
           if "site-packages" in str(getattr(m, "__file__", ""))]
assert not outside, outside
"""


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    return package_all(DOMAINS, "dev", tmp_path_factory.mktemp("built"), architecture="host")


@pytest.fixture(scope="module")
def stack(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    with embedded_aws(tmp_path_factory.mktemp("state")) as running:
        with pytest.MonkeyPatch.context() as patch:
            for name, value in running.environment().items():
                patch.setenv(name, value)
            provision_all(running.endpoint_url)
        yield running


def test_packaged_templates_pass_the_linter(built: dict[str, Path]) -> None:
    paths = [str(bundle.with_name(TEMPLATE)) for bundle in built.values()]
    done = subprocess.run(
        [str(Path(sys.executable).with_name("cfn-lint")), *paths],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout


@pytest.mark.parametrize("domain", DOMAINS)
def test_a_bundle_starts_in_a_python_without_packages(
    domain: str, built: dict[str, Path], tmp_path: Path
) -> None:
    with zipfile.ZipFile(built[domain]) as archive:
        archive.extractall(tmp_path)
    base = str(sys._base_executable)  # type: ignore[attr-defined]
    environment = {
        "STAGE": "dev",
        "ACCOUNT_ID": "0" * 12,
        "AWS_REGION": "eu-central-1",
        "AWS_ACCESS_KEY_ID": "x",
        "AWS_SECRET_ACCESS_KEY": "x",
        "AWS_EC2_METADATA_DISABLED": "true",
    }
    done = subprocess.run(
        [base, "-I", "-S", "-c", IMPORT],
        cwd=tmp_path,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr


PICTURES = """
import io, os, sys
sys.path.insert(0, os.getcwd())
from PIL import Image
from shared import images
for kind in ("JPEG", "PNG", "GIF", "WEBP"):
    out = io.BytesIO()
    Image.new("RGB", (40, 20), "red").save(out, kind)
    made = images.render(out.getvalue(), [images.Variant("thumb", 10, 10, crop=True)])
    assert images.inspect(made["thumb"].content).width == 10
rotated = Image.Exif()
rotated[0x0112] = 6
out = io.BytesIO()
Image.new("L", (40, 20)).save(out, "JPEG", exif=rotated, icc_profile=bytes(36) + b"acsp")
assert images.inspect(out.getvalue()).height == 40
assert not any("site-packages" in str(getattr(m, "__file__", "")) for m in sys.modules.values())
"""


@pytest.mark.parametrize("domain", ["users", "tweets"])
def test_a_bundle_without_half_of_pillow_still_opens_pictures(
    domain: str, built: dict[str, Path], tmp_path: Path
) -> None:
    with zipfile.ZipFile(built[domain]) as archive:
        assert not [name for name in archive.namelist() if "avif" in name or "freetype" in name]
        archive.extractall(tmp_path)
    base = str(sys._base_executable)  # type: ignore[attr-defined]
    done = subprocess.run(
        [base, "-I", "-S", "-c", PICTURES],
        cwd=tmp_path,
        env={},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr


@pytest.mark.parametrize("domain", DOMAINS)
def test_bundles_stay_small(domain: str, built: dict[str, Path]) -> None:
    size = built[domain].stat().st_size / MEGABYTE
    assert size <= BUDGETS.get(domain, BUDGET), f"{domain}: {size:.1f} MB"
    with zipfile.ZipFile(built[domain]) as archive:
        own = sum(
            one.compress_size
            for one in archive.infolist()
            if re.match(r"(app\.py|chalicelib/|shared/|__pycache__/app\.)", one.filename)
        )
    assert own / MEGABYTE <= OWN_BUDGET


def test_what_nobody_needs_is_left_out(built: dict[str, Path]) -> None:
    for bundle in built.values():
        with zipfile.ZipFile(bundle) as archive:
            names = archive.namelist()
        assert len(names) == len(set(names))
        assert not [name for name in names if "/tests/" in name or name.startswith(".chalice")]
        models = {
            name.split("/")[2]
            for name in names
            if name.startswith("botocore/data/") and name.count("/") > 2
        }
        assert models <= {"dynamodb", "kms", "s3", "sesv2", "sns", "sqs", "sts"}


def test_the_same_source_makes_the_same_bundle(built: dict[str, Path], tmp_path: Path) -> None:
    again = package("users", "dev", tmp_path, architecture="host")
    assert _digest(again) == _digest(built["users"])
    template = built["users"].with_name(TEMPLATE).read_text()
    assert again.with_name(TEMPLATE).read_text() == template


def _digest(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()


@pytest.mark.parametrize("domain", DOMAINS)
def test_what_is_deployed_fits_its_architecture(domain: str, tmp_path: Path) -> None:
    """By the tags of the wheels: this machine cannot run them all."""
    bundle = package(domain, "dev", tmp_path)
    assert {tuple(one["Architectures"]) for one in functions(tmp_path / TEMPLATE)} == {("arm64",)}
    with zipfile.ZipFile(bundle) as archive:
        wheels = [name for name in archive.namelist() if name.endswith(".dist-info/WHEEL")]
        text = {name: archive.read(name).decode() for name in wheels}
    assert len(text) > 10
    for name, content in text.items():
        tags = re.findall(r"^Tag: \S+-(\S+)$", content, re.MULTILINE)
        assert any(_runs_on_lambda(tag, "aarch64") for tag in tags), f"{name}: {tags}"


def _runs_on_lambda(tag: str, machine: str) -> bool:
    if tag in {"any", f"manylinux2014_{machine}", f"manylinux1_{machine}"}:
        return True
    found = re.fullmatch(rf"manylinux_2_(\d+)_{machine}", tag)
    # The glibc of Lambda's python3.11.
    return found is not None and int(found[1]) <= 26


@pytest.mark.parametrize("domain", DOMAINS)
def test_chalice_local_serves_an_app(domain: str, stack: Stack) -> None:
    port = free_ports(1)[0]
    path = {"users": "/.well-known/jwks.json"}.get(domain, "/2/nothing-here")
    process = subprocess.Popen(
        [
            str(Path(sys.executable).with_name("chalice")),
            "local",
            "--no-autoreload",
            "--port",
            str(port),
        ],
        cwd=APPS / domain,
        env={**os.environ, **stack.environment(), "PYTHONDONTWRITEBYTECODE": "1"},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    status: list[int] = []

    def answers() -> bool:
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{port}{path}", timeout=20) as answer:
                status.append(answer.status)
                if domain == "users":
                    assert json.load(answer)["keys"]
        except urllib.error.HTTPError as error:
            status.append(error.code)
        except OSError:
            return False
        return True

    try:
        assert wait_until(answers, 60, process=process)
    finally:
        stop([process], 10)
    assert status == ([200] if domain == "users" else [403])
