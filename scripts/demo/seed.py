"""A small, believable demo community: ``--url URL``.

What it said in the last days is imported with its times (`scripts.fixtures`); pictures,
a film and a poll go through the public API, as a client would do it. Logins are left in
``<state>/demo.json`` for the runner to print.
"""

import argparse
import json
import os
import re
import sys
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import requests

from scripts.base.process import ROOT, state_directory
from scripts.demo import drawing, story
from scripts.ops import admin
from scripts.ops.operator_access import enter

PASSWORD = "rookery-demo-1"
FILM = ROOT / "scripts" / "demo" / "film.mp4"
_ACCOUNT_DAYS = 400
_PROCESSING_SECONDS = 60


class Seeder:
    """Talks to a running platform.

    Args:
        url: address of the gateway.
    """

    def __init__(self, url: str) -> None:
        self.url = url
        self.http = requests.Session()
        self.http.trust_env = False
        self.now = datetime.now(UTC)
        self._tokens: dict[str, str] = {}

    def run(self) -> int:
        """Make the whole community; returns the number of its posts."""
        if self.http.get(f"{self.url}/1/public/users/{self._user_id('mira')}/tweets").ok:
            sys.exit("the demo community is there already; make reset removes everything")
        self._import()
        for name in story.PEOPLE:
            self._dress(name)
        return len(story.TWEETS) + self._post_media()

    def _import(self) -> None:
        """Import people, and what they did, with its times."""
        from scripts.fixtures import write
        from scripts.fixtures.plan import Planner
        from scripts.fixtures.rows import checked

        found = (checked(f"row {number}", row) for number, row in enumerate(self._rows(), 1))
        write.write(Planner(found, PASSWORD).plan(), lambda _: None)
        write.settle(self.url, lambda _: None)

    def _rows(self) -> Iterator[dict[str, Any]]:
        for name, (shown, about, place) in story.PEOPLE.items():
            yield {
                "type": "user",
                "id": self._user_id(name),
                "username": name,
                "name": shown,
                "email": f"{name}@example.com",
                "description": about,
                "location": place,
                "verified": name in story.VERIFIED,
                "created_at": self._at(self._joined_hours(name)),
            }
        for name, followed in story.FOLLOWS.items():
            for target in followed.split():
                yield {"type": "follow", "user_id": f"@{name}", "target_id": f"@{target}"}
        yield from self._told()
        for kind, found in (("like", story.LIKES), ("retweet", story.RETWEETS)):
            for name, positions in found.items():
                for position in positions:
                    hours = story.TWEETS[position].hours * 0.9
                    yield {
                        "type": kind,
                        "user_id": f"@{name}",
                        "tweet_id": self._tweet_id(position),
                        "created_at": self._at(hours),
                    }
        for number, (owner, name, about, members) in enumerate(story.LISTS):
            yield {
                "type": "list",
                "id": _snowflake(self.now - timedelta(days=30), number),
                "owner_id": f"@{owner}",
                "name": name,
                "description": about,
                "members": [f"@{member}" for member in members.split()],
            }

    def _told(self) -> Iterator[dict[str, Any]]:
        for position, told in enumerate(story.TWEETS):
            row = {
                "type": "tweet",
                "id": self._tweet_id(position),
                "author_id": f"@{told.author}",
                "text": told.text.replace("{demo}", f"{self.url}/demo/"),
            }
            if told.answers is not None:
                row["in_reply_to_tweet_id"] = self._tweet_id(told.answers)
            if told.quotes is not None:
                row["quoted_tweet_id"] = self._tweet_id(told.quotes)
            yield row

    def _dress(self, name: str) -> None:
        """Upload the picture and the banner of a profile."""
        for kind, picture in (
            ("profile_image", drawing.avatar(name)),
            ("profile_banner", drawing.banner(name)),
        ):
            upload = self._call("POST", "/1/accounts/me/picture_uploads", name)["data"]
            sent = self.http.post(
                upload["url"], data=upload["fields"], files={"file": picture}, timeout=30
            )
            _checked(sent)
            body = {"upload_id": upload["id"]}
            self._call("PUT", f"/1/accounts/me/{kind}", name, json=body)

    def _post_media(self) -> int:
        """Post pictures, a moving one, a film and a poll; returns how many posts."""
        sunrise = self._photo("amara", drawing.scene("amara"), "A bridge at sunrise, with birds")
        delta = self._photo("nadia", drawing.flood_map(), "Map of a delta in three blues")
        marsh = self._photo("mira", drawing.scene("mira"), "Rooks over hills at dusk")
        tide = self._upload("leo", drawing.tide(), "image/gif", "tweet_gif")
        film = self._upload("otto", FILM.read_bytes(), "video/mp4", "tweet_video")
        posts = [
            ("amara", "5:52, before the city remembers itself. #lagos", {"media_ids": [sunrise]}),
            ("nadia", "The delta at +1 m. The third blue is new.", {"media_ids": [delta]}),
            ("leo", "The tide bot draws now.", {"media_ids": [tide]}),
            ("mira", "Coming home to the mill. #rookcount", {"media_ids": [marsh]}),
            ("otto", "Testing the new camera on the gallery.", {"media_ids": [film]}),
        ]
        ids = {}
        for name, text, media in posts:
            ids[name] = self._tweet(name, text=text, media=media)
        author, question, options = story.POLL
        poll = self._tweet(
            author, text=question, poll={"options": options, "duration_minutes": 1440}
        )
        for name, position in story.VOTES.items():
            self._call("POST", f"/1/tweets/{poll}/votes", name, json={"position": position})
        for name, liked in (("ruth", "mira"), ("kenji", "mira"), ("salma", "amara"),
                            ("finn", "leo"), ("mira", "nadia")):  # fmt: skip
            path = f"/2/users/{self._user_id(name)}/likes"
            self._call("POST", path, name, json={"tweet_id": ids[liked]})
        return len(posts) + 1

    def _tweet(self, name: str, **body: Any) -> str:
        return str(self._call("POST", "/2/tweets", name, json=body)["data"]["id"])

    def _photo(self, name: str, picture: bytes, alt: str) -> str:
        media_id = self._upload(name, picture, "image/png", "tweet_image")
        metadata = {"id": media_id, "metadata": {"alt_text": {"text": alt}}}
        self._call("POST", "/2/media/metadata", name, json=metadata)
        return media_id

    def _upload(self, name: str, content: bytes, media_type: str, category: str) -> str:
        """Upload in X's three steps; returns the media's id."""
        begin = {"media_type": media_type, "total_bytes": len(content), "media_category": category}
        started = self._call("POST", "/2/media/upload/initialize", name, json=begin)
        media_id = str(started["data"]["id"])
        path = f"/2/media/upload/{media_id}"
        self._call(
            "POST", f"{path}/append", name, data={"segment_index": 0}, files={"media": content}
        )
        self._call("POST", f"{path}/finalize", name)
        deadline = time.monotonic() + _PROCESSING_SECONDS
        while time.monotonic() < deadline:
            shown = self._call("GET", f"/2/media/upload?media_id={media_id}", name)["data"]
            if shown.get("processing_info", {}).get("state", "succeeded") == "succeeded":
                return media_id
            time.sleep(0.2)
        sys.exit(f"seeding failed: the {media_type} of {name} is still being processed")

    def _call(self, method: str, path: str, name: str, **arguments: Any) -> Any:
        """Make one request as a member; returns the decoded answer.

        Raises:
            SystemExit: the platform refused, with its own words.
        """
        headers = {"authorization": f"Bearer {self._token(name)}"}
        answer = self.http.request(
            method, self.url + path, headers=headers, timeout=30, **arguments
        )
        return _checked(answer)

    def _token(self, name: str) -> str:
        if name not in self._tokens:
            login = {"login": name, "password": PASSWORD}
            answer = self.http.post(f"{self.url}/1/sessions", json=login, timeout=30)
            self._tokens[name] = _checked(answer)["data"]["access_token"]
        return self._tokens[name]

    def _at(self, hours: float) -> str:
        moment = self.now - timedelta(hours=hours)
        return moment.isoformat(timespec="milliseconds").replace("+00:00", "Z")

    def _joined_hours(self, name: str) -> float:
        return 24.0 * (_ACCOUNT_DAYS - 7 * list(story.PEOPLE).index(name))

    def _user_id(self, name: str) -> str:
        joined = datetime(2025, 6, 1, tzinfo=UTC)
        return _snowflake(joined, list(story.PEOPLE).index(name))

    def _tweet_id(self, position: int) -> str:
        hours = story.TWEETS[position].hours
        return _snowflake(self.now - timedelta(hours=hours), position)


