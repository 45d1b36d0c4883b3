"""The whole platform is killed under load, and one of its processes is."""

import contextlib
import io
import os
import random
import resource
import signal
import sqlite3
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import requests
from PIL import Image

from tests.e2e.conftest import RunningPlatform
from tests.e2e.test_main_job import PASSWORD, Api, eventually, register
from tests.media_support import png

pytestmark = [
    pytest.mark.e2e, pytest.mark.xdist_group("e2e-kill"), pytest.mark.timeout(1800)
]  # fmt: skip
ROUNDS = 50 if os.environ.get("SCALE") == "full" else 1


def processes_of(state: Path) -> dict[int, str]:
    found = {}
    for entry in Path("/proc").glob("[0-9]*"):
        with contextlib.suppress(OSError):
            if f"ROOKERY_STATE={state}".encode() in (entry / "environ").read_bytes():
                found[int(entry.name)] = (entry / "cmdline").read_bytes().decode()
    return found


def kill_all(platform: RunningPlatform) -> None:
    for pid in processes_of(platform.state):
        with contextlib.suppress(ProcessLookupError):
            os.kill(pid, signal.SIGKILL)
    assert platform.process is not None
    platform.process.wait()
    eventually(lambda: not processes_of(platform.state))


class Person(threading.Thread):
    """Somebody who registers and tweets until the platform is gone.

    Args:
        habit: ``uploads`` a picture for each tweet, ``changes`` likes each tweet and deletes
            every third, or ``tweets`` only.
    """

    def __init__(self, url: str, name: str, habit: str) -> None:
        super().__init__(daemon=True)
        self.url, self.username, self.habit = url, name, habit
        self.registered = False
        self.tweets: list[str] = []
        self.asked = 0
        # What was answered; of deletions also what was asked for, of which nobody knows the end.
        self.liked, self.deleted, self.maybe_deleted = set[str](), set[str](), set[str]()

    def run(self) -> None:
        try:
            body = {"username": self.username, "name": "N", "password": PASSWORD,
                    "email": f"{self.username}@example.com"}  # fmt: skip
            Api(self.url)("POST", "/1/accounts", json=body)
            self.registered = True
            api = log_in(self.url, self.username)
            user_id = api("GET", "/2/users/me")["data"]["id"]
            while True:
                self.asked += 1
                tweet: dict[str, Any] = {"text": f"{self.username} {self.asked}"}
                if self.habit == "uploads":
                    tweet["media"] = {"media_ids": [upload(api)]}
                made = api("POST", "/2/tweets", json=tweet)["data"]["id"]
                self.tweets.append(made)
                if self.habit == "changes":
                    self.change(api, user_id, made)
        except (AssertionError, requests.RequestException):
            return

    def change(self, api: Api, user_id: str, tweet_id: str) -> None:
        api("POST", f"/2/users/{user_id}/likes", json={"tweet_id": tweet_id})
        self.liked.add(tweet_id)
        if len(self.tweets) % 3 == 0:
            self.maybe_deleted.add(tweet_id)
            api("DELETE", f"/2/tweets/{tweet_id}")
            self.deleted.add(tweet_id)


def log_in(url: str, username: str) -> Api:
    login = {"login": username, "password": PASSWORD}
    return Api(url, Api(url)("POST", "/1/sessions", json=login)["data"]["access_token"])


def upload(api: Api) -> str:
    fields = {"media_category": "tweet_image"}
    made = api("POST", "/2/media/upload", files={"media": png()}, data=fields)
    return str(made["data"]["id"])


def contacts_of(state: Path) -> dict[str, str]:
    with contextlib.closing(sqlite3.connect(state / "contacts.db", timeout=10)) as database:
        try:
            return dict(database.execute("SELECT username, email FROM contacts"))
        except sqlite3.OperationalError:
            # Nobody has opened it yet.
            return {}


def pages(reader: Api, path: str) -> Iterator[dict[str, Any]]:
    """Answers of all pages of a list."""
    answer = reader("GET", path)
    yield answer
    while (token := answer["meta"].get("next_token")) is not None:
        answer = reader("GET", f"{path}&pagination_token={token}")
        yield answer


def check(person: Person, reader: Api) -> int:
    """Assert what was acknowledged holds once; return the number of tweets."""
    user = reader("GET", f"/2/users/by/username/{person.username}"
                         "?user.fields=public_metrics")["data"]  # fmt: skip
    path = (f"/2/users/{user['id']}/tweets?max_results=100&media.fields=url"
            "&expansions=attachments.media_keys")  # fmt: skip
    answers = list(pages(reader, path))
    found = [one for answer in answers for one in answer.get("data", [])]
    ids = [one["id"] for one in found]
    assert len(ids) == len(set(ids))
    assert len({one["text"] for one in found}) == len(ids), "a tweet was doubled"
    assert set(person.tweets) - person.maybe_deleted <= set(ids)
    assert not person.deleted & set(ids), "a deleted tweet came back"
    assert len(ids) <= person.asked
    if person.habit == "uploads":
        shown = [one for answer in answers for one in answer.get("includes", {}).get("media", [])]
        assert len(shown) == len(ids)
        for one in shown:
            # Its bytes are there, and all of them.
            Image.open(io.BytesIO(fetch(reader, one["url"]))).load()
    if person.habit == "changes":
        path = f"/2/users/{user['id']}/liked_tweets?max_results=100"
        liked = [one["id"] for answer in pages(reader, path) for one in answer.get("data", [])]
        assert len(liked) == len(set(liked))
        assert person.liked - person.maybe_deleted <= set(liked) <= set(ids)

    def exact() -> bool:
        path = f"/2/users/{user['id']}?user.fields=public_metrics"
        return reader("GET", path)["data"]["public_metrics"]["tweet_count"] == len(ids)

    eventually(exact, 60)
    return len(ids)


