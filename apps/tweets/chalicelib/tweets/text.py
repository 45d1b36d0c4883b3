"""Tweet text: what may be one, and X's weighted length.

Weights and ranges: twitter-text configuration v3 (a tweet holds 280 units; a
link counts 23 whatever its length). Offsets count Unicode code points.
"""

import re
import unicodedata

from shared.entities import find_urls

MAX_WEIGHT = 280
_URL_WEIGHT = 23
_SINGLE_RANGES = ((0, 4351), (8192, 8205), (8208, 8223), (8242, 8247))
_MAX_TEXT = 25_000

# Emoji with their joiners, skin tones and variation selectors count two units as a whole.
_EMOJI = re.compile(
    "(?:[\U0001f1e6-\U0001f1ff]{2})"
    "|(?:[#*0-9]\ufe0f?\u20e3)"
    "|(?:[\u2600-\u27bf\U0001f300-\U0001faff][\ufe0f\U0001f3fb-\U0001f3ff]?"
    "(?:\u200d[\u2600-\u27bf\U0001f300-\U0001faff][\ufe0f\U0001f3fb-\U0001f3ff]?)*)"
)


# Letters and symbols by category that show nothing: fillers of Hangul, the empty Braille cell.
_BLANKS = "\u115f\u1160\u3164\uffa0\u2800"


class InvalidTextError(ValueError):
    """The text cannot be a tweet; the message says why."""


def clean(text: str) -> str:
    """The text as it is stored: NFC, without surrounding white space.

    Raises:
        InvalidTextError: it is blank, too long, or holds characters that no tweet may.
    """
    if len(text) > _MAX_TEXT:
        raise InvalidTextError("The text is too long.")
    cleaned = unicodedata.normalize("NFC", text).strip()
    if not any(map(_shows, cleaned)):
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
    """Length in X's units: a link 23, an emoji 2, CJK and the like 2, others 1."""
    weight, position = 0, 0
    spans = sorted(
        [(start, end, _URL_WEIGHT) for start, end, _ in find_urls(text)]
        + [(match.start(), match.end(), 2) for match in _EMOJI.finditer(text)]
    )
    for start, end, units in spans:
        if start < position:
            continue
        weight += sum(map(_weight, text[position:start])) + units
        position = end
    return weight + sum(map(_weight, text[position:]))


def _shows(character: str) -> bool:
    """Whether a character is seen by itself: marks and selectors need one that is."""
    if character.isspace() or character in _BLANKS:
        return False
    return unicodedata.category(character) not in ("Cf", "Mn", "Me")


def _weight(character: str) -> int:
    code = ord(character)
    return 1 if any(low <= code <= high for low, high in _SINGLE_RANGES) else 2
