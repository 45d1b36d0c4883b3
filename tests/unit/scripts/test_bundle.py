"""Content of a Lambda bundle, which is the same every time."""

import gzip
import importlib
import json
import marshal
import subprocess
import sys
import threading
import zipfile
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import botocore
import botocore.session
import pytest
from botocore.exceptions import EndpointConnectionError
from botocore.loaders import Loader
from cryptography.hazmat.bindings import _rust

from scripts.deploy import wheels
from scripts.deploy.bundle import (
    SERVICES,
    SERVICES_OF,
    assemble,
    compiled,
    slim,
    undocumented,
    wanted,
    without_prose,
)
from scripts.deploy.elf import without_debugging


@pytest.mark.parametrize(
    ("name", "kept"),
    [
        ("app.py", True),
        ("chalicelib/users/core/models.py", True),
        ("chalice/app.py", True),
        ("chalice/cli/__init__.py", False),
        ("pip/__init__.py", False),
        ("setuptools-65.5.0.dist-info/METADATA", False),
        ("jsonschema-4.26.0.dist-info/METADATA", True),
        ("botocore/data/endpoints.json", True),
        ("botocore/data/dynamodb/2012-08-10/service-2.json.gz", True),
        ("botocore/data/ec2/2016-11-15/service-2.json.gz", False),
        ("shared/__pycache__/config.cpython-311.pyc", False),
        ("dateutil/tests/test_x.py", False),
        ("PIL/WebPImagePlugin.py", True),
        ("PIL/AvifImagePlugin.py", False),
        ("pillow.libs/libwebp-bb475007.so.7.2.0", True),
        ("pillow.libs/libfreetype-987c360c.so.6.20.6", False),
    ],
)
def test_what_a_function_needs(name: str, kept: bool) -> None:
    assert wanted(name) is kept


def test_models_lose_their_prose_and_nothing_else() -> None:
    members = {"documentation": {"shape": "Text", "documentation": "prose"}}
    read = {"clientContextParams": {"UseArnRegion": {"documentation": "read by botocore"}}}
    model = {**read, "shapes": {"A": {"members": members, "required": ["x"]}}}
    slimmed = undocumented(gzip.compress(json.dumps(model).encode()))
    assert json.loads(gzip.decompress(slimmed)) == {
        **read,
        "shapes": {"A": {"members": {"documentation": {"shape": "Text"}}, "required": ["x"]}},
    }


# An operation of each service that needs no parameters.
CALLS = {
    "dynamodb": "list_tables",
    "firehose": "list_delivery_streams",
    "kms": "list_keys",
    "mediaconvert": "list_jobs",
    "pinpoint": "get_apps",
    "pinpoint-sms-voice-v2": "describe_pools",
    "s3": "list_buckets",
    "secretsmanager": "list_secrets",
    "sesv2": "get_account",
    "sns": "list_topics",
    "sqs": "list_queues",
    "ssm": "describe_parameters",
    "sts": "get_caller_identity",
}


def test_every_service_can_be_called_with_the_models_of_a_bundle(tmp_path: Path) -> None:
    assert set(CALLS) == SERVICES.union(*SERVICES_OF.values())
    data = Path(botocore.__file__).parent / "data"
    for service in CALLS:
        for source in data.glob(f"{service}/*/*.gz"):
            target = tmp_path / source.relative_to(data)
            target.parent.mkdir(parents=True, exist_ok=True)
            content = source.read_bytes()
            is_model = source.name == "service-2.json.gz"
            target.write_bytes(undocumented(content) if is_model else content)
    for common in ("endpoints.json", "partitions.json", "sdk-default-configuration.json"):
        (tmp_path / common).write_bytes((data / common).read_bytes())
    session = botocore.session.get_session()
    loader = Loader(extra_search_paths=[str(tmp_path)], include_default_search_paths=False)
    session.register_component("data_loader", loader)
    for service, operation in CALLS.items():
        client = session.create_client(
            service, "us-east-1", aws_access_key_id="test", aws_secret_access_key="test"
        )
        client.meta.events.register("before-send", _no_network)
        with pytest.raises(EndpointConnectionError):
            getattr(client, operation)()


def _no_network(request: Any, **_: Any) -> None:
    raise EndpointConnectionError(endpoint_url=request.url)


