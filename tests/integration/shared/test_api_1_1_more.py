"""Routes of X API 1.1 about lists, retweets, blocks, mutes and settings."""

from base64 import b64encode

import pytest
import tweepy

from shared.base.config import settings
from tests.integration.shared.test_api_1_1 import api_of, refused
from tests.media_support import png, send
from tests.platform import Person, Platform

pytestmark = pytest.mark.integration


@pytest.fixture(scope="module")
def people(platform: Platform) -> tuple[Person, Person]:
    return platform.register(), platform.register()


@pytest.fixture(scope="module")
def ann(people: tuple[Person, Person]) -> tweepy.API:
    return api_of(people[0])


@pytest.fixture(scope="module")
def ben(people: tuple[Person, Person]) -> tweepy.API:
    return api_of(people[1])


def test_lists_are_made_changed_found_and_deleted(
    ann: tweepy.API, ben: tweepy.API, people: tuple[Person, Person], platform: Platform
) -> None:
    me = people[0]
    made = ann.create_list("Official Birds!", mode="private", description="about birds")
    assert (made.name, made.slug, made.mode) == ("Official Birds!", "official-birds", "private")
    assert made.full_name == f"@{me.username}/official-birds" and made.user.id_str == me.id
    named = {"slug": "official-birds", "owner_screen_name": me.username}
    for asked in ({"list_id": made.id}, named):
        with pytest.raises(tweepy.NotFound) as hidden:
            ben.get_list(**asked)
        assert hidden.value.api_codes == [34]
    changed = ann.update_list(list_id=made.id, mode="public", description="updated!")
    assert (changed.mode, changed.description, changed.name) == (
        "public", "updated!", "Official Birds!",
    )  # fmt: skip
    assert ann.update_list(list_id=made.id).description == "updated!"
    assert ben.get_list(**named).id == made.id
    assert ben.get_list(slug="official-birds", owner_id=me.id).id == made.id
    other = ann.create_list("Other")
    pages = tweepy.Cursor(ann.get_list_ownerships, count=1).pages()
    assert [one.id for page in pages for one in page] == [other.id, made.id]
    assert ann.destroy_list(list_id=other.id).id == other.id
    with pytest.raises(tweepy.NotFound):
        ann.get_list(list_id=other.id)
    with pytest.raises(tweepy.Forbidden):
        ben.destroy_list(list_id=made.id)
    with pytest.raises(tweepy.BadRequest) as unnamed:
        ann.get_list(slug="official-birds")
    assert unnamed.value.api_codes == [112]
    with pytest.raises(tweepy.BadRequest):
        ann.create_list("x" * 26)


def test_lists_have_members_subscribers_and_tweets(
    ann: tweepy.API, ben: tweepy.API, people: tuple[Person, Person], platform: Platform
) -> None:
    (me, him), others = people, [platform.register() for _ in range(3)]
    made = ann.create_list("Members")
    ann.add_list_member(list_id=made.id, screen_name=him.username)
    names = [one.username for one in others]
    ann.add_list_members(list_id=made.id, screen_name=[*names, "nobodyhere"], user_id=["1"])
    assert ben.subscribe_list(slug="members", owner_screen_name=me.username).id == made.id
    tweet_id = him.tweet("on the list")
    platform.settle()
    assert ann.get_list(list_id=made.id).member_count == 4
    pages = tweepy.Cursor(ben.get_list_members, list_id=made.id, count=3).pages()
    found = [[one.id_str for one in page] for page in pages]
    assert [len(page) for page in found] == [3, 1]
    assert sorted(one for page in found for one in page) == sorted(
        [him.id, *(one.id for one in others)]
    )
    assert ann.get_list_member(list_id=made.id, screen_name=him.username).id_str == him.id
    assert [one.id_str for one in ann.get_list_subscribers(list_id=made.id)] == [him.id]
    assert ann.get_list_subscriber(list_id=made.id, user_id=him.id).id_str == him.id
    assert [one.id_str for one in ben.list_timeline(list_id=made.id)] == [tweet_id]
    assert ben.list_timeline(list_id=made.id, max_id=int(tweet_id) - 1) == []
    ben.retweet(ann.update_status("spread by a member").id)
    platform.settle()
    assert len(ben.list_timeline(list_id=made.id)) == 2
    assert [one.id_str for one in ben.list_timeline(list_id=made.id, include_rts=False)] == [
        tweet_id
    ]
    assert made.id in [one.id for one in ben.get_list_memberships()]
    assert made.id in [one.id for one in ben.get_list_subscriptions()]
    assert made.id in [one.id for one in ben.get_lists()]
    assert made.id in [one.id for one in ben.get_lists(screen_name=me.username, reverse=True)]
    ann.remove_list_members(list_id=made.id, screen_name=names)
    ann.remove_list_member(list_id=made.id, user_id=him.id)
    ben.unsubscribe_list(list_id=made.id)
    for asked in (ann.get_list_member, ann.get_list_subscriber):
        with pytest.raises(tweepy.NotFound) as missing:
            asked(list_id=made.id, user_id=him.id)
        assert missing.value.api_codes == [109]
    assert ann.get_list_members(list_id=made.id) == []
    with pytest.raises(tweepy.Forbidden):
        ben.add_list_members(list_id=made.id, screen_name=names)


