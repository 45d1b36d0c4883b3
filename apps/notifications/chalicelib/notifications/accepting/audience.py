"""Recipients who may get a notification and have not opted out of it."""

from collections.abc import Iterable, Mapping

from chalicelib.notifications.core.content import SECURITY, Content

from shared.aws import dynamo
from shared.contracts import graph, profiles

Cards = dict[str, profiles.UserCard]
# By recipient and actor.
Relations = dict[tuple[str, str], graph.Relation]

# These are about the actor's account, which everyone may see; all others are about a tweet, or
# about what the actor did with one.
_ABOUT_ACCOUNTS = frozenset({"follow", "follow_request"})


def permitted(found: Iterable[Content]) -> list[Content]:
    """Drop notifications that recipients do not want or must not get.

    These are: recipients who block or mute the actor, or whom the actor blocks; suspended
    actors and recipients; erased recipients; recipients who do not follow a limited actor, or,
    except for news of follows, a protected one. Notifications about the account itself always pass.
    One BatchGetItem for all notifications of an event.
    """
    candidates = list(found)
    social = [content for content in candidates if content.category != SECURITY]
    if not social:
        return candidates
    cards, relations = cards_and_relations(social)
    return [
        content
        for content in candidates
        if content.category == SECURITY or may_get(content, cards, relations)
    ]


def cards_and_relations(social: Iterable[Content]) -> tuple[Cards, Relations]:
    """Return cards of recipients and actors, and the relations between them.

    One BatchGetItem per hundred keys: three per notification, and one per actor.
    """
    contents = list(social)
    follows, users = graph.FOLLOWS.name, profiles.USERS.name
    user_ids = {i for content in contents for i in (content.user_id, content.actor_id) if i}
    pairs = {
        (content.user_id, content.actor_id): None
        for content in contents
        if content.actor_id and content.actor_id != content.user_id
    }
    both = dict.fromkeys(pair for user, actor in pairs for pair in ((user, actor), (actor, user)))
    keys = [{"user_id": one, "target_id": other} for one, other in both]
    stored = dynamo.batch_get({follows: keys, users: [{"id": i} for i in sorted(user_ids)]})
    cards = {item["id"]: profiles.to_card(item) for item in stored[users]}
    items = {(item["user_id"], item["target_id"]): item for item in stored[follows]}
    relations = {}
    for user, actor in pairs:
        item = items.get((user, actor))
        relation = graph.to_relation(item) if item else graph.Relation(user, actor)
        if items.get((actor, user), {}).get("blocked"):
            relation.sever()
        relations[user, actor] = relation
    return cards, relations


def may_get(
    content: Content,
    cards: Mapping[str, profiles.UserCard],
    relations: Mapping[tuple[str, str], graph.Relation],
) -> bool:
    """True if the recipient may get and wants a notification (`permitted`)."""
    actor = cards.get(content.actor_id or "")
    relation = relations.get((content.user_id, content.actor_id or ""))
    own = cards.get(content.user_id)
    if own is not None and own.status == "deleted":
        return False
    if any(card and card.status == "suspended" for card in (actor, own)):
        return False
    if actor and actor.id != content.user_id and _for_followers(actor, content):
        return bool(relation and relation.following and not relation.hides)
    return not (relation and relation.hides)


def _for_followers(actor: profiles.UserCard, content: Content) -> bool:
    """True if only the actor's followers may hear of it."""
    return actor.limited or (actor.protected and content.type not in _ABOUT_ACCOUNTS)
