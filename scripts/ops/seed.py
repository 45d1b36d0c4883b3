"""A small, believable demo community: ``--url URL``.

Everything goes through the public API, as a client would do it. Logins are
left in ``<state>/demo.json`` for the runner to print.
"""

import argparse
import json
import os
import re
import sys
import time
from dataclasses import dataclass
from typing import Any

import requests

from scripts.base.process import state_directory
from scripts.ops import admin
from scripts.ops.operator_access import local_environment

PASSWORD = "rookery-demo-1"

PEOPLE = {
    "mira": ("Mira Castellanos", "Ornithologist. Rooks, jackdaws, and the odd heron.", "Ghent"),
    "tobias": ("Tobias Lindqvist", "Serverless by day, sourdough by night.", "Malmö"),
    "amara": ("Amara Okafor", "Photographs of cities before breakfast.", "Lagos"),
    "kenji": ("Kenji Watanabe", "鳥と珈琲。 Birds and coffee.", "Kyoto"),
    "ruth": ("Ruth Adeyemi", "Editor of The Field Guide. Opinions are the marsh's.", "Norwich"),
    "leo": ("Leo Marchetti", "I write bots that post about tides.", "Trieste"),
    "nadia": ("Nadia Rahman", "Maps, mostly of places that flood.", "Dhaka"),
    "otto": ("Otto Brandt", "Retired lighthouse keeper. Still up all night.", "Sylt"),
    "ines": ("Ines Duarte", "Runs this place. Reads every report, eventually.", "Porto"),
    "paul": ("Paul Novak", "Moderator. Kind words first.", "Brno"),
}
STAFF = {"ines": "admin", "paul": "moderator"}
FOLLOWS = {
    "mira": "tobias amara kenji ruth nadia otto",
    "tobias": "mira leo ruth amara",
    "amara": "mira kenji nadia leo otto",
    "kenji": "mira amara ruth",
    "ruth": "mira tobias amara kenji leo nadia otto",
    "leo": "tobias nadia otto mira",
    "nadia": "amara leo ruth mira",
    "otto": "mira leo ruth",
}
# (author, text, index of the tweet answered or None)
TWEETS: list[tuple[str, str, int | None]] = [
    ("otto", "Fog again. The horn and I have reached an understanding.", None),
    (
        "mira",
        "Counted 312 rooks at the old mill today, up from 287. #rookcount",
        None,
    ),
    (
        "kenji",
        "朝の鴨川。カワセミを見ました 🐦 A kingfisher before work: the day is won.",
        None,
    ),
    ("tobias", "Moved our last cron job off a server today. The server did not notice.", None),
    ("ruth", "That is the best kind of retirement party.", 3),
    ("amara", "Third Mainland Bridge at 5:40. Nobody honks before six. #lagos", None),
    ("nadia", "New flood map of the delta is up. Blue is water, dark blue is *more* water.", None),
    ("leo", "Tide bot is back: high water Trieste 09:12, +1.1 m. Bring boots.", None),
    ("otto", "@leo your bot is two minutes fast. I can hear it.", 7),
    ("leo", "@otto you are the only integration test I trust.", 8),
    ("mira", "@kenji lovely! Any ring on the left leg? We are tracking a pair.", 2),
    ("kenji", "@mira 赤いリング！ Red ring, number 41.", 10),
    ("ruth", "New in The Field Guide: how to tell a rook from a crow. {demo}", None),
    ("amara", "Bookmarked. I have been calling them all 'the committee'.", 12),
    ("tobias", "Sourdough update: the starter now has a name, and opinions.", None),
    ("nadia", "Cartographers, settle it: is a sandbank land? #maps", None),
    ("otto", "Depends who is aground on it.", 15),
    (
        "mira",
        "Weekend walk is on: the mill, 7 am. Bring a flask, expect little.",
        None,
    ),
]
LIKES = [
    ("mira", 2), ("mira", 9), ("amara", 1), ("amara", 11), ("ruth", 0), ("ruth", 6), ("ruth", 16),
    ("kenji", 1), ("kenji", 17), ("tobias", 12), ("tobias", 16), ("leo", 3), ("leo", 8),
    ("nadia", 5), ("nadia", 7), ("otto", 1), ("otto", 17), ("otto", 12), ("amara", 16),
]  # fmt: skip
RETWEETS = [("ruth", 1), ("amara", 2), ("mira", 12), ("leo", 6), ("nadia", 16), ("tobias", 12)]


