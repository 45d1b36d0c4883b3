"""What X calls entities: links, mentions and hashtags in tweets and profiles.

Offsets count Unicode code points; ``end`` is exclusive.
"""

import re
from typing import Any

# Scheme required: a bare "example.com" stays text. Loopback and addresses are links too.
_URL = re.compile(
    r"(?<![\w@/.-])https?://"
    r"(?:[a-z0-9\u00a1-\uffff](?:[a-z0-9\u00a1-\uffff-]{0,61}[a-z0-9\u00a1-\uffff])?\.)*"
    r"[a-z0-9\u00a1-\uffff-]{1,63}(?::\d{1,5})?(?:[/?#][^\s<>\"“”]*)?",
    re.IGNORECASE,
)
_URL_TAIL = ".,:;!?'\"…"
_MENTION = re.compile(r"(?<![\w@/.])[@＠]([A-Za-z0-9_]{1,15})(?![\w@])")
_CASHTAG = re.compile(r"(?<![\w$/])\$([A-Za-z]{1,6}(?:[._][A-Za-z]{1,2})?)(?![\w$])")
_HASHTAG = re.compile(r"(?<![\w&/])[#＃](\w*[^\W\d_]\w*)")


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


def find_cashtags(text: str) -> list[tuple[int, int, str]]:
    """Cashtags as (start, end, symbol), none of them inside a link."""
    return _outside_links(text, _CASHTAG)


def entities(text: str, user_ids: dict[str, str]) -> dict[str, Any]:
    """The ``entities`` of a tweet in X's shape; kinds that do not occur are absent.

    Args:
        user_ids: username (lower case) to id; mentions of nobody stay text.
    """
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
    cashtags = [{"start": s, "end": e, "tag": tag} for s, e, tag in find_cashtags(text)]
    kinds = {"urls": urls, "mentions": mentions, "hashtags": hashtags, "cashtags": cashtags}
    return {name: values for name, values in kinds.items() if values}


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
