"""Texts with their links, unescaped: the templates escape everything."""

from collections.abc import Iterator
from dataclasses import dataclass
from urllib.parse import quote

from shared.aws.dynamo import Item

# Characters of a description: unfurlers cut longer ones, some in the middle of a letter.
DESCRIPTION = 200


@dataclass(frozen=True)
class Segment:
    """Piece of a text; with an address it is a link.

    Attributes:
        own: the address is a page of this platform.
    """

    text: str
    href: str = ""
    own: bool = False


def segments(text: str, entities: Item) -> list[Segment]:
    """Cut a text at its entities (X's form, positions in code points)."""
    found: list[Segment] = []
    end = 0
    for link in sorted(_links(entities), key=lambda one: one[0]):
        start, stop, segment = link
        if start < end or stop > len(text):
            continue
        if start > end:
            found.append(Segment(text[end:start]))
        found.append(Segment(segment.text or text[start:stop], segment.href, segment.own))
        end = stop
    if end < len(text):
        found.append(Segment(text[end:]))
    return found


def description(text: str) -> str:
    """Return the beginning of a text on one line."""
    line = " ".join(text.split())
    if len(line) <= DESCRIPTION:
        return line
    return line[: DESCRIPTION - 1].rsplit(" ", 1)[0] + "…"


def _links(entities: Item) -> Iterator[tuple[int, int, Segment]]:
    for url in entities.get("urls", ()):
        href = url.get("expanded_url") or url["url"]
        if href.startswith(("https://", "http://")):
            yield url["start"], url["end"], Segment(url.get("display_url", ""), href)
    for mention in entities.get("mentions", ()):
        name = mention["username"]
        yield mention["start"], mention["end"], Segment("", f"/@{name}", own=True)
    for kind, sign in (("hashtags", ""), ("cashtags", "$")):
        for tag in entities.get(kind, ()):
            path = f"/hashtag/{quote(sign + tag['tag'])}"
            yield tag["start"], tag["end"], Segment("", path, own=True)
