"""X's own clients, unmodified, through the TLS front."""

import base64
import io
import json
import os
import shutil
import stat
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import requests
import tweepy

from tests.e2e.client_tokens import Developer, developer, import_rows, tls_front
from tests.e2e.conftest import RunningPlatform
from tests.e2e.test_main_job import eventually
from tests.media_support import CLIP, DATA, HEVC, animated_gif, png

pytestmark = pytest.mark.e2e
NODE_CLIENTS = Path(__file__).parent / "clients"
CLIP_PATH = DATA / "clip.mp4"
TWEET_FIELDS = [
    *("attachments", "author_id", "context_annotations", "conversation_id", "created_at"),
    *("edit_controls", "entities", "geo", "in_reply_to_user_id", "lang", "non_public_metrics"),
    *("organic_metrics", "possibly_sensitive", "public_metrics", "referenced_tweets"),
    *("reply_settings", "source", "withheld"),
]
EXPANSIONS = [
    *("attachments.media_keys", "attachments.poll_ids", "author_id", "edit_history_tweet_ids"),
    *("entities.mentions.username", "geo.place_id", "in_reply_to_user_id", "referenced_tweets.id"),
    "referenced_tweets.id.author_id",
]
MEDIA = ["alt_text", "height", "preview_image_url", "type", "url", "variants", "width"]
USER_FIELDS = ["created_at", "pinned_tweet_id", "public_metrics", "verified"]


@pytest.fixture(scope="module")
def front(running: RunningPlatform) -> Iterator[dict[str, str]]:
    with tls_front(running) as environment:
        yield environment


@pytest.fixture(scope="module")
def people(running: RunningPlatform) -> list[Developer]:
    names = ("tweepyann", "tweepyben", "nodeann", "nodeben")
    return [developer(running.url, name) for name in names]


@pytest.fixture(scope="module")
def imported(running: RunningPlatform) -> None:
    import_rows(running)


def client_of(person: Developer) -> tweepy.Client:
    return tweepy.Client(bearer_token=person.app["bearer_token"], **person.tokens())


def ids(answer: Any) -> list[str]:
    return [str(one.id) for one in answer.data or ()]


