"""Two people with items in every table, and a search of all tables."""

import hashlib
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from shared.aws import dynamo, sdk
from shared.base.clock import now_ms
from tests.integration.users.moderation.test_moderation import staff
from tests.media_support import objects, photo
from tests.platform import Person, Platform

PAGE = "http://127.0.0.1:9/"


@dataclass
class Lives:
    """Ada, whose data it is about, and Bob, who must keep his own."""

    ada: Person
    bob: Person
    tweets: dict[str, str]
    lists: dict[str, str]
    # Uploads by whose they are: one in a tweet and one in none, and the keys of their objects.
    media: dict[str, list[str]]
    objects: dict[str, list[str]]


def lead(platform: Platform, name: str = "ada") -> Lives:
    """Register two people who do everything possible to each other.

    Args:
        name: what her texts begin with: who looks for them everywhere takes one of their own.
    """
    ada, bob = platform.register(verify=True), platform.register(verify=True)
    ada.follow(bob)
    bob.follow(ada)
    platform.settle(90)
    poll = {"options": ["yes", "no"], "duration_minutes": 60}
    made = {
        "bobs": bob.tweet(f"hello @{ada.username}, bob speaks"),
        "bobs_poll": bob.tweet("bob asks", poll=poll),
        "adas": ada.tweet(f"{name} was here, @{bob.username}"),
        "adas_poll": ada.tweet(f"{name} asks", poll=poll),
    }
    reply = {"reply": {"in_reply_to_tweet_id": made["bobs"]}}
    made["adas_reply"] = ada.tweet(f"{name} replies", **reply)
    made["adas_quote"] = ada.tweet(f"{name} quotes", quote_tweet_id=made["bobs"])
    back = {"reply": {"in_reply_to_tweet_id": made["adas"]}}
    made["bobs_reply"] = bob.tweet("bob replies", **back)
    made["bobs_quote"] = bob.tweet("bob quotes", quote_tweet_id=made["adas"])
    for one in (ada, bob):
        own = {"throttle": {"per_hour": 60}, "categories": {"errands": {"inbox": False}}}
        one.ok("PUT", "/1/notifications/preferences", own)
        token = hashlib.sha256(one.id.encode()).hexdigest()
        one.ok("POST", "/1/devices", {"platform": "ios", "token": token})
        _has_number(one)
    lists: dict[str, str] = {}
    for one, other, whose, theirs in ((ada, bob, "adas", "bobs"), (bob, ada, "bobs", "adas")):
        for what in ("likes", "retweets", "bookmarks"):
            one.ok("POST", f"/2/users/{one.id}/{what}", {"tweet_id": made[theirs]})
        one.ok("POST", f"/1/tweets/{made[f'{theirs}_poll']}/votes", {"position": 1})
        owner = name if one is ada else "bob"
        body = {"name": f"{one.username[:8]} likes", "description": f"{owner}s list"}
        lists[whose] = one.ok("POST", "/2/lists", body)["data"]["id"]
        one.ok("POST", f"/2/lists/{lists[whose]}/members", {"user_id": other.id})
        one.ok("POST", f"/2/users/{one.id}/pinned_lists", {"list_id": lists[whose]})
        crawl = {"url": PAGE, "allow_private": True, "max_pages": 1}
        one.ok("POST", "/1/crawls", crawl)
        one.ok("POST", "/1/crawl_schedules", {"expression": "rate(9 days)", "crawl": crawl})
        one.ok("POST", "/1/apps", {"name": f"{owner}s app", "redirect_uris": []})
    for one, theirs in ((ada, "bobs"), (bob, "adas")):
        one.ok("POST", f"/2/users/{one.id}/followed_lists", {"list_id": lists[theirs]})
    media = {"adas": _uploads(ada, name), "bobs": _uploads(bob, "bob")}
    for one, author in ((ada, name), (bob, "bob")):
        soon = datetime.now(UTC) + timedelta(days=2)
        draft = {"text": f"{author} drafts", "media": {"media_ids": [photo(one)]}}
        one.ok("POST", "/1/tweets/drafts", {"tweet": draft})
        one.ok("POST", f"/2/users/{one.id}/bookmarks/folders", {"name": f"{author} keeps"})
        plan = {"tweet": {"text": f"{author} plans"}, "scheduled_at": soon.isoformat()}
        one.ok("POST", "/1/tweets/scheduled", plan)
        _is_notified(one, author)
    stranger = platform.register()
    both = {"to": [ada.id, bob.id], "content": {"title": "to both", "text": "of many"}}
    staff(platform, "admin").ok("POST", "/1/notifications", both)
    ada.ok("POST", f"/2/users/{ada.id}/blocking", {"target_user_id": stranger.id})
    ada.ok("POST", f"/2/users/{ada.id}/muting", {"target_user_id": stranger.id})
    platform.settle(90)
    kept = {whose: [key for one in ids for key in objects(one)] for whose, ids in media.items()}
    return Lives(ada, bob, made, lists, media, kept)