def fetch(reader: Api, url: str) -> bytes:
    answer = reader.session.get(url, headers={"authorization": ""}, timeout=20)
    assert answer.status_code == 200, url
    return answer.content


def test_killing_everything_loses_and_doubles_nothing(tmp_path: Path) -> None:
    dice, people, total = random.Random(7), list[Person](), 0
    platform = RunningPlatform(tmp_path)
    # Of somebody else's making, and open to all.
    (tmp_path / "logs").mkdir(mode=0o755)
    tmp_path.chmod(0o755)
    platform.start()
    reader = register(platform.url, "reader")
    assert tmp_path.stat().st_mode & 0o777 == 0o700
    for number in range(ROUNDS):
        habits = ("uploads", "changes", "tweets", "tweets")
        crowd = [
            Person(platform.url, f"p{number}x{place}", habit) for place, habit in enumerate(habits)
        ]
        for one in crowd:
            one.start()
        eventually(lambda crowd=crowd: all(one.tweets for one in crowd), 60)  # type: ignore[misc]
        crowd[0].join(dice.uniform(0.0, 3.0))
        kill_all(platform)
        for one in crowd:
            one.join()
        people += (one for one in crowd if one.registered)
        platform.start()
        reader = log_in(platform.url, "reader")
        total += sum(check(one, reader) for one in crowd if one.registered)
        names = {one.username: f"{one.username}@example.com" for one in people}
        names["reader"] = "reader@example.com"
        eventually(lambda names=names: contacts_of(tmp_path) == names)  # type: ignore[misc]
        print(f"kill {number + 1}: {total} tweets of {len(people)} people, 0 wrong", flush=True)
    assert total >= 4 * ROUNDS
    modes = {path: path.stat().st_mode & 0o077 for path in tmp_path.rglob("*")}
    # The test's own log is not the platform's.
    assert [path for path, mode in modes.items() if mode and path != platform.log] == []

    # One domain alone: it is started again, and said so.
    victim = next(pid for pid, line in processes_of(tmp_path).items() if "\0tweets\0" in line)
    os.kill(victim, signal.SIGKILL)
    eventually(lambda: requests.get(f"{platform.url}/healthz", timeout=5).json().get("restarts")
               == {"tweets": 1})  # fmt: skip
    eventually(lambda: requests.get(f"{platform.url}/healthz", timeout=5).status_code == 200, 60)
    reader("POST", "/2/tweets", json={"text": "after"})
    assert "tweets ended unexpectedly (exit code -9) and is started again in 1 s" in (
        platform.log.read_text()
    )

    # A damaged store of contacts is set aside. Its copy takes its place, and accounts that
    # the copy lacks come from the tables.
    before = contacts_of(tmp_path)
    with contextlib.closing(sqlite3.connect(tmp_path / "contacts.db", timeout=10)) as database:
        database.execute("INSERT INTO suppressions VALUES ('email', 'digest', 'bounced', 1)")
        database.commit()
    assert platform.stop() == 0
    with contextlib.closing(sqlite3.connect(tmp_path / "contacts-copy.db")) as database:
        assert dict(database.execute("SELECT username, email FROM contacts")) == before
        database.execute("DELETE FROM contacts WHERE username = 'reader'")
        database.commit()
    (tmp_path / "contacts.db").write_bytes(b"SQLite format 3\0" + b"\xff" * 5_000)
    for name in ("contacts.db-wal", "contacts.db-shm"):
        (tmp_path / name).unlink(missing_ok=True)
    platform.start()
    eventually(lambda: contacts_of(tmp_path) == before, 60)
    assert "contacts.db is damaged: set aside as damaged-" in platform.log.read_text()
    with contextlib.closing(sqlite3.connect(tmp_path / "contacts.db", timeout=10)) as database:
        assert list(database.execute("SELECT digest FROM suppressions")) == [("digest",)]

    # No byte more for the journal: writes are refused in words, reads go on.
    reader = log_in(platform.url, "reader")
    aws = next(pid for pid, line in processes_of(tmp_path).items() if "emulator.server" in line)
    newest = max((tmp_path / "aws" / "journal").glob("*.wal"))
    size = newest.stat().st_size
    resource.prlimit(aws, resource.RLIMIT_FSIZE, (size, resource.RLIM_INFINITY))
    answer = reader.session.post(f"{platform.url}/2/tweets", json={"text": "never"}, timeout=20)
    assert answer.status_code == 503
    assert "Nothing can be saved on this machine" in answer.json()["detail"]
    health = requests.get(f"{platform.url}/healthz", timeout=5)
    assert health.status_code == 503
    assert health.json()["status"] == "degraded"
    assert "writes are refused" in health.json()["aws"]
    assert reader("GET", "/2/users/by/username/reader")["data"]["username"] == "reader"
    assert platform.stop() == 1
    assert "not everything could be saved" in platform.log.read_text()