def test_retweets_and_embeds(
    ann: tweepy.API, ben: tweepy.API, people: tuple[Person, Person], platform: Platform
) -> None:
    me, him = people
    made = ann.update_status("to be spread")
    again = ben.retweet(made.id)
    platform.settle()
    assert [one.id for one in ann.get_retweets(made.id)] == [again.id]
    assert ann.get_retweeter_ids(made.id) == [int(him.id)]
    assert [one.id for one in ann.get_retweets_of_me(count=1)] == [made.id]
    ours, at_x = (
        f"{settings().public_url}/@a/status/{made.id}",
        f"https://x.com/i/statuses/{made.id}",
    )
    for address in (ours, at_x, f"https://mobile.twitter.com/a/status/{made.id}?s=20"):
        assert ben.get_oembed(address)["author_url"].endswith(f"/@{me.username}")
    by_id = me.ok("GET", f"/1.1/statuses/oembed.json?id={made.id}")
    assert "to be spread" in by_id["html"]
    refused(me.call("GET", "/1.1/statuses/oembed.json?url=https://twitter.com/x"), 404, 144)
    refused(me.call("GET", "/1.1/statuses/retweets/1.json"), 404, 144)


def test_blocks_and_mutes(ann: tweepy.API, people: tuple[Person, Person]) -> None:
    me, target = people[0], people[0].platform.register()
    ann.create_friendship(user_id=target.id)
    assert not ann.create_block(screen_name=target.username).following
    assert ann.get_blocked_ids() == [int(target.id)]
    assert [one.id_str for one in ann.get_blocks()] == [target.id]
    assert ann.destroy_block(user_id=target.id).id_str == target.id
    assert ann.get_blocked_ids() == []
    assert ann.create_mute(user_id=target.id).id_str == target.id
    assert ann.get_muted_ids() == [int(target.id)]
    assert [one.id_str for one in ann.get_mutes()] == [target.id]
    assert ann.destroy_mute(screen_name=target.username).id_str == target.id
    assert ann.get_muted_ids() == []
    refused(me.call("POST", "/1.1/blocks/create.json?user_id=1"), 404, 50)
    refused(me.call("POST", "/1.1/mutes/users/create.json"), 400, 38)


def test_requests_and_relations(ann: tweepy.API, people: tuple[Person, Person]) -> None:
    closed = people[0].platform.register()
    closed.ok("PATCH", "/1/accounts/me", {"protected": True})
    ann.create_friendship(user_id=closed.id)
    ann.create_friendship(user_id=people[1].id)
    assert ann.outgoing_friendships() == [int(closed.id)]
    assert closed.ok("GET", "/1.1/friendships/incoming.json")["ids"] == [int(people[0].id)]
    found = ann.lookup_friendships(user_id=[closed.id, people[1].id, "1"])
    told = {one.id_str: (one.is_following, one.is_following_requested) for one in found}
    assert told == {closed.id: (False, True), people[1].id: (True, False)}
    path = f"/1.1/friendships/lookup.json?screen_name={closed.username}"
    assert [one["connections"] for one in people[1].ok("GET", path)] == [["none"]]


def test_search_banners_settings_and_languages(
    ann: tweepy.API, people: tuple[Person, Person], platform: Platform
) -> None:
    me = people[0]
    platform.settle()
    assert me.id in [one.id_str for one in ann.search_users(me.username)]
    assert ann.search_users(me.username, page=2) == []
    refused(me.call("GET", f"/1.1/users/profile_banner.json?user_id={me.id}"), 404, 34)
    banner = b64encode(png((1500, 500))).decode()
    assert send(me, "/1.1/account/update_profile_banner.json", {"banner": banner}).status == 201
    sizes = ann.get_profile_banner(screen_name=me.username)["sizes"]
    assert sizes["600x200"]["h"] == 200 and sizes["600x200"]["url"].endswith("/600x200")
    assert sizes["web_retina"] == sizes["1500x500"]
    assert len(sizes) == 9
    assert ann.get_settings()["screen_name"] == me.username
    assert ann.set_settings(lang="de")["language"] == "en"
    # In whole, as X's clients compare it.
    assert ann.supported_languages() == [
        {"code": "en", "debug": False, "local_name": "English", "name": "English",
         "status": "production"},
    ]  # fmt: skip
