"""Runs the whole platform on this machine: `make run`.

Starts the embedded AWS, applies the domains' resources, starts one process per
domain and the gateway, and watches over them. Whatever ends it, no process
stays behind: the children also watch for the end of this one.
"""

from __future__ import annotations

import argparse
import contextlib
import importlib.util
import json
import os
import signal
import subprocess
import sys
import time
import urllib.error
import urllib.request
from pathlib import Path
from typing import Any

import boto3

from scripts.base import restarts
from scripts.base.domain import chosen_domains
from scripts.base.process import (
    LOOPBACK,
    ROOT,
    free_ports,
    port_is_free,
    state_directory,
    stop,
    tail,
    wait_until,
)
from scripts.deploy.standard import ACCOUNTS_DOMAIN
from scripts.emulator import stack as embedded
from scripts.emulator.runlock import RunLock, RunningError
from scripts.local import graph_items, strangers
from scripts.local.banner import banner, visitor_banner
from scripts.local.contacts import ContactsStore
from scripts.local.control import reset_state, stop_running
from scripts.local.disk import look_at_disk
from scripts.local.supervisor import Interrupted, LocalError, Supervisor
from scripts.providers import simulators
from scripts.providers.credentials import prepare

HEALTH_SECONDS, START_SECONDS = 90.0, 30.0
SEED_SECONDS = 300.0
# A process that dies more often while everything comes up has a fault.
START_RESTARTS = 3


def needs_visitor(running: list[str]) -> bool:
    """Return True if routes need an access token, and no domain issues any."""
    return ACCOUNTS_DOMAIN not in running and running != ["notifications"]


