"""The first step: an event is turned into notifications and stored, or was before."""

from collections.abc import Iterable

from chalicelib.notifications import contacts, notification_store
from chalicelib.notifications.mapping import notifications
from chalicelib.notifications.models import Content

from shared import dynamo, graph
from shared.events import Event
from shared.observability import logger


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
    """Without those whose recipient blocks, is blocked by or mutes the actor.

    One BatchGetItem for all recipients of an event.
    """
    candidates = list(found)
    table = graph.follows_table()
    keys = [
        {"user_id": content.user_id, "target_id": content.actor_id}
        for content in candidates
        if content.actor_id and content.actor_id != content.user_id
    ]
    if not keys:
        return candidates
    items = dynamo.batch_get({table: keys})[table]
    hidden = {item["user_id"] for item in items if graph.to_relation(item).hides}
    return [content for content in candidates if content.user_id not in hidden]


def _learn_contact(event: Event) -> None:
    data = event.data
    match event.type:
        case "user.registered":
            store = contacts.store()
            store.set_email(data["user_id"], data["email"], event.version)
            # Versions of this event are the account's, those of names are the profile's.
            store.set_name(data["user_id"], data["username"], data["name"], 0)
        case "user.updated":
            contacts.store().set_name(
                data["user_id"], data["username"], data["name"], event.version
            )
        case "user.email_verified":
            contacts.store().set_verified(data["user_id"], event.version)
        case "user.email_change_requested":
            contacts.store().set_pending(data["user_id"], data["email"], event.version)
        case "user.email_changed":
            store = contacts.store()
            store.set_email(data["user_id"], data["email"], event.version)
            store.set_verified(data["user_id"], event.version)
            if "former_email" in data:
                store.set_former(data["user_id"], data["former_email"], event.version)
