"""Events of other domains, the mail provider, and calls of the API."""

import json
import threading
import urllib.request
from types import SimpleNamespace

from shared.aws import dynamo, sdk
from shared.aws.events import Event
from shared.base import ids
from shared.base.clock import now_ms
from shared.base.config import settings
from shared.contracts import profiles


def make_user(name=None, *, registered=True, status="active"):
    """Make a user in the users table and, if registered, in the contacts."""
    user_id = ids.new_id()
    name = name or f"u{user_id[-9:]}"
    item = {"id": user_id, "username": name[:15], "name": name, "status": status}
    dynamo.batch_write(profiles.USERS.name, [item])
    if registered:
        from chalicelib.notifications.contacts import directory

        directory.store().set_email(user_id, address(user_id), 1)
        directory.store().set_name(user_id, name[:15], name, 0)
    return user_id


def address(user_id):
    return f"u{user_id}@example.org"


def happened(source, kind, data, version=1):
    subject = "-".join(str(value) for value in data.values())[:200]
    return Event.of(source, kind, subject, version, now_ms(), data)


def followed(follower, target, version=1):
    return happened("users", "user.followed", {"user_id": follower, "target_id": target}, version)


def liked(user_id, author_id, tweet_id):
    data = {"tweet_id": tweet_id, "author_id": author_id, "user_id": user_id}
    return happened("tweets", "tweet.liked", data)


def mails(stack, to):
    url = f"{stack.endpoint_url}/_ministack/ses/messages"
    with urllib.request.urlopen(url, timeout=10) as answer:
        accounts = json.load(answer)["messages"].values()
    return [one for messages in accounts for one in messages if to in one["To"]]


def queue_messages(thing):
    url = settings().queue_url("notifications", thing)
    answer = sdk.client("sqs").receive_message(
        QueueUrl=url, MaxNumberOfMessages=10, VisibilityTimeout=0, WaitTimeSeconds=0
    )
    return [json.loads(one["Body"]) for one in answer.get("Messages", [])]


class Provider:
    """Stands between the mail worker and SES, and refuses some calls."""

    def __init__(self):
        self.calls, self.refusals = [], []
        self._lock = threading.Lock()
        self._events = sdk.client("sesv2", provider=True).meta.events

    def __enter__(self):
        self._events.register("before-call.sesv2.SendEmail", self._before)
        return self

    def __exit__(self, *_):
        self._events.unregister("before-call.sesv2.SendEmail", self._before)

    def refuse(self, code, status, times):
        self.refusals += [(code, status)] * times

    def _before(self, params, **_):
        with self._lock:
            self.calls.append(json.loads(params["body"])["Destination"]["ToAddresses"][0])
            if not self.refusals:
                return None
            code, status = self.refusals.pop()
        parsed = {"Error": {"Code": code, "Message": "refused"}, "ResponseMetadata": {}}
        return SimpleNamespace(status_code=status), parsed


def inbox(api, user_id, **query):
    path = "/1/notifications/inbox"
    if query:
        path += "?" + "&".join(f"{name}={value}" for name, value in query.items())
    answer = api("GET", path, user_id)
    assert answer.status == 200, answer.body
    return answer.body


def send(api, user_id, **members):
    body = {"user_id": user_id, "title": "Tea", "text": "It is ready.", **members}
    answer = api("POST", "/1/notifications", user_id, body)
    assert answer.status == 202, answer.body
    return answer.body["data"]["id"]


def state(api, notification_id, user_id):
    answer = api("GET", f"/1/notifications/{notification_id}", user_id)
    assert answer.status == 200, answer.body
    return answer.body["data"]


def replied(author, target):
    data = {
        "tweet_id": ids.new_id(),
        "author_id": author,
        "kind": "reply",
        "in_reply_to_user_id": target,
    }
    return happened("tweets", "tweet.created", data)
