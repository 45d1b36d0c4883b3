"""CPU of a mail and of a push: ours, a plain loop, Celery on Redis.

    .venv/bin/python -m bench.delivery.peers [COUNT]

prints one JSON object. All three send to the same local SES and the same simulator of FCM,
one after the other; emulators, Redis and Lambda's polling are not counted.
"""

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from bench import machine
from bench.children import last_line
from bench.delivery.contender import WAYS
from bench.delivery.stage import notifications_alone
from bench.environment import prepare
from scripts.base.process import LOOPBACK, free_ports, port_is_free, spawn, stop, wait_until
from scripts.providers import credentials, simulators

COUNT = 200
KINDS = ("mail", "push")
CONTENDER = "bench.delivery.contender"


def measure(count: int) -> dict[str, Any]:
    """Return CPU ms per message by kind and way, and ours over each peer's.

    Without a redis-server, Celery's figures are ``None``. ``delivering_ms`` is ours without
    the storing; of ``ios`` there is only that.
    """
    with notifications_alone() as (_, state), _providers(state), _redis(state) as redis:
        _access_token()
        found: dict[str, Any] = {"count": count}
        for kind in KINDS:
            one = {
                way: last_line(CONTENDER, way, kind, str(count))
                for way in WAYS
                if way != "celery" or redis
            }
            whole = {way: _ms(sum(parts.values()), count) for way, parts in one.items()}
            found[kind] = {
                "cpu_ms": whole,
                "delivering_ms": _ms(one["ours"]["delivering"], count),
                "to_loop": round(whole["ours"] / whole["loop"], 2),
                "to_celery": round(whole["ours"] / whole["celery"], 2) if redis else None,
            }
        alone = last_line(CONTENDER, "ours", "ios", str(count))
        found["ios"] = {"delivering_ms": _ms(alone["delivering"], count)}
    return found


def _ms(seconds: float, count: int) -> float:
    return round(seconds / count * 1000 / machine.slowness(), 3)


@contextmanager
def _providers(state: Path) -> Iterator[None]:
    """Run the simulators in their own process; mails go to SES itself."""
    apns_port, port = free_ports(2)
    made = credentials.prepare(state / "providers")
    server = spawn(
        [
            *(sys.executable, "-m", "scripts.providers.serve", "--state", str(state)),
            *("--apns-port", str(apns_port), "--port", str(port)),
        ],
        env=os.environ,
    )
    led = simulators.environment(made, apns_port, port)
    del led["AWS_ENDPOINT_URL_SESV2"]
    os.environ.update(led)
    try:
        if not wait_until(lambda: not port_is_free(port), 60, process=server):
            raise RuntimeError("the simulators do not start")
        yield
    finally:
        stop([server], 10)


@contextmanager
def _redis(state: Path) -> Iterator[bool]:
    """Run a redis-server; False where none is installed."""
    server = shutil.which("redis-server") or shutil.which("valkey-server")
    if server is None:
        yield False
        return
    (port,) = free_ports(1)
    command = [server, "--port", str(port), "--bind", LOOPBACK, "--save", "", "--dir", str(state)]
    redis = subprocess.Popen(command, stdout=subprocess.DEVNULL)
    os.environ["BENCH_REDIS"] = f"redis://{LOOPBACK}:{port}/0"
    try:
        if not wait_until(lambda: not port_is_free(port), 20, process=redis):
            raise RuntimeError("redis does not start")
        yield True
    finally:
        stop([redis], 10)


def _access_token() -> None:
    """Put what a script needs to call FCM into the environment."""
    from chalicelib.notifications.channels.push.access_token import access_token, service_account

    project = service_account()["project_id"]
    os.environ["BENCH_FCM_SEND"] = f"{os.environ['FCM_URL']}/v1/projects/{project}/messages:send"
    os.environ["BENCH_FCM_TOKEN"] = access_token().get()


def main() -> int:
    """Command line."""
    prepare()
    print(json.dumps(measure(int(sys.argv[1]) if sys.argv[1:] else COUNT)))
    return 0


if __name__ == "__main__":
    sys.exit(main())
