"""The first step: an event is turned into notifications and stored, or was before."""

from collections.abc import Iterable, Mapping

from chalicelib.notifications.accepting import store as notification_store
from chalicelib.notifications.accepting.mapping import notifications
from chalicelib.notifications.contacts import directory
from chalicelib.notifications.core.models import SECURITY, Content

from shared.aws import dynamo
from shared.aws.events import Event
from shared.base.observability import logger
from shared.contracts import graph, profiles


def accept(event: Event) -> None:
    """Learn the contact an event tells of and store the notifications it means.

    May be repeated: contacts look at the event's version, notifications have
    ids that follow from the event.

    Raises:
        ConfigurationError: there is no store of contacts.
        Exception: a store failed; the event must come again.
    """
    _learn_contact(event)
    created = [
        content for content in wanted(notifications(event)) if notification_store.create(content)
    ]
    if created:
        logger().info("accepted", event_type=event.type, notifications=len(created))


def wanted(found: Iterable[Content]) -> list[Content]:
    """Without those that the recipient would not or must not get.

    That is, whoever blocks, is blocked by or mutes the actor; what the suspended do, and
    what happens to them; and of a limited actor whoever does not follow them. Mails about
    the account itself are always wanted. One BatchGetItem for all of an event.
    """
    candidates = list(found)
    social = [content for content in candidates if content.category != SECURITY]
    if not social:
        return candidates
    cards, relations = people(social)
    return [
        content
        for content in candidates
        if content.category == SECURITY or welcome(content, cards, relations)
    ]


def people(
    social: Iterable[Content],
) -> tuple[dict[str, profiles.UserCard], dict[str, graph.Relation]]:
    """Cards of recipients and actors, and each recipient's relation to the actor.

    One BatchGetItem a hundred keys, fifty notifications of one actor.
    """
    contents = list(social)
    follows, users = graph.follows_table(), profiles.users_table()
    everybody = {i for content in contents for i in (content.user_id, content.actor_id) if i}
    pairs = [
        {"user_id": content.user_id, "target_id": content.actor_id}
        for content in contents
        if content.actor_id and content.actor_id != content.user_id
    ]
    stored = dynamo.batch_get({follows: pairs, users: [{"id": i} for i in sorted(everybody)]})
    cards = {item["id"]: profiles.to_card(item) for item in stored[users]}
    return cards, {item["user_id"]: graph.to_relation(item) for item in stored[follows]}


def welcome(
    content: Content,
    cards: Mapping[str, profiles.UserCard],
    relations: Mapping[str, graph.Relation],
) -> bool:
    """Whether the recipient would and may get it; see `wanted`."""
    actor = cards.get(content.actor_id or "")
    relation = relations.get(content.user_id)
    if any(card and card.status == "suspended" for card in (actor, cards.get(content.user_id))):
        return False
    if actor and actor.limited and actor.id != content.user_id:
        return bool(relation and relation.following and not relation.hides)
    return not (relation and relation.hides)


def _learn_contact(event: Event) -> None:
    data = event.data
    match event.type:
        case "user.registered":
            store = directory.store()
            store.set_email(data["user_id"], data["email"], event.version)
            # Versions of this event are the account's, those of names are the profile's.
            store.set_name(data["user_id"], data["username"], data["name"], 0)
        case "user.updated":
            directory.store().set_name(
                data["user_id"], data["username"], data["name"], event.version
            )
        case "user.email_verified":
            directory.store().set_verified(data["user_id"], event.version)
        case "user.email_change_requested":
            directory.store().set_pending(data["user_id"], data["email"], event.version)
        case "user.email_changed":
            store = directory.store()
            store.set_email(data["user_id"], data["email"], event.version)
            store.set_verified(data["user_id"], event.version)
            if "former_email" in data:
                store.set_former(data["user_id"], data["former_email"], event.version)