def test_extensions_work_without_what_only_debuggers_read(tmp_path: Path) -> None:
    source = Path(_rust.__file__)
    emptied = without_debugging(source.read_bytes())
    assert len(emptied) == source.stat().st_size
    assert emptied.count(0) > source.read_bytes().count(0)
    copy = tmp_path / source.name
    copy.write_bytes(emptied)
    lines = (
        "from importlib.util import module_from_spec, spec_from_file_location",
        f"spec = spec_from_file_location('cryptography.hazmat.bindings._rust', {str(copy)!r})",
        "module = module_from_spec(spec)",
        "spec.loader.exec_module(module)",
        "assert module.openssl",
    )
    subprocess.run([sys.executable, "-c", "\n".join(lines)], check=True)
    assert without_debugging(b"no library") == b"no library"


def test_a_bundle_is_reproducible_and_brings_compiled_modules(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def archive(name: str, files: dict[str, str], year: int) -> Path:
        source = tmp_path / f"{name}-{year}.zip"
        with zipfile.ZipFile(source, "w") as packed:
            for file, text in files.items():
                packed.writestr(zipfile.ZipInfo(file, (year, 1, 1, 0, 0, 0)), text)
        return source

    def build(year: int) -> Path:
        code = {"bundled_thing.py": "VALUE = 42\n", "chalice/app.py": "SOURCE = 'code'\n"}
        packages = {
            "bundled_package/__init__.py": "VALUE = 7\n",
            "chalice/app.py": "SOURCE = 'package'\n",
            "broken.py": "def {{name}}():\n",
            "pip/__init__.py": "",
        }
        wheels, target = tmp_path / f"wheels-{year}.zip", tmp_path / f"{year}.zip"
        slim(archive("packages", packages, year), wheels)
        assert assemble(archive("code", code, year), wheels, target) == target.stat().st_size
        return target

    first = build(2021)
    assert first.read_bytes() == build(2026).read_bytes()
    place = tmp_path / "unpacked"
    with zipfile.ZipFile(first) as packed:
        names = set(packed.namelist())
        packed.extractall(place)
    cache = f"__pycache__/bundled_thing.{sys.implementation.cache_tag}.pyc"
    # Our code keeps its source, for tracebacks; packages come compiled only.
    assert names == {
        *("bundled_thing.py", cache, "bundled_package/__init__.pyc"),
        *("chalice/app.pyc", "broken.py"),
    }
    # Unchecked: the source may change and the compiled module is still taken.
    (place / "bundled_thing.py").write_text("VALUE = 0\n")
    monkeypatch.syspath_prepend(str(place))
    assert importlib.import_module("bundled_thing").VALUE == 42
    assert importlib.import_module("bundled_package").VALUE == 7


def test_a_wheel_is_slimmed_once_however_many_apps_ask(
    tmp_path: Path,
) -> None:
    wheel, slimmed = tmp_path / "thing-1.0-py3-none-any.whl", []
    with zipfile.ZipFile(wheel, "w") as packed:
        packed.writestr("thing-1.0.data/purelib/thing.py", "VALUE = 1\n")
    everybody = threading.Barrier(4)

    def noted(source: Path, target: Path) -> int:
        slimmed.append(source)
        return slim(source, target)

    def ask(_: int) -> Path:
        everybody.wait(30)
        return wheels.slimmed(wheel, tmp_path, noted)

    with ThreadPoolExecutor(4) as apps:
        [made] = set(apps.map(ask, range(4)))
    assert slimmed == [wheel]
    assert zipfile.ZipFile(made).namelist() == ["thing.pyc"]


def test_modules_lose_their_prose_and_keep_their_assertions() -> None:
    source = b"\n".join(
        [
            b'"""Prose."""',
            b"class Thing:",
            b'    """Prose."""',
            b"    def check(self, value):",
            b'        """Prose."""',
            b"        assert value",
        ]
    )
    _, content = compiled("thing.py", source, keep_source=False)
    assert b"Prose" not in content
    assert b"Prose" not in compiled("thing.py", source, keep_source=True)[1]
    names: dict[str, Any] = {}
    exec(marshal.loads(content[16:]), names)
    with pytest.raises(AssertionError):
        names["Thing"]().check(False)


def test_sources_lose_their_prose_and_keep_their_lines() -> None:
    source = b'''"""Of a module.

More of it.
"""

x = """no docstring"""


class Thing:
    """Of a class."""

    def act(self) -> int:
        """Of a method,

        with more.
        """
        return 1 // 0

    def nothing(self) -> None:
        """Only this."""
'''
    bare = without_prose(source)
    assert b"Of a" not in bare
    assert b"More" not in bare
    assert b"no docstring" in bare
    before, after = source.split(b"\n"), bare.split(b"\n")
    assert len(before) == len(after)
    assert before.index(b"        return 1 // 0") == after.index(b"        return 1 // 0")
    made: dict[str, Any] = {}
    exec(bare, made)
    assert made["Thing"]().nothing() is None
