"""Tweet text: checks, and X's weighted length.

Weights and ranges: twitter-text configuration v3 (a tweet holds 280 units; a
link counts 23 whatever its length). Offsets count Unicode code points.
"""

import re
import unicodedata

from shared.text.cleaning import is_blank
from shared.text.links import find_urls

MAX_WEIGHT = 280
# Of verified authors.
MAX_LONG_WEIGHT = 25_000
ELLIPSIS = "…"
_URL_WEIGHT = 23
_SINGLE_RANGES = ((0, 4351), (8192, 8205), (8208, 8223), (8242, 8247))
# Links count little whatever their length: this leaves room for the longest link of 4,096
# characters and a full text, and keeps a page of a hundred tweets with the hundred they quote
# below the 6 MB that Lambda may answer.
_MAX_TEXT = 4_500
# A word that is longer than this is cut within.
_LONG_WORD = 40

# An emoji counts two units as a whole: a base with selector or skin tone, up to four of them
# joined (the longest that fonts have; more would smuggle text past the limit), flags, keycaps.
_BASE = (
    "[\u00a9\u00ae\u203c\u2049\u2122\u2139\u2194-\u21aa\u231a-\u23ff\u24c2\u25aa-\u27bf\u2934\u2935"
    "\u2b05-\u2b55\u3030\u303d\u3297\u3299\U0001f000-\U0001faff][\ufe0f\U0001f3fb-\U0001f3ff]?"
)
_EMOJI = re.compile(
    "[\U0001f1e6-\U0001f1ff]{2}"
    "|[#*0-9]\ufe0f?\u20e3"
    "|\U0001f3f4[\U000e0030-\U000e0039\U000e0061-\U000e007a]{2,6}\U000e007f"
    f"|{_BASE}(?:\u200d{_BASE}){{0,3}}"
)
# Signs that are text unless a selector follows; as text they weigh one.
_TEXT_SIGNS = "\u00a9\u00ae"


class InvalidTextError(ValueError):
    """The text cannot be a tweet; the message says why."""


class TooLongError(InvalidTextError):
    """The text is longer than the author's tweets may be."""


def clean(text: str, limit: int = MAX_WEIGHT) -> str:
    """Return the text as it is stored: NFC, without surrounding white space.

    Args:
        limit: the greatest weight.

    Raises:
        TooLongError: it is longer.
        InvalidTextError: it is blank, or holds characters that no tweet may hold.
    """
    if len(text) > max(_MAX_TEXT, limit):
        raise TooLongError("The text is too long.")
    cleaned = unicodedata.normalize("NFC", text).strip()
    if is_blank(cleaned):
        raise InvalidTextError("The text is empty.")
    for character in cleaned:
        kind = unicodedata.category(character)
        if kind == "Cs" or (kind == "Cc" and character not in "\n\r\t"):
            raise InvalidTextError("The text holds characters that are not allowed.")
        if character in "\ufffe\uffff\ufeff":
            raise InvalidTextError("The text holds characters that are not allowed.")
    weight = weighted_length(cleaned)
    if weight > limit:
        raise TooLongError(f"The text is too long: {weight} of {limit} characters.")
    return cleaned


def weighted_length(text: str) -> int:
    """Return the length in X's units.

    A link counts 23, an emoji 2, a character of CJK and the like 2, others 1.
    """
    weight, position = 0, 0
    for start, end, units in _spans(text):
        if start < position:
            continue
        weight += sum(map(_weight, text[position:start])) + units
        position = end
    return weight + sum(map(_weight, text[position:]))


def cut_point(text: str) -> int:
    """Return the length of the start of a text that stands for a long one.

    With an ellipsis it weighs as much as a tweet may. It ends between words, and never within
    a link or an emoji. A text that a tweet may hold stays whole.
    """
    if weighted_length(text) <= MAX_WEIGHT:
        return len(text)
    room, position = MAX_WEIGHT - _weight(ELLIPSIS), 0
    for start, end, units in [*_spans(text), (len(text), len(text), 0)]:
        if start < position:
            continue
        for index in range(position, start):
            room -= _weight(text[index])
            if room < 0:
                return _end_of_word(text, index)
        room -= units
        if room < 0:
            return _end_of_word(text, start)
        position = end
    return len(text)


def _end_of_word(text: str, end: int) -> int:
    """Return where the last word that fits ends."""
    for last in range(end, max(0, end - _LONG_WORD), -1):
        if text[last].isspace():
            return len(text[:last].rstrip())
    while end > 1 and unicodedata.category(text[end])[0] == "M":
        end -= 1
    return end


def _spans(text: str) -> list[tuple[int, int, int]]:
    """Return links and emoji as (start, end, weight), in order."""
    return sorted(
        [(start, end, _URL_WEIGHT) for start, end, _ in find_urls(text)]
        + [(m.start(), m.end(), 2) for m in _EMOJI.finditer(text) if m[0] not in _TEXT_SIGNS]
    )


def _weight(character: str) -> int:
    code = ord(character)
    return 1 if any(low <= code <= high for low, high in _SINGLE_RANGES) else 2
