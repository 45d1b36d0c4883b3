"""Chalice's commands inside each app: `local`, `package`, `deploy`."""

import base64
import io
import json
import os
import shutil
import subprocess
import sys
import urllib.error
import urllib.request
import zipfile
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any
from urllib.parse import quote, urlencode

import pytest
from PIL import Image

from scripts.base.cfn_yaml import load_template
from scripts.base.domain import APPS, domains
from scripts.base.process import free_ports, stop, wait_until
from scripts.deploy.account import connect
from scripts.deploy.finish import finish
from scripts.deploy.package import CHALICE_COMMAND, copy_of_app, functions
from scripts.deploy.provision import provision_all, templates
from scripts.deploy.templates import literal
from scripts.deploy.wheels import host_architecture
from scripts.emulator.stack import Stack, embedded_aws
from scripts.wiring.locked import PINS

pytestmark = [pytest.mark.deploy, pytest.mark.timeout(900), pytest.mark.xdist_group("chalice")]

DOMAINS = domains()
CHALICE = [sys.executable, str(CHALICE_COMMAND)]
# What functions are told: the emulator hands its own environment on to them.
FUNCTIONS = {"ROOKERY_LOCAL": "1", "ROOKERY_ENFORCE_IAM": "1", "RATE_LIMIT_MULTIPLIER": "100"}
PASSWORD = "correct horse battery staple"


