"""The local stack: embedded AWS as a child process, and its environment.

`make stack` runs this module in the foreground: emulator and resources, no
domains, for use with ``chalice local`` and `make worker`. Tests and the
supervisor use `embedded_aws` or `start`.
"""

from __future__ import annotations

import json
import os
import shlex
import signal
import subprocess
import sys
import threading
import time
import urllib.error
import urllib.request
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from scripts.base.process import (
    LOOPBACK,
    ROOT,
    free_ports,
    port_is_free,
    spawn,
    stop,
    tail,
    wait_until,
)

STACK_PYTHON = ROOT / ".venv-stack" / "bin" / "python"
REGION = "us-east-1"
ACCOUNT_ID = "000000000000"
MAIL_FROM = "Rookery <no-reply@rookery.example>"
# Another DynamoDB, or stand-ins for the providers of mails and text messages.
CALLERS_ENDPOINTS = (
    "AWS_ENDPOINT_URL_DYNAMODB",
    "AWS_ENDPOINT_URL_SESV2",
    "AWS_ENDPOINT_URL_PINPOINT_SMS_VOICE_V2",
)
START_SECONDS = 30.0
STOP_SECONDS = 15.0


class StackError(RuntimeError):
    """The embedded AWS could not be started; the message says why."""


@dataclass
class Stack:
    """A running embedded AWS.

    Attributes:
        endpoint_url: base URL of every AWS service.
        process: the child process, None when somebody else runs it.
        state_dir: directory of the whole local state (the emulator uses ``aws/`` in it).
    """

    endpoint_url: str
    process: subprocess.Popen[bytes] | None
    state_dir: Path
    stage: str = "dev"
    _extra: dict[str, str] = field(default_factory=dict)

    @property
    def port(self) -> int:
        """The emulator's TCP port."""
        return int(self.endpoint_url.rpartition(":")[2])

    def environment(
        self, public_url: str = "http://127.0.0.1:8000", denied_ports: Iterable[int] = ()
    ) -> dict[str, str]:
        """Variables for a process that is to use this stack.

        ``denied_ports`` are closed to the crawler beside the emulator's own.
        """
        ports = sorted({self.port, *denied_ports})
        return {
            "AWS_ENDPOINT_URL": self.endpoint_url,
            "AWS_ACCESS_KEY_ID": "test",
            "AWS_SECRET_ACCESS_KEY": "test",
            "AWS_DEFAULT_REGION": REGION,
            "AWS_REGION": REGION,
            "AWS_EC2_METADATA_DISABLED": "true",
            "ACCOUNT_ID": ACCOUNT_ID,
            "STAGE": self.stage,
            "PUBLIC_URL": public_url,
            "ROOKERY_LOCAL": "1",
            "PRIVATE_FETCH": "1",
            "FETCH_DENIED_PORTS": ",".join(map(str, ports)),
            "CONTACTS_URL": f"sqlite:///{self.state_dir / 'contacts.db'}",
            "MAIL_FROM": MAIL_FROM,
            "SQS_PARTIAL_BATCH": "1",
            # X's limits would stop a test run or a bot under development within a minute.
            "RATE_LIMIT_MULTIPLIER": os.environ.get("RATE_LIMIT_MULTIPLIER", "100"),
            **self._extra,
        }

    def full_environment(self, public_url: str, denied_ports: Iterable[int] = ()) -> dict[str, str]:
        """The caller's own environment with this stack's variables laid over it.

        A caller's AWS profile, session token or per-service endpoint must not
        reach the local stack: it could end up writing to a real account. Only the
        endpoints in `CALLERS_ENDPOINTS` may be the caller's own.
        """
        kept = {
            name: value
            for name, value in os.environ.items()
            if not name.startswith("AWS_") or name.startswith(CALLERS_ENDPOINTS)
        }
        return {
            **kept,
            **self.environment(public_url, denied_ports),
            "AWS_CONFIG_FILE": os.devnull,
            "AWS_SHARED_CREDENTIALS_FILE": os.devnull,
            "PYTHONUNBUFFERED": "1",
        }

    def add(self, variables: Mapping[str, str]) -> None:
        """Add variables to the environment of the stack's processes."""
        self._extra.update(variables)

    def enter(self, public_url: str, denied_ports: Iterable[int] = ()) -> dict[str, str]:
        """Make `full_environment` this process's own, for provisioning; return it."""
        found = self.full_environment(public_url, denied_ports)
        for name in os.environ.keys() - found.keys():
            if name.startswith("AWS_"):
                del os.environ[name]
        os.environ.update(found)
        return found

    def queue_depths(self) -> dict[str, int]:
        """Messages of each queue by name: visible, in flight and delayed ones."""
        with urllib.request.urlopen(f"{self.endpoint_url}/_rookery/queues", timeout=10) as answer:
            found: dict[str, int] = json.load(answer)
        return found

    def ready(self) -> bool:
        """Return True if the emulator answers."""
        try:
            with urllib.request.urlopen(f"{self.endpoint_url}/_ministack/health", timeout=2):
                return True
        except (urllib.error.URLError, OSError):
            return False