class Platform(Supervisor):
    """The local platform: embedded AWS, domains, gateway, demo data."""

    def __init__(self, state: Path, port: int) -> None:
        super().__init__(state)
        self.port = port
        self.url = f"http://{LOOPBACK}:{port}"
        self.was_clean = True
        self.running: list[str] = []
        # Of a platform without users: nobody could log in.
        self.admin_key: str | None = None
        self._contacts = ContactsStore(state)

    def start(self) -> None:
        """Bring everything up; returns when every domain serves and pumps."""
        if not port_is_free(self.port):
            raise LocalError(
                f"port {self.port} is in use; stop what listens there or choose another: "
                f"make run PORT={self.port + 1}"
            )
        try:
            running = self.running = chosen_domains()
        except LookupError as error:
            raise LocalError(str(error)) from error
        if not running:
            raise LocalError("there is no domain to run: no apps/*/app.py")
        restarts.forget(self.state)
        if warning := look_at_disk(self.state):
            self.say(warning)
        self._start_aws(running)
        ports = dict(zip(running, self._domain_ports, strict=True))
        described = self._describe_api()
        for domain, port in ports.items():
            self.spawn(domain, "scripts.local.serve", domain, "--port", str(port), again=True)
        routes = [one for name, port in ports.items() for one in ("--domain", f"{name}={port}")]
        self.spawn("gateway", "scripts.gateway.server", "--port", str(self.port), *routes)
        self._wait_for_health()
        self.say(f"domains: {', '.join(running)}")
        if described is not None and described.wait() != 0:
            log = self.state / "logs" / "openapi.log"
            print(f"        the API's description could not be made; see {log}")
        if ACCOUNTS_DOMAIN in running:
            self._rebuild_contacts()
            self._seed()
        elif "notifications" in running:
            self.admin_key = self._make_admin_key()
        if needs_visitor(running):
            self._make_visitor()

    def _make_visitor(self) -> None:
        log = self.log_file("visitor")
        if self.run_aside(log, "scripts.local.visitor").wait() != 0:
            raise LocalError(f"no access token could be made; see {log}")
        self.say(f"access token in {self.state / 'token'}")

    def _make_admin_key(self) -> str:
        """API key of the operator: the one of an earlier start, or a new one."""
        place = self.state / "admin_api_key"
        if not place.exists():
            log = self.log_file("api-key")
            if self.run_aside(log, "scripts.ops.api_key", "local operator").wait() != 0:
                raise LocalError(f"the API key could not be made:\n{tail(log)}")
            place.touch(mode=0o600)
            place.write_text(log.read_text().split()[-1])
            log.unlink()
        return place.read_text()

    def _start_aws(self, running: list[str]) -> None:
        from scripts.deploy.provision import ProvisionError, provision_all

        log = self.log_file("aws")
        try:
            stack = embedded.start(self.state, log_path=log)
        except embedded.StackError as error:
            raise LocalError(str(error)) from error
        assert stack.process is not None
        self.adopt("aws", stack.process, log)
        self.say("embedded AWS")
        self.check()
        self._domain_ports = free_ports(len(running))
        ports = self._simulated(stack, running)
        self.environment = {
            **stack.enter(self.url, self._domain_ports),
            "ROOKERY_STATE": str(self.state),
            "PORT": str(self.port),
            **({"DOMAINS": os.environ["DOMAINS"]} if os.environ.get("DOMAINS") else {}),
        }
        os.environ.update(self.environment)
        if ports:
            self._spawn_simulators(*ports)
        graph_items.look_for_old_pairs(self.state, boto3.client("dynamodb"))
        try:
            # Tokens are checked against keys and tables of the accounts.
            accounts = [ACCOUNTS_DOMAIN] if needs_visitor(running) else []
            provision_all(names=[*running, *accounts])
        except ProvisionError as error:
            raise LocalError(f"the resources could not be made:\n{error}") from error
        embedded.write_env_file(stack, self.url)
        self.say("resources")
        if ACCOUNTS_DOMAIN in running:
            self._build_graph_items()
        if "notifications" in running:
            self._check_contacts(running)

    def _simulated(self, stack: embedded.Stack, running: list[str]) -> tuple[int, int] | None:
        """Lead the domains to simulated providers, or to the caller's own."""
        if "notifications" not in running:
            return None
        apns_port, port = free_ports(2)
        found = simulators.environment(prepare(self.state / "providers"), apns_port, port)
        own = {name: os.environ[name] for name in found if os.environ.get(name)}
        stack.add({**found, **own, "PROVIDERS_URL": f"http://{LOOPBACK}:{port}"})
        return apns_port, port

    def _spawn_simulators(self, apns_port: int, port: int) -> None:
        ports = ("--apns-port", str(apns_port), "--port", str(port))
        place = ("--state", str(self.state))
        self.spawn("providers", "scripts.providers.serve", *place, *ports, again=True)
        # Provisioning asks SES through them.
        if not wait_until(lambda: not port_is_free(port), START_SECONDS):
            raise LocalError("the simulated providers do not start")

    def _build_graph_items(self) -> None:
        if not graph_items.are_to_be_built(self.state):
            return
        log = self.log_file("graph-items")
        if self.run_aside(log, "scripts.ops.rebuild", "users-graph").wait() != 0:
            raise LocalError(f"the blocks of this older state could not be read; see {log}")
        graph_items.were_built(self.state)
        self.say("blocks of an older state")

    def _check_contacts(self, running: list[str]) -> None:
        if said := self._contacts.restore():
            self.say(said)
        if ACCOUNTS_DOMAIN in running and (said or not self.was_clean):
            table = f"rookery-{os.environ['STAGE']}-users-users"
            dynamodb = boto3.client("dynamodb")
            count = strangers.remove_strangers(self._contacts.path, dynamodb, table)
            if count:
                self.say(f"contacts of {count} accounts that are not there were removed")

    def _rebuild_contacts(self) -> None:
        if "notifications" not in self.running or not self._contacts.is_lost:
            return
        log = self.log_file("republish")
        told = ("users", "1970-01-01T00:00:00Z")
        if self.run_aside(log, "scripts.ops.republish", *told).wait() == 0:
            self._contacts.was_published()
        else:
            print(f"        the contacts could not be made anew; see {log}")

    def tend(self, restarts: int | None = None) -> None:
        """See `Supervisor.tend`; also keeps a copy of the contacts."""
        super().tend(restarts)
        self._contacts.tend()

    def stop(self) -> None:
        """See `Supervisor.stop`; then copies the contacts."""
        if self.children:
            super().stop()
            self._contacts.keep_copy()

    def _describe_api(self) -> subprocess.Popen[bytes] | None:
        """Generate the OpenAPI document beside the start, unless it is up to date."""
        target = self.state / "openapi.json"
        sources = [*(ROOT / "apps").rglob("*.py"), *(ROOT / "shared").rglob("*.*")]
        newest = max((one.stat().st_mtime for one in sources), default=0.0)
        marker = self.state / "openapi.url"
        made_for = f"{self.url} {','.join(self.running)}"
        same_url = marker.is_file() and marker.read_text() == made_for
        if same_url and target.is_file() and target.stat().st_mtime > newest:
            return None
        marker.write_text(made_for)
        log = self.log_file("openapi")
        process = self.run_aside(log, "scripts.checks.openapi", "--out", str(target))
        # Nobody waits for it before the domains are up, so it yields to them.
        with contextlib.suppress(OSError):
            os.setpriority(os.PRIO_PROCESS, process.pid, 15)
        return process

    def health(self) -> dict[str, Any]:
        """The gateway's answer about the whole."""
        try:
            with urllib.request.urlopen(f"{self.url}/healthz", timeout=5) as answer:
                found = json.load(answer)
        except urllib.error.HTTPError as error:
            try:
                found = json.load(error)
            except ValueError:
                found = {}
        except (urllib.error.URLError, OSError, ValueError):
            found = {}
        return found if isinstance(found, dict) else {}

    def _wait_for_health(self) -> None:
        deadline, found = time.monotonic() + HEALTH_SECONDS, {}
        while time.monotonic() < deadline:
            self.tend(START_RESTARTS)
            found = self.health()
            if found.get("status") == "ok":
                return
            self.ended.wait(0.1)
        raise LocalError(f"not everything came up: {found.get('domains') or 'no gateway'}")

    def _seed(self) -> None:
        marker = self.state / "seeded"
        if os.environ.get("ROOKERY_SEED") == "0" or marker.exists():
            return
        if importlib.util.find_spec("scripts.demo.seed") is None:
            return
        self.say("making a small community to look at (the first time only)")
        path = self.log_file("seed")
        process = self.run_aside(path, "scripts.demo.seed", "--url", self.url)
        deadline = time.monotonic() + SEED_SECONDS
        try:
            while process.poll() is None and time.monotonic() < deadline:
                self.tend()
                self.ended.wait(0.1)
        finally:
            stop([process], 3)
        if process.returncode == 0:
            marker.touch()
            self.say("demo data")
        else:
            print(f"        seeding failed; the end of {path}:\n{tail(path)}", flush=True)