@pytest.fixture(scope="module")
def stack(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    with pytest.MonkeyPatch.context() as patch:
        for name, value in FUNCTIONS.items():
            patch.setenv(name, value)
        with embedded_aws(tmp_path_factory.mktemp("state"), keep=False) as running:
            for name, value in running.environment().items():
                patch.setenv(name, value)
            provision_all(running.endpoint_url)
            yield running


def chalice(
    *arguments: str,
    cwd: Path,
    env: Mapping[str, str] | None = None,
    command: list[str] = CHALICE,
) -> subprocess.CompletedProcess[str]:
    """Run a command of Chalice in an app."""
    settings = {
        "AWS_DEFAULT_REGION": "us-east-1",
        # Unless a test names the embedded AWS, there is none.
        "AWS_ENDPOINT_URL": "http://127.0.0.1:9",
        "PYTHONDONTWRITEBYTECODE": "1",
    }
    return subprocess.run(
        [*command, *arguments],
        cwd=cwd,
        env={**os.environ, **settings, **(env or {})},
        capture_output=True,
        text=True,
        check=False,
    )


def test_the_chalice_of_the_environment_is_ours() -> None:
    installed = Path(sys.executable).with_name("chalice")
    assert installed.read_text() == CHALICE_COMMAND.read_text(), "run: make install"
    assert os.access(installed, os.X_OK)


@pytest.mark.parametrize(
    # That of the crawler in dev crawls a site: see local_stack/test_alone.py.
    ("domain", "stage"),
    [*((one, "dev") for one in DOMAINS if one != "crawler"), ("crawler", "staging")],
)
def test_chalice_local_serves_an_app(domain: str, stage: str, stack: Stack) -> None:
    """Also in a stage whose wiring was never written."""
    port = free_ports(1)[0]
    path = {"users": "/.well-known/jwks.json"}.get(domain, "/2/there/is/nothing")
    process = subprocess.Popen(
        [*CHALICE, "local", "--no-autoreload", "--stage", stage, "--port", str(port)],
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
    assert stage in json.loads((APPS / domain / ".chalice" / "config.json").read_text())["stages"]


def test_the_template_that_chalice_packages_passes_the_linter(tmp_path: Path) -> None:
    """Chalice's command without options, in a third stage, no packages."""
    made = []
    for domain in DOMAINS:
        project = copy_of_app(domain, "staging", None, tmp_path)
        out = tmp_path / f"{domain}-out"
        done = chalice("package", "--stage", "staging", str(out), cwd=project)
        assert done.returncode == 0, done.stderr
        (path,) = out.glob("sam.*")
        made.append(str(path))
        # Where AWS wants the ARN of a stream the linter takes any text.
        outputs = load_template(templates()[domain]).get("Outputs", {}).values()
        exported = {
            literal(one["Export"]["Name"], "staging", "0" * 12, "us-east-1") for one in outputs
        }
        streams = [
            event["Properties"]["Stream"]["Fn::ImportValue"]
            for function in functions(path)
            for event in function.get("Events", {}).values()
            if event["Type"] == "DynamoDB"
        ]
        assert streams and set(streams) <= exported
    assert len(made) == len(DOMAINS)
    linter = str(Path(sys.executable).with_name("cfn-lint"))
    done = subprocess.run([linter, *made], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout


def test_a_package_without_a_wheel_ends_the_command(stack: Stack, tmp_path: Path) -> None:
    """Chalice by itself would go on without it and exit with 0."""
    ours = host_architecture()
    other, machine = {"x86_64": ("arm64", "x86_64"), "arm64": ("x86_64", "aarch64")}[ours]
    system = "linux" if sys.platform == "linux" else "macosx_11_0"
    name = f"nowhere-1.0-py3-none-{system}_{machine}.whl"
    index, project = tmp_path / "index", copy_of_app("crawler", "dev", other, tmp_path)
    wheel(index / name, "nowhere", "1.0")
    (project / PINS).write_text("nowhere==1.0\n")
    here = {**stack.environment(), "PIP_NO_INDEX": "1", "PIP_FIND_LINKS": str(index)}
    for command in ("package", "deploy"):
        arguments = [str(tmp_path / "out")] if command == "package" else []
        done = chalice(command, "--stage", "dev", *arguments, cwd=project, env=here)
        assert done.returncode == 1, done.stdout
        assert "FAILED: no wheel" in done.stderr and "nowhere==1.0" in done.stderr
    assert not list(tmp_path.glob("out/*"))
    assert not list((project / ".chalice").glob("deployments/*"))


def test_a_package_that_the_lock_does_not_know_ends_the_command(tmp_path: Path) -> None:
    index, project = tmp_path / "index", copy_of_app("crawler", "dev", None, tmp_path)
    wheel(index / "nowhere-1.0-py3-none-any.whl", "nowhere", "1.0")
    (project / PINS).write_text("nowhere==1.0\n")
    here = {"PIP_NO_INDEX": "1", "PIP_FIND_LINKS": str(index)}
    done = chalice("package", str(tmp_path / "out"), cwd=project, env=here)
    assert done.returncode == 1, done.stdout
    assert "FAILED: not in dev.lock: nowhere-1.0-py3-none-any.whl" in done.stderr


@pytest.mark.parametrize("command", ["package", "deploy"])
def test_another_chalice_is_refused(command: str, tmp_path: Path) -> None:
    """One that was installed elsewhere has none of our checks."""
    stock = tmp_path / "chalice"
    stock.write_text("import sys\nfrom chalice.cli import main\nsys.exit(main())\n")
    project = copy_of_app("crawler", "dev", None, tmp_path)
    arguments = [str(tmp_path / "out")] if command == "package" else []
    done = chalice(command, *arguments, cwd=project, command=[sys.executable, str(stock)])
    assert done.returncode != 0
    assert "use the chalice of this repository" in done.stderr


def wheel(path: Path, name: str, version: str) -> None:
    """Write a package that holds nothing."""
    path.parent.mkdir(exist_ok=True)
    tag = "-".join(path.stem.split("-")[2:])
    info = f"{name}-{version}.dist-info"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr(
            f"{info}/METADATA", f"Metadata-Version: 2.1\nName: {name}\nVersion: {version}\n"
        )
        archive.writestr(
            f"{info}/WHEEL",
            f"Wheel-Version: 1.0\nGenerator: x\nRoot-Is-Purelib: true\nTag: {tag}\n",
        )
        archive.writestr(f"{info}/RECORD", "")


def deploy(domain: str, stack: Stack, place: Path, *, packages: bool) -> None:
    """Run `chalice deploy` and then the finish, as docs/deploy.md says."""
    project = copy_of_app(domain, "dev", host_architecture(), place)
    if packages:
        shutil.copy(APPS / domain / PINS, project / PINS)
    done = chalice("deploy", "--stage", "dev", cwd=project, env=stack.environment())
    assert done.returncode == 0, done.stderr
    finish(connect(), "dev", domain, say=lambda _: None)


def test_chalice_deploy_and_finish_make_a_stage(stack: Stack, tmp_path: Path) -> None:
    """Without packages, which come by pip: what is made, not that it runs."""
    deploy("notifications", stack, tmp_path, packages=False)
    account = connect()
    names = [one["name"] for one in account.client("apigateway").get_rest_apis()["items"]]
    assert "rookery-notifications" in names
    mappings = {
        one["EventSourceArn"]: one
        for one in account.client("lambda").list_event_source_mappings()["EventSourceMappings"]
        if "-notifications-" in one["EventSourceArn"]
    }
    queues = [one for arn, one in mappings.items() if ":sqs:" in arn]
    streams = [one for arn, one in mappings.items() if "/stream/" in arn]
    assert len(queues) > 3 and len(streams) == 1
    assert all(one["FunctionResponseTypes"] == ["ReportBatchItemFailures"] for one in queues)
    (mail,) = (one for one in queues if one["EventSourceArn"].endswith("-email"))
    assert mail["ScalingConfig"] == {"MaximumConcurrency": 5}
    assert streams[0]["FilterCriteria"]["Filters"]
    variables = account.client("lambda").get_function_configuration(
        FunctionName=mail["FunctionArn"]
    )["Environment"]["Variables"]
    assert variables["REGION_NUMBER"] == "0"
    assert streams[0]["StartingPosition"] == "TRIM_HORIZON"


@pytest.mark.skipif(os.environ.get("SCALE") != "full", reason="minutes: SCALE=full")
def test_a_stage_of_chalice_deploy_takes_pictures_and_follows_streams(
    stack: Stack, tmp_path: Path
) -> None:
    """With the packages of pip; Chalice would leave out Pillow silently."""
    deploy("users", stack, tmp_path, packages=True)
    account = connect()
    (api,) = (
        one["id"]
        for one in account.client("apigateway").get_rest_apis()["items"]
        if one["name"] == "rookery-users"
    )
    base = f"{stack.endpoint_url}/_aws/execute-api/{api}/api"

    def call(method: str, path: str, body: bytes | None, kind: str, token: str = "") -> Any:
        headers = {"content-type": kind, **({"authorization": f"Bearer {token}"} if token else {})}
        request = urllib.request.Request(base + path, body, headers, method=method)
        with urllib.request.urlopen(request, timeout=120) as answer:
            return json.load(answer)

    def say(path: str, content: dict[str, Any]) -> Any:
        return call("POST", path, json.dumps(content).encode(), "application/json")["data"]

    account_of = {"username": "ada", "name": "Ada Lovelace", "email": "ada@example.com"}
    identifier = say("/1/accounts", {**account_of, "password": PASSWORD})["id"]
    token = say("/1/sessions", {"login": "ada", "password": PASSWORD})["access_token"]
    picture = io.BytesIO()
    Image.new("RGB", (600, 400), (200, 30, 30)).save(picture, "JPEG")
    form = urlencode({"image": base64.b64encode(picture.getvalue()).decode()}).encode()
    kind = "application/x-www-form-urlencoded"
    shown = call("POST", "/1.1/account/update_profile_image.json", form, kind, token)
    assert shown["id_str"] == identifier
    objects = account.client("s3").list_objects_v2(Bucket=account.bucket("dev", "tweets-media"))
    kept = [one["Key"] for one in objects["Contents"]]
    assert len(kept) > 1 and all(key.startswith(f"media/u/{identifier}/") for key in kept)

    # The words of names become searchable by the stream of the users table.
    def found() -> bool:
        path = f"/2/users/search?query={quote('lovelace')}"
        answer = call("GET", path, None, "application/json", token)
        return [one["id"] for one in answer.get("data", ())] == [identifier]

    assert wait_until(found, 120, interval=0.5)