def _snowflake(moment: datetime, number: int) -> str:
    """Return an id of a moment; numbers keep ids of one moment apart."""
    from shared.base.ids import first_id_at

    return str(first_id_at(int(moment.timestamp() * 1000)) + number)


def _checked(answer: requests.Response) -> Any:
    if not answer.ok:
        asked = f"{answer.request.method} {answer.request.path_url}"
        sys.exit(f"seeding failed: {asked}: {answer.status_code} {answer.text[:300]}")
    return answer.json() if "json" in answer.headers.get("content-type", "") else None


def main() -> None:
    """Command line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--url", default="http://127.0.0.1:8000")
    url = parser.parse_args().url.rstrip("/")
    if not re.match(r"https?://(127\.0\.0\.1|localhost|\[::1\])(:|$)", url):
        sys.exit("the demo community is for local stacks only")
    enter(False)
    os.environ.setdefault("STAGE", "dev")
    try:
        posts = Seeder(url).run()
    except requests.ConnectionError:
        sys.exit(f"nothing answers at {url}; start it with: make run")
    for username, role in story.STAFF.items():
        admin.grant(username, role)
    logins = [
        {"username": username, "password": PASSWORD, "role": story.STAFF.get(username, "user")}
        for username in ("mira", "tobias", *story.STAFF)
    ]
    (state_directory() / "demo.json").write_text(json.dumps({"logins": logins}))
    print(f"{len(story.PEOPLE)} people, {posts} posts")


if __name__ == "__main__":
    main()
