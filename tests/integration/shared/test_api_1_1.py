"""Routes of X API 1.1, as tweepy's `API` uses them."""

import re
from typing import Any
from urllib.parse import urlencode

import pytest
import requests
import tweepy

from tests.media_support import photo
from tests.oauth_steps import app
from tests.platform import Answer, Person, Platform

pytestmark = pytest.mark.integration


class Session(requests.Session):
    """tweepy's session, answered by the platform in this process."""

    def __init__(self, platform: Platform) -> None:
        super().__init__()
        self.platform = platform

    def send(self, request: Any, **_: Any) -> requests.Response:
        headers = {k.lower().replace("-", "_"): _text(v) for k, v in request.headers.items()}
        headers.pop("content_length", None)
        body = request.body.encode() if isinstance(request.body, str) else request.body
        path = request.path_url
        found = self.platform.call(request.method, path, body or None, host="api.twitter.com",
                                   **headers)  # fmt: skip
        answer = requests.Response()
        answer.status_code, answer._content = found.status, found.body
        answer.headers.update(found.headers)
        answer.request, answer.url = request, request.url
        return answer


def _text(value: Any) -> str:
    return value.decode() if isinstance(value, bytes) else str(value)


def api_of(person: Person) -> tweepy.API:
    client = app(person, type="confidential")
    own = person.ok("POST", f"/1/apps/{client['id']}/tokens", {})["data"]
    handler = tweepy.OAuth1UserHandler(
        client["consumer_key"], client["consumer_secret"],
        own["access_token"], own["access_token_secret"],
    )  # fmt: skip
    api = tweepy.API(handler)
    api.session = Session(person.platform)
    return api


@pytest.fixture(scope="module")
def people(platform: Platform) -> tuple[Person, Person]:
    return platform.register(), platform.register()


@pytest.fixture(scope="module")
def ann(people: tuple[Person, Person]) -> tweepy.API:
    return api_of(people[0])


@pytest.fixture(scope="module")
def ben(people: tuple[Person, Person]) -> tweepy.API:
    return api_of(people[1])


def refused(answer: Answer, status: int, code: int) -> None:
    assert answer.status == status, answer.body
    assert [one["code"] for one in answer.json()["errors"]] == [code]
    assert list(answer.json()) == ["errors"]


def test_tweets_of_api_1_1(ann: tweepy.API, ben: tweepy.API, people: tuple[Person, Person]) -> None:
    name = people[1].username
    made = ann.update_status(f"Hello @{name} #birds https://example.com/a & é")
    assert made.text.startswith("Hello @") and made.user.screen_name == people[0].username
    entities = made.entities
    assert entities["hashtags"][0]["text"] == "birds"
    assert entities["user_mentions"][0]["id_str"] == people[1].id
    assert entities["urls"][0]["expanded_url"] == "https://example.com/a"
    whole = ben.get_status(made.id, tweet_mode="extended")
    assert whole.full_text == made.text and whole.display_text_range == [0, len(made.text)]
    reply = ben.update_status("so it is", in_reply_to_status_id=made.id)
    assert (reply.in_reply_to_status_id, reply.in_reply_to_screen_name) == (
        made.id, people[0].username,
    )  # fmt: skip
    quote = ben.update_status("look", attachment_url=f"https://x.com/i/web/status/{made.id}")
    assert quote.is_quote_status and quote.quoted_status.id == made.id
    again = ben.retweet(made.id)
    assert again.retweeted_status.id == made.id and again.text.startswith("RT @")
    assert ben.unretweet(made.id).id == made.id
    assert {one.id for one in ann.lookup_statuses([made.id, reply.id, 1])} == {made.id, reply.id}
    assert ben.destroy_status(quote.id).id == quote.id
    with pytest.raises(tweepy.NotFound) as missing:
        ann.get_status(quote.id)
    assert missing.value.api_codes == [144]
    with pytest.raises(tweepy.Forbidden) as others:
        ben.destroy_status(made.id)
    assert others.value.api_codes == [183]


def test_timelines_of_api_1_1(
    ann: tweepy.API, ben: tweepy.API, people: tuple[Person, Person], platform: Platform
) -> None:
    ben.create_friendship(screen_name=people[0].username)
    texts = [
        ann.update_status(f"timeline {number} for @{people[1].username}") for number in range(3)
    ]
    platform.settle()
    ids = [one.id for one in reversed(texts)]
    assert [one.id for one in ben.home_timeline(count=3)] == ids
    assert [one.id for one in ben.home_timeline(count=3, max_id=ids[1])][:2] == ids[1:]
    assert [one.id for one in ben.home_timeline(since_id=ids[1])] == ids[:1]
    assert [one.id for one in ann.user_timeline(count=2)] == ids[:2]
    mine = ben.user_timeline(screen_name=people[0].username, count=1, include_rts=False)
    assert [one.id for one in mine] == ids[:1]
    assert [one.id for one in ben.mentions_timeline(count=3)] == ids


def test_likes_of_api_1_1(ann: tweepy.API, ben: tweepy.API, platform: Platform) -> None:
    made = ann.update_status("likeable")
    assert ben.create_favorite(made.id).favorited
    platform.settle()
    assert [one.id for one in ben.get_favorites()] == [made.id]
    assert ann.get_status(made.id).favorite_count == 1
    assert not ben.destroy_favorite(made.id).favorited