def test_tweepy_does_it_all(
    front: dict[str, str], people: list[Developer], monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, value in front.items():
        monkeypatch.setenv(name, value)
    ann, ben = client_of(people[0]), client_of(people[1])
    me, him = people[0].id, people[1].id
    assert str(ann.get_me().data.id) == me
    # follow, and what arrives at home
    assert ann.follow_user(him).data["following"]
    first = ben.create_tweet(text="ben begins, über & co. 😀").data["id"]
    seen = eventually(lambda: first in ids(ann.get_home_timeline(max_results=10)) and first)
    # reply, quote, poll
    reply = ann.create_tweet(text="a reply", in_reply_to_tweet_id=seen).data["id"]
    quote = ann.create_tweet(text="a quote", quote_tweet_id=first).data["id"]
    poll = ann.create_tweet(text="?", poll_options=["a", "b"], poll_duration_minutes=5).data["id"]
    asked = ann.get_tweet(
        poll, expansions=["attachments.poll_ids"], poll_fields=["voting_status"], user_auth=True
    )
    assert asked.includes["polls"][0].voting_status == "open"
    assert quote in ids(ben.get_quote_tweets(first, user_auth=True))
    shown = ann.get_tweet(reply, tweet_fields=["conversation_id"], user_auth=True).data
    assert str(shown.conversation_id) == first
    # like, retweet, bookmark
    assert ann.like(first).data["liked"] and ann.retweet(first).data["retweeted"]
    assert first in ids(ann.get_liked_tweets(me, user_auth=True))
    assert me in ids(ben.get_liking_users(first, user_auth=True))
    assert me in ids(ben.get_retweeters(first, user_auth=True))
    fields = ["public_metrics"]

    def counted() -> Any:
        found = ben.get_tweet(first, tweet_fields=fields, user_auth=True).data.public_metrics
        return found if found["like_count"] == found["retweet_count"] == 1 else None

    assert eventually(counted)["quote_count"] == 1
    assert not ann.unlike(first).data["liked"] and not ann.unretweet(first).data["retweeted"]
    oauth2 = tweepy.Client(people[0].own["oauth2_access_token"])
    assert oauth2.bookmark(first).data["bookmarked"]
    assert ids(oauth2.get_bookmarks()) == [first]
    assert not oauth2.remove_bookmark(first).data["bookmarked"]
    # pictures at once and in segments, films in segments, and a tweet with them
    uploads = tweepy.API(tweepy.OAuth1UserHandler(**people[0].tokens()))
    whole = uploads.media_upload("a.png", file=io.BytesIO(png()))
    parts = uploads.media_upload("b.png", file=io.BytesIO(png()), chunked=True)
    uploads.create_media_metadata(whole.media_id, "a teal square")
    film = uploads.media_upload(str(CLIP_PATH), media_category="tweet_video")
    assert film.processing_info["state"] == "succeeded"
    expansion = {"expansions": ["attachments.media_keys"], "media_fields": ["alt_text", "type"]}
    for uploaded, types in (([whole, parts], ["photo", "photo"]), ([film], ["video"])):
        with_media = ann.create_tweet(media_ids=[one.media_id for one in uploaded]).data["id"]
        included = ben.get_tweet(with_media, user_auth=True, **expansion).includes["media"]
        assert [one.type for one in included] == types
        assert included[0].alt_text == ("a teal square" if types[0] == "photo" else None)
    # lists
    made = ann.create_list("birds", description="who sings", private=False).data["id"]
    assert ann.add_list_member(made, him).data["is_member"]
    assert ids(ben.get_list_members(made, user_auth=True)) == [him]
    assert first in ids(ben.get_list_tweets(made, user_auth=True))
    assert ben.follow_list(made).data["following"] and ann.pin_list(made).data["pinned"]
    assert made in ids(ann.get_owned_lists(me, user_auth=True))
    assert ann.update_list(made, name="songbirds").data["updated"]
    assert ann.delete_list(made).data["deleted"]
    # hide replies, mentions, timelines
    assert ben.hide_reply(reply).data["hidden"] and not ben.unhide_reply(reply).data["hidden"]
    named = ben.create_tweet(text=f"hello @{people[0].username}").data["id"]
    eventually(lambda: named in ids(ann.get_users_mentions(me, user_auth=True)))
    own = tweepy.Paginator(ann.get_users_tweets, me, max_results=5, user_auth=True).flatten()
    assert {str(tweet.id) for tweet in own} >= {reply, quote, poll}
    # people
    found = ann.request(
        "GET", "/2/users/search", params={"query": people[1].username}, user_auth=True
    ).json()
    assert him in [one["id"] for one in found["data"]]
    assert str(ann.get_user(username=people[1].username, user_auth=True).data.id) == him
    assert him in ids(ann.get_users_following(me, user_auth=True))
    assert ann.mute(him).data["muting"] and not ann.unmute(him).data["muting"]
    assert ids(ann.get_muted()) == []
    assert not ann.unfollow_user(him).data["following"]
    with pytest.raises(tweepy.NotFound):
        ann.like(1)
    assert ann.delete_tweet(poll).data["deleted"]
    assert (
        tweepy.API(tweepy.OAuth1UserHandler(**people[0].tokens())).verify_credentials().id_str == me
    )


def test_tweepy_asks_for_everything(
    front: dict[str, str], people: list[Developer], monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, value in front.items():
        monkeypatch.setenv(name, value)
    ann, ben = client_of(people[0]), client_of(people[1])
    me, him = people[0].id, people[1].id
    both = {"user_auth": True, "user_fields": USER_FIELDS}
    full = {**both, "tweet_fields": TWEET_FIELDS, "expansions": EXPANSIONS, "media_fields": MEDIA}
    # every parameter of a tweet, a poll with votes, an edit
    uploads = tweepy.API(tweepy.OAuth1UserHandler(**people[0].tokens()))
    moving = uploads.media_upload("a.gif", file=io.BytesIO(animated_gif()), chunked=True)
    bad = uploads.chunked_upload(str(DATA / "hevc.mp4"), media_category="tweet_video")
    assert bad.processing_info["state"] == "failed"
    assert "hvc1" in bad.processing_info["error"]["message"]
    root = ann.create_tweet(
        text=f"😀 @{people[1].username} #tag $CASH https://example.com/x",
        media_ids=[moving.media_id], media_tagged_user_ids=[him],
    ).data["id"]  # fmt: skip
    closed = ann.create_tweet(text="for those I follow", reply_settings="following").data["id"]
    with pytest.raises(tweepy.Forbidden):
        ben.create_tweet(text="?", in_reply_to_tweet_id=closed)
    ann.follow_user(him)
    reply = ben.create_tweet(
        text="re", in_reply_to_tweet_id=root, exclude_reply_user_ids=[me]
    ).data["id"]
    quote = ben.create_tweet(text="qu", quote_tweet_id=root).data["id"]
    poll = ann.create_tweet(text="1?", poll_options=["a", "b"], poll_duration_minutes=5).data["id"]
    voted = ben.request("POST", f"/1/tweets/{poll}/votes", json={"position": 2}, user_auth=True)
    assert voted.json()["data"] == {"voted": True, "position": 2}
    edit = {"text": "better", "edit_options": {"previous_post_id": quote}}
    quote = ben.request("POST", "/2/tweets", json=edit, user_auth=True).json()["data"]["id"]
    # all fields and expansions, and what is missing
    found = ann.get_tweets([root, reply, quote, poll, "1"], **full)
    assert ids(found) == [root, reply, quote, poll]
    assert [one["value"] for one in found.errors if "ids" in one["parameter"]] == ["1"]
    shown = found.data[0]
    assert [one["start"] for one in shown.entities["mentions"]] == [2]
    assert [one["tag"] for one in shown.entities["hashtags"]] == ["tag"]
    assert shown.non_public_metrics["impression_count"] >= 0
    assert {one.type for one in found.includes["media"]} == {"animated_gif"}
    assert {str(one.id) for one in found.includes["users"]} == {me, him}
    assert len(found.data[2].edit_history_tweet_ids) == 2
    # who did what, page by page; there and back
    assert ann.like(root).data["liked"] and ben.like(root).data["liked"]
    assert ben.retweet(root).data["retweeted"]
    likers = tweepy.Paginator(ann.get_liking_users, root, max_results=1, **both)
    assert {str(one.id) for one in likers.flatten()} == {me, him}
    assert ids(ann.get_retweeters(root, **both)) == [him]
    assert ids(ann.get_quote_tweets(root, exclude=["replies"], **full)) == [quote]
    assert root in ids(ben.get_liked_tweets(him, max_results=5, **full))
    # timelines with bounds
    eventually(lambda: quote in ids(ann.get_home_timeline(exclude=["retweets", "replies"])))
    assert reply not in ids(ann.get_home_timeline(exclude=["replies"], since_id=root))
    eventually(lambda: reply in ids(ann.get_users_mentions(me, since_id=root, **full)))
    assert reply not in ids(ann.get_users_mentions(me, until_id=reply, user_auth=True))
    home = ann.get_home_timeline
    forth = list(tweepy.Paginator(home, max_results=2, limit=3))
    back = tweepy.Paginator(home, max_results=2, pagination_token=forth[2].meta["previous_token"])
    assert [ids(one) for one in reversed(back)] == [ids(forth[1]), ids(forth[0])]
    early = {"start_time": "2026-01-01T00:00:00Z", "end_time": "2026-01-02T00:00:00Z"}
    assert ids(ann.get_users_mentions(me, user_auth=True, **early)) == []
    # lists, all of it
    made = ann.create_list("birds", private=True).data["id"]
    with pytest.raises(tweepy.NotFound):
        ben.get_list(made, user_auth=True)
    ann.update_list(made, private=False, description="who sings")
    asked = ann.get_list(made, list_fields=["private", "member_count"], expansions="owner_id",
                         user_auth=True)  # fmt: skip
    assert (asked.data.private, str(asked.includes["users"][0].id)) == (False, me)
    assert ann.add_list_member(made, him).data["is_member"]
    assert made in ids(ben.get_list_memberships(him, user_auth=True))
    assert ben.follow_list(made).data["following"]
    assert ids(ann.get_list_followers(made, user_auth=True)) == [him]
    assert made in ids(ben.get_followed_lists(him, user_auth=True))
    assert ann.pin_list(made).data["pinned"]
    assert ids(ann.get_pinned_lists(user_auth=True)) == [made]
    assert not ann.unpin_list(made).data["pinned"]
    assert not ben.unfollow_list(made).data["following"]
    assert not ann.remove_list_member(made, him).data["is_member"]
    # an app by itself, and what it may not
    app = tweepy.Client(people[0].app["bearer_token"])
    assert ids(app.get_tweets([root], tweet_fields=["created_at"])) == [root]
    with pytest.raises(tweepy.Forbidden):
        app.get_home_timeline(user_auth=False)


@pytest.mark.usefixtures("imported")
def test_tweepy_looks_up_imported_ids(
    front: dict[str, str], people: list[Developer], monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, value in front.items():
        monkeypatch.setenv(name, value)
    ann, old = client_of(people[0]), tweepy.API(tweepy.OAuth1UserHandler(**people[0].tokens()))
    found = ann.get_user(id=783214, user_fields=["created_at", "public_metrics"], user_auth=True)
    assert (found.data.username, found.data.created_at.year) == ("Twitter", 2007)
    pair = ann.get_users(usernames=["Twitter", "TwitterDev"], user_auth=True)
    assert ids(pair) == ["783214", "2244994945"]
    tweets = ann.get_tweets(
        [1293593516040269825, 1293595870563381249], user_auth=True,
        tweet_fields=["created_at", "public_metrics", "referenced_tweets"],
    )  # fmt: skip
    first, reply = tweets.data
    assert first.created_at.isoformat() == "2020-08-12T17:01:42.686000+00:00", (
        "the id tells the time"
    )
    assert [first.public_metrics[f"{one}_count"] for one in ("like", "reply")] == [1, 1]
    assert [str(one.id) for one in reply.referenced_tweets] == [str(first.id)]
    assert ids(ann.get_retweeters(1415348607813832708, user_auth=True)) == ["6253282"]
    assert set(ids(ann.get_list_members(84839422, user_auth=True))) == {"6253282", "2244994945"}
    assert old.get_status(145344012).user.screen_name == "TwitterAPI"
    listed = old.get_list(owner_screen_name="Twitter", slug="Official-Twitter-Accounts")
    assert (listed.id_str, listed.subscriber_count) == ("84839422", 2)


def test_the_front_is_no_open_proxy_and_its_key_is_the_owners(
    running: RunningPlatform, front: dict[str, str]
) -> None:
    proxies = {"https": front["HTTPS_PROXY"], "http": front["HTTPS_PROXY"]}

    def get(url: str) -> int:
        ca = front["REQUESTS_CA_BUNDLE"]
        return requests.get(url, proxies=proxies, verify=ca, timeout=10).status_code

    for name in ("api.twitter.com", "api.x.com", "upload.twitter.com", "upload.x.com"):
        assert get(f"https://{name}/.well-known/oauth-authorization-server") == 200
    for foreign in ("https://example.com/", f"https://127.0.0.1:{running.port}/healthz"):
        with pytest.raises(requests.exceptions.ProxyError):
            get(foreign)
    with pytest.raises(requests.exceptions.ProxyError):
        get("https://api.x.com:8443/")
    plain = requests.get("http://api.x.com/2/users/me", proxies=proxies, timeout=10)
    assert plain.status_code == 405
    for path in Path(running.state, "tls").iterdir():
        assert stat.S_IMODE(path.stat().st_mode) == 0o600, path


@pytest.mark.skipif(
    not shutil.which("node") or not (NODE_CLIENTS / "node_modules").is_dir(),
    reason="needs Node.js and `npm ci` in tests/e2e/clients",
)
@pytest.mark.usefixtures("imported")
def test_twitter_api_v2_does_it_all(front: dict[str, str], people: list[Developer]) -> None:
    who = [{"id": one.id, "username": one.username, **one.tokens()} for one in people[2:]]
    files = {
        "film": CLIP, "unplayable": HEVC, "picture": png(), "gif": animated_gif(),
    }  # fmt: skip
    media = {name: base64.b64encode(content).decode() for name, content in files.items()}
    said = json.dumps([who, media])
    done = subprocess.run(
        ["node", "session.mjs"], cwd=NODE_CLIENTS, input=said, text=True, timeout=60,
        env={**os.environ, **front}, capture_output=True, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr + done.stdout
    assert done.stdout.strip() == "all done"