@dataclass
class Member:
    """A seeded person with a session."""

    id: str
    token: str


class Seeder:
    """Talks to a running platform.

    Args:
        url: address of the gateway.
    """

    def __init__(self, url: str) -> None:
        self.url = url
        self.http = requests.Session()
        self.http.trust_env = False

    def call(self, method: str, path: str, token: str = "", **arguments: Any) -> Any:
        """One request; the decoded answer.

        Raises:
            SystemExit: the platform refused, with its own words.
        """
        headers = {"authorization": f"Bearer {token}"} if token else {}
        answer = self.http.request(
            method, self.url + path, headers=headers, timeout=30, **arguments
        )
        if not answer.ok:
            sys.exit(f"seeding failed: {method} {path}: {answer.status_code} {answer.text[:300]}")
        return answer.json() if answer.content else None

    def join(self, username: str) -> Member:
        """Register, verify by the mail in the outbox, log in, fill in the profile."""
        name, description, location = PEOPLE[username]
        email = f"{username}@example.com"
        body = {"username": username, "name": name, "email": email, "password": PASSWORD}
        if self.http.get(f"{self.url}/1/dev/outbox", params={"to": email}).json()["data"]:
            sys.exit("the demo community is there already; make reset removes everything")
        created = self.call("POST", "/1/accounts", json=body)["data"]
        self.call("POST", "/1/accounts/verify", json={"token": self._mailed_token(email)})
        login = {"login": username, "password": PASSWORD}
        token = self.call("POST", "/1/sessions", json=login)["data"]["access_token"]
        profile = {"description": description, "location": location}
        self.call("PATCH", "/1/accounts/me", token, json=profile)
        return Member(created["id"], token)

    def _mailed_token(self, email: str) -> str:
        deadline = time.monotonic() + 30
        while time.monotonic() < deadline:
            for mail in self.call("GET", "/1/dev/outbox", params={"to": email})["data"]:
                if token := (mail.get("data") or {}).get("token"):
                    return str(token)
            time.sleep(0.1)
        sys.exit(f"seeding failed: no verification mail for {email}")

    def run(self) -> None:
        """Make the whole community."""
        members = {username: self.join(username) for username in PEOPLE}
        for username, followed in FOLLOWS.items():
            me = members[username]
            for target in followed.split():
                self.call(
                    "POST",
                    f"/2/users/{me.id}/following",
                    me.token,
                    json={"target_user_id": members[target].id},
                )
        ids: list[str] = []
        for author, text, answered in TWEETS:
            tweet: dict[str, Any] = {
                "text": text.format(demo=f"{self.url}/demo/") if "{demo}" in text else text
            }
            if answered is not None:
                tweet["reply"] = {"in_reply_to_tweet_id": ids[answered]}
            made = self.call("POST", "/2/tweets", members[author].token, json=tweet)
            ids.append(made["data"]["id"])
        for kind, pairs in (("likes", LIKES), ("retweets", RETWEETS)):
            for username, index in pairs:
                me = members[username]
                path = f"/2/users/{me.id}/{kind}"
                self.call("POST", path, me.token, json={"tweet_id": ids[index]})


def main() -> None:
    """Command line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--url", default="http://127.0.0.1:8000")
    url = parser.parse_args().url.rstrip("/")
    if not re.match(r"https?://(127\.0\.0\.1|localhost|\[::1\])(:|$)", url):
        sys.exit("the demo community is for local stacks only")
    try:
        Seeder(url).run()
    except requests.ConnectionError:
        sys.exit(f"nothing answers at {url}; start it with: make run")
    if environment := local_environment():
        os.environ.update(environment)
        for username, role in STAFF.items():
            admin.grant(username, role)
    logins = [
        {"username": username, "password": PASSWORD, "role": STAFF.get(username, "user")}
        for username in ("mira", "tobias", *STAFF)
    ]
    (state_directory() / "demo.json").write_text(json.dumps({"logins": logins}))
    print(f"{len(PEOPLE)} people, {len(TWEETS)} tweets")


if __name__ == "__main__":
    main()