def run(state: Path, port: int) -> int:
    """Run until a signal; the exit code for the shell."""
    platform = Platform(state, port)
    for name in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(name, lambda *_: platform.ended.set())
    try:
        with RunLock(state) as lock:
            platform.was_clean = lock.was_clean
            try:
                platform.start()
                seconds = time.monotonic() - platform.began
                lonely = needs_visitor(platform.running) and platform.admin_key is None
                print(
                    visitor_banner(platform.url, state, seconds)
                    if lonely
                    else banner(platform.url, state, seconds, platform.admin_key),
                    flush=True,
                )
                platform.watch()
            finally:
                platform.stop()
                lock.all_saved = platform.all_saved
                (state / "env").unlink(missing_ok=True)
    except Interrupted:
        pass
    except (LocalError, RunningError) as error:
        print(f"error: {error}", file=sys.stderr)
        return 1
    return 0 if platform.all_saved else 1


def main() -> int:
    """Command line: run, or ``--stop`` or ``--reset`` what another call left."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--stop", action="store_true", help="stop the running platform")
    parser.add_argument("--reset", action="store_true", help="delete all local data")
    parser.add_argument("--yes", action="store_true", help="do not ask before deleting")
    options = parser.parse_args()
    state = state_directory()
    if options.stop:
        return stop_running(state)
    if options.reset:
        return reset_state(state, sure=options.yes)
    port = os.environ.get("PORT") or "8000"
    if not port.isdigit() or not 0 < int(port) < 65_536:
        print(f"error: PORT={port} is not a port number", file=sys.stderr)
        return 1
    return run(state, int(port))


if __name__ == "__main__":
    sys.exit(main())