def start(
    state_dir: Path,
    port: int | None = None,
    log_path: Path | None = None,
    *,
    keep: bool = True,
    options: Iterable[str] = (),
) -> Stack:
    """Start the embedded AWS and wait until it answers.

    Args:
        keep: what it answers survives its end.
        options: more of its command line.

    Raises:
        StackError: it is not installed, the port is taken or it ended at once.
    """
    if not STACK_PYTHON.exists():
        raise StackError("the embedded AWS is not installed; run: make install")
    state = Path(state_dir).resolve()
    state.mkdir(mode=0o700, parents=True, exist_ok=True)
    if port is not None and not port_is_free(port):
        raise StackError(f"port {port} is in use")
    port = port or free_ports(1)[0]
    log_file = log_path or state / "logs" / "aws.log"
    log_file.parent.mkdir(parents=True, exist_ok=True)
    with log_file.open("ab") as log:
        process = spawn(
            [
                *(str(STACK_PYTHON), "-m", "scripts.emulator.server"),
                *("--state", str(state / "aws"), "--port", str(port)),
                *([] if keep else ["--forget"]),
                *options,
            ],
            env={**_own_environment(), "PYTHONUNBUFFERED": "1"},
            log=log,
        )
    stack = Stack(f"http://{LOOPBACK}:{port}", process, state)
    if not wait_until(stack.ready, START_SECONDS, process=process):
        stop([process], 2)
        raise StackError(f"the embedded AWS did not start:\n{tail(log_file)}")
    return stack


def _own_environment() -> dict[str, str]:
    """Return the caller's environment without its AWS settings.

    The emulator hands it on to functions, which would follow an endpoint of another stack.
    """
    regions = {"AWS_REGION", "AWS_DEFAULT_REGION"}
    return {
        name: value
        for name, value in os.environ.items()
        if not name.startswith("AWS_") or name in regions
    }


@contextmanager
def embedded_aws(state_dir: Path, port: int | None = None, *, keep: bool = True) -> Iterator[Stack]:
    """Run an embedded AWS for a ``with`` block (``keep`` as in `start`)."""
    stack = start(state_dir, port, keep=keep)
    try:
        yield stack
    finally:
        if stack.process is not None:
            stop([stack.process], STOP_SECONDS)


def write_env_file(stack: Stack, public_url: str) -> Path:
    """Write the variables to ``<state>/env``, as shells read them."""
    target = stack.state_dir / "env"
    environment = stack.environment(public_url)
    lines = (f"{name}={shlex.quote(value)}\n" for name, value in environment.items())
    target.write_text("".join(lines))
    return target


def read_env_file(state_dir: Path) -> dict[str, str]:
    """Variables that `make stack`, `make run` or `make rehearse` wrote."""
    source = state_dir / "env"
    if not source.is_file():
        return {}
    # It is written for shells, with quotes.
    pairs = (word.partition("=") for word in shlex.split(source.read_text(), comments=True))
    return {name: value for name, separator, value in pairs if separator}


def main() -> int:
    """Run emulator and resources in the foreground until Ctrl-C."""
    from scripts.base.process import state_directory
    from scripts.deploy.provision import ProvisionError, provision_all
    from scripts.emulator.runlock import RunLock, RunningError

    public_url = f"http://{LOOPBACK}:{os.environ.get('PORT') or 8000}"
    ended = threading.Event()
    for name in (signal.SIGINT, signal.SIGTERM):
        signal.signal(name, lambda *_: ended.set())
    state = state_directory()
    started = time.monotonic()
    try:
        with RunLock(state), embedded_aws(state) as stack:
            stack.enter(public_url)
            provision_all(stack.endpoint_url)
            env_file = write_env_file(stack, public_url)
            print(f"embedded AWS at {stack.endpoint_url} ({time.monotonic() - started:.1f} s)")
            print(f"settings in {env_file}; Ctrl-C stops it", flush=True)
            while not ended.wait(0.5):
                if stack.process is not None and stack.process.poll() is not None:
                    print(f"the embedded AWS ended:\n{tail(state / 'logs' / 'aws.log')}")
                    return 1
            env_file.unlink(missing_ok=True)
    except (StackError, ProvisionError, RunningError) as error:
        print(error, file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
