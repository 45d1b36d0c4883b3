"""Entities of X: links, mentions, hashtags and cashtags in text.

Found by twitter-text's rules (github.com/twitter/twitter-text, whose conformance cases these
functions pass). Offsets count Unicode code points; ``end`` is exclusive.
"""

import re
import unicodedata
from bisect import bisect_right
from typing import Any

from shared.text.links import ACCENTED, Link, expanded, find_urls

# Right after "RT", too, as old clients wrote retweets. Names of lists are no mentions.
_MENTION = re.compile(
    r"(?:(?<![a-zA-Z0-9_!#$%&*@＠])|(?<=[rR][tT])(?<![a-zA-Z0-9_+~.-][rR][tT]))"
    rf"[@＠]([A-Za-z0-9_]{{1,15}})(?![A-Za-z0-9_@＠{ACCENTED}]|/[a-zA-Z]|://)"
)
_CASHTAG = re.compile(
    r"(?:^|(?<=\s))\$([a-zA-Z]{1,6}(?:[._][a-zA-Z]{1,2})?)(?=\Z|\s|[!'#%&()*+,\\./:;<=>?@^_{|}~$-])"
)
_HASH = re.compile(r"[#＃](?![\ufe0f\u20e3])")
# Characters of hashtags other than letters, marks and digits.
_IN_HASHTAGS = frozenset(
    "_\u200c\u200d\ua67e\u05be\u05f3\u05f4\uff5e\u301c\u309b\u309c\u30a0\u30fb\u3003\u0f0b\u0f0c"
    "\u00b7"
)


def find_mentions(text: str) -> list[Link]:
    """Return mentions as (start, end, username), none of them inside a link."""
    return _outside_links(text, [(m.start(), m.end(), m[1]) for m in _MENTION.finditer(text)])


def find_hashtags(text: str) -> list[Link]:
    """Return hashtags as (start, end, tag), none of them inside a link."""
    found = []
    for sign in _HASH.finditer(text):
        start, end, letters = sign.start(), sign.end(), False
        # A selector of an emoji is a mark, but ends what was before.
        before = text[start - 1 : start]
        if before and before not in "\ufe0e\ufe0f" and (before == "&" or _in_hashtag(before)):
            continue
        while end < len(text) and _in_hashtag(text[end]):
            letters = letters or unicodedata.category(text[end])[0] in "LM"
            end += 1
        if letters and not text.startswith(("#", "＃", "://"), end):
            found.append((start, end, text[start + 1 : end]))
    return _outside_links(text, found)


def find_cashtags(text: str) -> list[Link]:
    """Return cashtags as (start, end, symbol), none of them inside a link."""
    return _outside_links(text, [(m.start(), m.end(), m[1]) for m in _CASHTAG.finditer(text)])


def entities(text: str, user_ids: dict[str, str]) -> dict[str, Any]:
    """Return the ``entities`` of a tweet in X's shape, without empty kinds.

    Args:
        user_ids: username (lower case) to id; unknown usernames stay text.
    """
    urls = [url_entity(*link) for link in find_urls(text)]
    mentions = [
        {"start": start, "end": end, "username": name, "id": user_ids[name.lower()]}
        for start, end, name in find_mentions(text)
        if name.lower() in user_ids
    ]
    hashtags = [{"start": s, "end": e, "tag": tag} for s, e, tag in find_hashtags(text)]
    cashtags = [{"start": s, "end": e, "tag": tag} for s, e, tag in find_cashtags(text)]
    kinds = {"urls": urls, "mentions": mentions, "hashtags": hashtags, "cashtags": cashtags}
    return {name: values for name, values in kinds.items() if values}


def url_entity(start: int, end: int, url: str) -> dict[str, Any]:
    """Return a link in X's shape."""
    return {
        "start": start,
        "end": end,
        "url": url,
        "expanded_url": expanded(url),
        "display_url": display_url(url),
    }


def display_url(url: str) -> str:
    """Return a link as shown: no scheme, no ``www.``, at most 27 characters."""
    shown = re.sub(r"^https?://(www\.)?", "", url, flags=re.IGNORECASE).rstrip("/")
    return shown if len(shown) <= 27 else shown[:26] + "…"


def _in_hashtag(character: str) -> bool:
    """Return true for characters of hashtags.

    Letters, marks, digits and some signs.
    """
    category = unicodedata.category(character)
    return category[0] in "LM" or category == "Nd" or character in _IN_HASHTAGS


def _outside_links(text: str, found: list[Link]) -> list[Link]:
    if not found:
        return found
    links = find_urls(text)
    starts, ends = [link[0] for link in links], [0, *(link[1] for link in links)]
    # Links are in order and apart, so only the last one that begins before can hold another.
    return [one for one in found if one[0] >= ends[bisect_right(starts, one[0])]]
