"""Segments that a text message takes, which are what it costs."""

from chalicelib.notifications.core.message import PermanentFailure

# The providers' limit for one message.
MAX_CHARACTERS = 1600
# GSM 03.38: the basic alphabet takes one septet, the extension two.
_BASIC = frozenset(
    "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?"
    "¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿abcdefghijklmnopqrstuvwxyzäöñüà"
)
_EXTENSION = frozenset("\f^{}\\[~]|€")
# Units in a single message, and in each part of a longer one, whose header takes some.
_GSM, _UNICODE = (160, 153), (70, 67)


def count(text: str) -> int:
    """Return the number of segments of a text, at least 1.

    Raises:
        PermanentFailure: ``too_large``: the text has over 1,600 characters.
    """
    if len(text) > MAX_CHARACTERS:
        raise PermanentFailure("too_large")
    if all(one in _BASIC or one in _EXTENSION for one in text):
        return _parts([1 + (one in _EXTENSION) for one in text], *_GSM)
    return _parts([1 + (ord(one) > 0xFFFF) for one in text], *_UNICODE)


def _parts(units: list[int], single: int, part: int) -> int:
    """Return the parts of a text; no character of two units is split."""
    if sum(units) <= single:
        return 1
    parts, used = 1, 0
    for one in units:
        if used + one > part:
            parts, used = parts + 1, 0
        used += one
    return parts