def test_follows_of_api_1_1(
    ann: tweepy.API, ben: tweepy.API, people: tuple[Person, Person], platform: Platform
) -> None:
    me, him = people
    assert ann.create_friendship(user_id=him.id).following
    source, target = ann.get_friendship(target_screen_name=him.username)
    assert (source.following, target.followed_by, source.blocking) == (True, True, False)
    platform.settle()
    assert int(him.id) in ann.get_friend_ids()
    assert int(me.id) in ben.get_follower_ids()
    assert him.id in [one.id_str for one in ann.get_friends(count=5)]
    assert me.id in [one.id_str for one in ben.get_followers()]
    ids = [one for page in tweepy.Cursor(ann.get_friend_ids, count=1).pages() for one in page]
    assert ids == sorted(set(ids))
    assert not ann.destroy_friendship(screen_name=him.username).following
    with pytest.raises(tweepy.Forbidden) as oneself:
        ann.create_friendship(user_id=me.id)
    assert oneself.value.api_codes == [158]


def test_users_of_api_1_1(ann: tweepy.API, people: tuple[Person, Person]) -> None:
    me, him = people
    assert ann.get_user(screen_name=him.username).id_str == him.id
    assert ann.get_user(user_id=him.id).screen_name == him.username
    found = ann.lookup_users(screen_name=[him.username, "nobodyhere"], user_id=[me.id])
    assert {one.id_str for one in found} == {me.id, him.id}
    assert ann.verify_credentials(include_email=True, skip_status=True).id_str == me.id
    for asked in ({"screen_name": "nobodyhere"}, {"user_id": "1"}, {"user_id": "x"}):
        with pytest.raises(tweepy.NotFound) as missing:
            ann.get_user(**asked)
        assert missing.value.api_codes == [50]


def test_media_of_api_1_1(ann: tweepy.API, people: tuple[Person, Person]) -> None:
    media_id = photo(people[0])
    made = ann.update_status("a picture", media_ids=[media_id])
    assert made.extended_entities["media"][0]["id_str"] == media_id
    assert made.entities["media"][0]["type"] == "photo"


def test_errors_of_api_1_1(platform: Platform, people: tuple[Person, Person]) -> None:
    person, other = people
    update = "/1.1/statuses/update.json"

    def post(path: str, **values: str) -> Answer:
        kind = "application/x-www-form-urlencoded"
        return person.call("POST", path, urlencode(values).encode(), content_type=kind)

    refused(post(update), 403, 170)
    refused(post(update, status="x" * 281), 403, 186)
    refused(post(update, status="x", attachment_url="https://example.com"), 400, 44)
    refused(post(update, status="x", in_reply_to_status_id="1"), 404, 144)
    refused(post("/1.1/statuses/retweet/1.json"), 404, 144)
    refused(post("/1.1/favorites/create.json", id="x"), 404, 144)
    refused(post("/1.1/friendships/create.json"), 400, 38)
    refused(person.call("GET", "/1.1/users/lookup.json?screen_name=nobodyhere"), 404, 17)
    refused(platform.call("GET", "/1.1/statuses/home_timeline.json"), 401, 215)
    bearer = app(person, type="confidential")["bearer_token"]
    refused(platform.call("GET", "/1.1/statuses/home_timeline.json", token=bearer), 403, 220)
    shown = platform.call("GET", f"/1.1/users/show.json?user_id={other.id}", token=bearer)
    assert shown.status == 200
    posted = person.call("POST", "/1.1/users/lookup.json?user_id=" + other.id)
    assert [one["id_str"] for one in posted.json()] == [other.id]
    other.ok("PATCH", "/1/accounts/me", {"protected": True})
    made = other.tweet("hidden")
    refused(person.call("GET", f"/1.1/statuses/show/{made}.json"), 404, 144)
    assert other.ok("GET", f"/1.1/statuses/show/{made}.json")["id_str"] == made
    refused(person.call("GET", f"/1.1/statuses/show.json?id={made}"), 404, 144)
    refused(person.call("GET", f"/1.1/followers/list.json?user_id={other.id}"), 403, 200)
    third = platform.register()
    shown_to = f"source_id={third.id}&target_id={other.id}"
    refused(person.call("GET", f"/1.1/friendships/show.json?{shown_to}"), 403, 200)
    assert re.fullmatch("[0-9]+", made)


def test_profiles_are_edited(ann: tweepy.API, people: tuple[Person, Person]) -> None:
    before = ann.verify_credentials()
    updated = ann.update_profile(name="Ann of 1.1", location="pytopia", description="just\ntesting")
    assert (updated.name, updated.location, updated.description) == (
        "Ann of 1.1", "pytopia", "just\ntesting",
    )  # fmt: skip
    same = ann.update_profile(profile_link_color="D0F900")
    assert same.name == "Ann of 1.1"
    with pytest.raises(tweepy.BadRequest):
        ann.update_profile(description="x" * 161)
    with pytest.raises(tweepy.BadRequest):
        ann.update_profile(name="\u200b")
    ann.update_profile(name=before.name)
    assert people[0].ok("GET", "/2/users/me")["data"]["name"] == before.name


def test_tweets_are_looked_up_with_a_form_and_as_a_map(
    ann: tweepy.API, people: tuple[Person, Person]
) -> None:
    made = people[0].tweet("To be found")
    found = ann.request(
        "POST", "statuses/lookup", post_data={"id": f"{made},12"}, payload_type="json"
    )
    assert [one["id_str"] for one in found] == [made]
    asked = {"id": f"{made},12", "map": "true"}
    by_id = ann.request("GET", "statuses/lookup", params=asked, payload_type="json")["id"]
    assert by_id[made]["text"] == "To be found" and by_id["12"] is None
