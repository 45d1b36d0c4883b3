"""Text of an SMS, and its price, by whatever provider."""

from collections.abc import Callable

from chalicelib.notifications.channels.sms import segments, spending
from chalicelib.notifications.core.message import ConfigurationFailure, Message
from chalicelib.notifications.core.message import PermanentFailure as Permanent

_PROMOTIONAL = frozenset({"marketing", "promotion"})


def compose(message: Message) -> str:
    """Return the text of a message with its link, without the title."""
    text = message.text or message.title
    return f"{text} {message.url}" if message.url else text


def kind(message: Message) -> str:
    """Return the message type by which carriers route."""
    return "PROMOTIONAL" if message.category in _PROMOTIONAL else "TRANSACTIONAL"


def bounded_spending(message: Message, send: Callable[[Message, str], str]) -> str:
    """Send within the month's limit; what is refused for good costs nothing.

    Raises:
        PermanentFailure: ``too_large``, before any call.
        ConfigurationFailure: the limit is reached. Others as ``send``.
    """
    text = compose(message)
    micros = spending.price(segments.count(text))
    spending.reserve(micros)
    try:
        return send(message, text)
    except (Permanent, ConfigurationFailure):
        # A transient failure may hide a message that was sent, so it stays reserved.
        spending.release(micros)
        raise
