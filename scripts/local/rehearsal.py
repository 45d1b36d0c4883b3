"""`make rehearse`: an empty AWS account on this machine for `make deploy`.

Runs the embedded AWS without any resources, as strict as the deploy test has it
(bare functions that get no further than their policies), and puts one address
in front of whatever is deployed there. Nothing of it stays. See docs/deploy.md.
"""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
import threading
from pathlib import Path

from botocore.exceptions import BotoCoreError, ClientError

from scripts.base.domain import domains
from scripts.base.process import LOOPBACK, port_is_free, spawn, state_directory, stop, tail
from scripts.deploy import stacks
from scripts.deploy.account import Account, connect
from scripts.deploy.provision import verify_sender
from scripts.deploy.status import api_url
from scripts.emulator.runlock import RunLock, RunningError
from scripts.emulator.stack import ACCOUNT_ID, MAIL_FROM, REGION, StackError, embedded_aws

LOOK_SECONDS = 1.0
# What functions are told: the emulator hands its own environment on to them.
_FUNCTIONS = {
    "ROOKERY_LOCAL": "1",
    "PRIVATE_FETCH": "1",
    "ROOKERY_ENFORCE_IAM": "1",
    "RATE_LIMIT_MULTIPLIER": os.environ.get("RATE_LIMIT_MULTIPLIER", "100"),
}


def operator(state: Path, endpoint: str, public_url: str) -> dict[str, str]:
    """Environment of an operator's shell that uses the account."""
    return {
        "AWS_ENDPOINT_URL": endpoint,
        "AWS_ACCESS_KEY_ID": "test",
        "AWS_SECRET_ACCESS_KEY": "test",
        "AWS_REGION": REGION,
        "AWS_EC2_METADATA_DISABLED": "true",
        "ACCOUNT_ID": ACCOUNT_ID,
        "PUBLIC_URL": public_url,
        "MAIL_FROM": MAIL_FROM,
        "CONTACTS_URL": f"sqlite:///{state / 'contacts.db'}",
    }


def deployed(account: Account, stage: str) -> dict[str, str]:
    """Base URLs of a stage's deployed apps, by domain."""
    found = {}
    for domain in domains():
        stack = stacks.describe(account, f"rookery-{stage}-{domain}")
        # A stack has none before it was created, and the old one while it changes.
        if stack and (url := api_url(account, stack)):
            found[domain] = url.rstrip("/")
    return found


class _Front:
    """The local gateway before the deployed APIs; started anew when they move."""

    def __init__(self, port: int, log: Path) -> None:
        self.port, self.log = port, log
        self._before: dict[str, str] = {}
        self._process: subprocess.Popen[bytes] | None = None

    def lead_to(self, upstreams: dict[str, str]) -> None:
        if upstreams == self._before:
            return
        self.close()
        self._before = upstreams
        if not upstreams:
            return
        routes = [one for pair in upstreams.items() for one in ("--domain", "=".join(pair))]
        command = [
            sys.executable,
            "-m",
            "scripts.gateway.server",
            "--port",
            str(self.port),
            *routes,
        ]
        with self.log.open("ab") as log:
            self._process = spawn(command, env=dict(os.environ), log=log)
        print(f"http://{LOOPBACK}:{self.port} leads to {', '.join(upstreams)}", flush=True)

    def close(self) -> None:
        if self._process is not None:
            stop([self._process], 5)
            self._process = None


def rehearse(state: Path, port: int, stage: str, ended: threading.Event) -> int:
    """Run until ``ended`` is set; returns the exit code.

    Raises:
        RunningError, StackError: it cannot be started.
    """
    public_url = f"http://{LOOPBACK}:{port}"
    if not port_is_free(port):
        raise StackError(f"port {port} is in use; choose another: make rehearse PORT={port + 1}")
    for name in [one for one in os.environ if one.startswith("AWS_")]:
        # A profile of the caller's must not lead into a real account.
        del os.environ[name]
    with RunLock(state):
        # Of a rehearsal that was killed.
        _clear(state)
        settings = operator(state.resolve(), "", public_url)
        os.environ.update({**settings, **_FUNCTIONS})
        del os.environ["AWS_ENDPOINT_URL"]
        with embedded_aws(state, keep=False) as stack:
            os.environ["AWS_ENDPOINT_URL"] = stack.endpoint_url
            verify_sender()
            settings["AWS_ENDPOINT_URL"] = stack.endpoint_url
            env_file = state / "env"
            env_file.write_text("".join(f"{name}='{one}'\n" for name, one in settings.items()))
            print(f"an AWS account at {stack.endpoint_url}; in another terminal:\n")
            print(f"  set -a; . {env_file}; set +a\n  make deploy STAGE={stage}\n")
            print("Ctrl-C ends it, and takes everything away.", flush=True)
            account, front = connect(), _Front(port, state / "logs" / "gateway.log")
            try:
                while not ended.wait(LOOK_SECONDS):
                    if stack.process is not None and stack.process.poll() is not None:
                        print(f"the embedded AWS ended:\n{tail(state / 'logs' / 'aws.log')}")
                        return 1
                    try:
                        front.lead_to(deployed(account, stage))
                    except (BotoCoreError, ClientError) as error:
                        print(f"cannot see what is deployed: {error}", file=sys.stderr)
            finally:
                front.close()
                env_file.unlink(missing_ok=True)
        _clear(state)
    return 0


def _clear(state: Path) -> None:
    shutil.rmtree(state / "aws", ignore_errors=True)
    for path in state.glob("contacts.db*"):
        path.unlink()


def main() -> int:
    """Command line: PORT, STAGE and ROOKERY_STATE of the environment."""
    ended = threading.Event()
    for name in (signal.SIGINT, signal.SIGTERM):
        signal.signal(name, lambda *_: ended.set())
    port, stage = int(os.environ.get("PORT") or 8000), os.environ.get("STAGE") or "dev"
    try:
        # Apart from what `make run` keeps.
        return rehearse(state_directory() / "rehearsal", port, stage, ended)
    except (StackError, RunningError) as error:
        print(error, file=sys.stderr)
        return 1


if __name__ == "__main__":
    sys.exit(main())