def _is_notified(person: Person, name: str) -> None:
    """Send what no inbox lists: not wanted there, waiting, cancelled."""
    soon = {"schedule_at": (datetime.now(UTC) + timedelta(days=10)).isoformat()}
    for what, members in (
        ("errands", {"category": "errands"}),
        ("awaits", soon),
        ("cancels", soon),
    ):
        body = {"to": person.id, "content": {"title": what, "text": f"{name} {what}"}, **members}
        sent = person.ok("POST", "/1/notifications", body)["data"]["id"]
    person.ok("DELETE", f"/1/notifications/{sent}")


def number_of(person: Person) -> str:
    """The phone number that a person has."""
    return f"+1500{int(person.id) % 10**7:07d}"


def _has_number(person: Person) -> None:
    """Prove a number, as by its code."""
    from chalicelib.notifications.contacts import consents, phones

    number = number_of(person)
    phones.store().set_pending(person.id, number, "r", now_ms() + 60_000)
    assert phones.store().verify(person.id, number, "r")
    consents.store().add(person.id, "sms", "phone_code")


def _uploads(person: Person, name: str) -> list[str]:
    used, unused = photo(person), photo(person)
    person.tweet(f"{name} shows", media={"media_ids": [used]})
    return [used, unused]


def traces(*words: str, domain: str = "") -> dict[str, set[tuple[str, str]]]:
    """Places of words: (table, attribute), or (bucket, ``key`` or ``body``).

    Those in the relational store are ("contacts", table). Of one ``domain`` only its tables
    and the relational store are read.

    A word is not part of a longer one; letter case is no difference. Everything
    is read once for all the words.
    """
    one_of = "|".join(re.escape(word.lower()) for word in words)
    pattern = re.compile(rf"(?<![0-9a-z])(?:{one_of})(?![0-9a-z])")
    found: dict[str, set[tuple[str, str]]] = {word.lower(): set() for word in words}

    def look(text: str, place: tuple[str, str]) -> None:
        for word in pattern.findall(text.lower()):
            found[word].add(place)

    for table in _tables():
        short = table.removeprefix("rookery-dev-")
        if not short.startswith(domain):
            continue
        for item in _items(table):
            for name, value in item.items():
                look(f"{name} {value}", (short, name))
    for table, row in _rows():
        look(" ".join(map(str, row)), ("contacts", table))
    s3 = sdk.client("s3")
    if domain:
        return {word: found[word.lower()] for word in words}
    for bucket in (one["Name"] for one in s3.list_buckets()["Buckets"]):
        for key in object_keys(bucket):
            look(key, (bucket, "key"))
            body = s3.get_object(Bucket=bucket, Key=key)["Body"].read()
            look(body.decode(errors="replace"), (bucket, "body"))
    return {word: found[word.lower()] for word in words}


def all_keys() -> set[str]:
    """The keys of all objects in all buckets."""
    buckets = [one["Name"] for one in sdk.client("s3").list_buckets()["Buckets"]]
    return {key for bucket in buckets for key in object_keys(bucket)}


def object_keys(bucket: str, prefix: str = "") -> list[str]:
    """All keys of a bucket."""
    pages = sdk.client("s3").get_paginator("list_objects_v2").paginate(Bucket=bucket, Prefix=prefix)
    return [one["Key"] for page in pages for one in page.get("Contents", ())]


def _rows() -> Iterator[tuple[str, Sequence[Any]]]:
    """Every row of the relational store, with its table."""
    from chalicelib.notifications.contacts import directory, sql

    made = (
        re.match(r"(?:--.*\n)*CREATE TABLE IF NOT EXISTS (\w+)", one) for _, one in sql.migrations()
    )
    for table in (one[1] for one in made if one):
        for row in directory.database().run(f"SELECT * FROM {table}", {}):
            yield table, row


def _tables() -> list[str]:
    pages = sdk.client("dynamodb").get_paginator("list_tables").paginate()
    names = [name for page in pages for name in page["TableNames"]]
    return [name for name in names if name.startswith("rookery-dev-")]


def _items(table: str) -> Iterator[dict[str, Any]]:
    for page in sdk.client("dynamodb").get_paginator("scan").paginate(TableName=table):
        for raw in page["Items"]:
            yield dynamo.decode_item(raw)
