"""Tweet text: X's weighted length, and the entities in it.

Weights and ranges: twitter-text configuration v3 (a tweet holds 280 units; a
link counts 23 whatever its length). Offsets count Unicode code points.
"""

import re
import unicodedata
from typing import Any

MAX_WEIGHT = 280
_URL_WEIGHT = 23
_SINGLE_RANGES = ((0, 4351), (8192, 8205), (8208, 8223), (8242, 8247))
_MAX_TEXT = 25_000

# Scheme required: a bare "example.com" stays text. Loopback and addresses are links too.
_URL = re.compile(
    r"(?<![\w@/.-])https?://"
    r"(?:[a-z0-9\u00a1-\uffff](?:[a-z0-9\u00a1-\uffff-]{0,61}[a-z0-9\u00a1-\uffff])?\.)*"
    r"[a-z0-9\u00a1-\uffff-]{1,63}(?::\d{1,5})?(?:[/?#][^\s<>\"“”]*)?",
    re.IGNORECASE,
)
_URL_TAIL = ".,:;!?'\"…"
_MENTION = re.compile(r"(?<![\w@/.])[@＠]([A-Za-z0-9_]{1,15})(?![\w@])")
_HASHTAG = re.compile(r"(?<![\w&/])[#＃](\w*[^\W\d_]\w*)")
# Emoji with their joiners, skin tones and variation selectors count two units as a whole.
_EMOJI = re.compile(
    "(?:[\U0001f1e6-\U0001f1ff]{2})"
    "|(?:[#*0-9]\ufe0f?\u20e3)"
    "|(?:[\u2600-\u27bf\U0001f300-\U0001faff][\ufe0f\U0001f3fb-\U0001f3ff]?"
    "(?:\u200d[\u2600-\u27bf\U0001f300-\U0001faff][\ufe0f\U0001f3fb-\U0001f3ff]?)*)"
)


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
    visible = (c for c in cleaned if not c.isspace() and unicodedata.category(c) != "Cf")
    if next(visible, None) is None:
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


def find_urls(text: str) -> list[tuple[int, int, str]]:
    """Links as (start, end, url); punctuation that closes a sentence is not part of them."""
    found = []
    for match in _URL.finditer(text):
        url = match[0].rstrip(_URL_TAIL)
        while url.endswith(")") and url.count(")") > url.count("("):
            url = url[:-1].rstrip(_URL_TAIL)
        found.append((match.start(), match.start() + len(url), url))
    return found


def find_mentions(text: str) -> list[tuple[int, int, str]]:
    """Mentions as (start, end, username), none of them inside a link."""
    return _outside_links(text, _MENTION)


def find_hashtags(text: str) -> list[tuple[int, int, str]]:
    """Hashtags as (start, end, tag), none of them inside a link."""
    return _outside_links(text, _HASHTAG)


def entities(text: str, user_ids: dict[str, str]) -> dict[str, Any]:
    """The ``entities`` of a tweet in X's shape; kinds that do not occur are absent.

    Args:
        user_ids: username (lower case) to id; mentions of nobody stay text.
    """
    found: dict[str, Any] = {}
    urls = [
        {
            "start": start,
            "end": end,
            "url": url,
            "expanded_url": url,
            "display_url": display_url(url),
        }
        for start, end, url in find_urls(text)
    ]
    mentions = [
        {"start": start, "end": end, "username": name, "id": user_ids[name.lower()]}
        for start, end, name in find_mentions(text)
        if name.lower() in user_ids
    ]
    hashtags = [{"start": s, "end": e, "tag": tag} for s, e, tag in find_hashtags(text)]
    for name, values in (("urls", urls), ("mentions", mentions), ("hashtags", hashtags)):
        if values:
            found[name] = values
    return found


def display_url(url: str) -> str:
    """A link as it is shown: no scheme, no ``www.``, at most 27 characters."""
    shown = re.sub(r"^https?://(www\.)?", "", url, flags=re.IGNORECASE).rstrip("/")
    return shown if len(shown) <= 27 else shown[:26] + "…"


def _outside_links(text: str, pattern: re.Pattern[str]) -> list[tuple[int, int, str]]:
    links = find_urls(text)
    return [
        (match.start(), match.end(), match[1])
        for match in pattern.finditer(text)
        if not any(start <= match.start() < end for start, end, _ in links)
    ]


def _weight(character: str) -> int:
    code = ord(character)
    return 1 if any(low <= code <= high for low, high in _SINGLE_RANGES) else 2
