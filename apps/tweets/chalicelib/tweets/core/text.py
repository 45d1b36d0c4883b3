"""Tweet text: checks, and X's weighted length.

Weights and ranges: twitter-text configuration v3 (a tweet holds 280 units; a
link counts 23 whatever its length). Offsets count Unicode code points.
"""

import re
import unicodedata

from shared.text.cleaning import is_blank
from shared.text.links import find_urls

MAX_WEIGHT = 280
_URL_WEIGHT = 23
_SINGLE_RANGES = ((0, 4351), (8192, 8205), (8208, 8223), (8242, 8247))
# Links count little whatever their length: this leaves room for the longest link of 4,096
# characters and a full text, and keeps a page of a hundred tweets with the hundred they quote
# below the 6 MB that Lambda may answer.
_MAX_TEXT = 4_500

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


def clean(text: str) -> str:
    """Return the text as it is stored: NFC, without surrounding white space.

    Raises:
        InvalidTextError: it is blank, too long, or holds characters that no tweet may hold.
    """
    if len(text) > _MAX_TEXT:
        raise InvalidTextError("The text is too long.")
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
    if weight > MAX_WEIGHT:
        raise InvalidTextError(f"The text is too long: {weight} of {MAX_WEIGHT} characters.")
    return cleaned


def weighted_length(text: str) -> int:
    """Return the length in X's units.

    A link counts 23, an emoji 2, a character of CJK and the like 2, others 1.
    """
    weight, position = 0, 0
    spans = sorted(
        [(start, end, _URL_WEIGHT) for start, end, _ in find_urls(text)]
        + [(m.start(), m.end(), 2) for m in _EMOJI.finditer(text) if m[0] not in _TEXT_SIGNS]
    )
    for start, end, units in spans:
        if start < position:
            continue
        weight += sum(map(_weight, text[position:start])) + units
        position = end
    return weight + sum(map(_weight, text[position:]))


def _weight(character: str) -> int:
    code = ord(character)
    return 1 if any(low <= code <= high for low, high in _SINGLE_RANGES) else 2
