"""Recipients who may hear of what an actor did."""

import pytest
from chalicelib.notifications.accepting.audience import may_get
from chalicelib.notifications.core.content import SOCIAL, Content

from shared.contracts.graph import Relation
from shared.contracts.profiles import UserCard

OF_TWEETS = ("like", "retweet", "reply", "quote", "mention", "poll", "tweet")
OF_ACCOUNTS = ("follow", "follow_request")


def hears(
    kind: str,
    relation: Relation | None = None,
    *,
    recipient: str = "1",
    own: str = "active",
    **of_actor: object,
) -> bool:
    content = Content("0" * 32, recipient, kind, SOCIAL, ("inbox",), 0, actor_id="2")
    actor = UserCard("2", "ann", "Ann", **of_actor)  # type: ignore[arg-type]
    cards = {"1": UserCard("1", "ben", "Ben", status=own), "2": actor}
    return may_get(content, cards, {(recipient, "2"): relation or Relation(recipient, "2")})


@pytest.mark.parametrize("kind", [*OF_TWEETS, *OF_ACCOUNTS])
def test_strangers_hear_of_open_accounts_only(kind: str) -> None:
    assert hears(kind)
    assert hears(kind, protected=True) == (kind in OF_ACCOUNTS)
    assert not hears(kind, limited=True)
    assert not hears(kind, status="suspended")
    assert not hears(kind, own="suspended") and not hears(kind, own="deleted")


@pytest.mark.parametrize("kind", [*OF_TWEETS, *OF_ACCOUNTS])
def test_followers_hear_of_protected_accounts_unless_they_hide_them(kind: str) -> None:
    follower = Relation("1", "2", following=True)
    assert hears(kind, follower, protected=True)
    assert hears(kind, Relation("1", "2", pending=True), protected=True) == (kind in OF_ACCOUNTS)
    assert not hears(kind, Relation("1", "2", following=True, muted=True), protected=True)
    assert not hears(kind, Relation("1", "2", blocked=True))
    assert not hears(kind, Relation("1", "2", following=True).sever(), protected=True)


def test_protected_accounts_hear_of_themselves() -> None:
    assert hears("poll", recipient="2", protected=True)
