"""The link graph of a run, and reports on it.

Pages are numbered, so the graph in memory takes eight bytes per link.
"""

from array import array
from collections.abc import Iterator
from xml.sax.saxutils import escape

from chalicelib.crawler.core.models import Run
from chalicelib.crawler.exports import sources
from chalicelib.crawler.exports.tables import csv_file

from shared.aws.dynamo import Item
from shared.base.process import Cache, process
from shared.text import canonical_urls

_REDIRECT = "redirect"
_DAMPING, _ROUNDS = 0.85, 40
_ENOUGH = 1e-7
_keys: Cache[str, str] = process.cache(200_000)


def key_of(url: str) -> str:
    """Return the digest of an address; remembers those of many."""
    found = _keys.get(url)
    return found if found is not None else _keys.put(url, canonical_urls.key(url))


class Graph:
    """Links between the pages of a run; others are left out.

    Attributes:
        pages: rows of pages, by number.
        sources / targets: numbers of the two ends of each link.
    """

    def __init__(self, run: Run) -> None:
        self.pages = list(sources.pages(run))
        self.numbers = {row["key"]: number for number, row in enumerate(self.pages)}
        self.sources, self.targets = array("i"), array("i")
        self.redirects: dict[int, int] = {}
        seen: set[int] = set()
        for source, target, kind, *_ in sources.links(run):
            ends = self.numbers.get(key_of(source)), self.numbers.get(key_of(target))
            if ends[0] is None or ends[1] is None:
                continue
            if kind == _REDIRECT:
                self.redirects[ends[0]] = ends[1]
            edge = ends[0] << 32 | ends[1]
            if edge not in seen:
                seen.add(edge)
                self.sources.append(ends[0])
                self.targets.append(ends[1])

    def in_degrees(self) -> list[int]:
        """Return the number of other pages that link to each page."""
        found = [0] * len(self.pages)
        for source, target in zip(self.sources, self.targets, strict=True):
            found[target] += source != target
        return found

    def ranks(self) -> list[float]:
        """Return the PageRank of each page; their sum is 1."""
        count = len(self.pages)
        out = [0] * count
        for source in self.sources:
            out[source] += 1
        ranks = [1 / count] * count if count else []
        for _ in range(_ROUNDS):
            dangling = sum(rank for rank, links in zip(ranks, out, strict=True) if not links)
            fresh = [(1 - _DAMPING + _DAMPING * dangling) / count] * count
            for source, target in zip(self.sources, self.targets, strict=True):
                fresh[target] += _DAMPING * ranks[source] / out[source]
            moved = sum(abs(one - other) for one, other in zip(ranks, fresh, strict=True))
            ranks = fresh
            if moved < _ENOUGH:
                break
        return ranks


def graphml(run: Run) -> Iterator[bytes]:
    """Links between the run's pages as GraphML."""
    graph = Graph(run)
    yield (
        b'<?xml version="1.0" encoding="UTF-8"?>\n'
        b'<graphml xmlns="http://graphml.graphdrawing.org/xmlns">\n'
        b'<key id="url" for="node" attr.name="url" attr.type="string"/>\n'
        b'<key id="title" for="node" attr.name="title" attr.type="string"/>\n'
        b'<key id="status" for="node" attr.name="status" attr.type="int"/>\n'
        b'<graph id="crawl" edgedefault="directed">\n'
    )
    for number, page in enumerate(graph.pages):
        data = f'<data key="url">{_xml(page["url"])}</data>'
        if page.get("title"):
            data += f'<data key="title">{_xml(page["title"])}</data>'
        if page.get("status_code"):
            data += f'<data key="status">{int(page["status_code"])}</data>'
        yield f'<node id="n{number}">{data}</node>\n'.encode()
    for source, target in zip(graph.sources, graph.targets, strict=True):
        yield f'<edge source="n{source}" target="n{target}"/>\n'.encode()
    yield b"</graph>\n</graphml>\n"


def pagerank_csv(run: Run) -> Iterator[bytes]:
    """Pages by PageRank, the highest first."""
    graph = Graph(run)
    degrees, ranks = graph.in_degrees(), graph.ranks()
    order = sorted(range(len(ranks)), key=lambda one: (-ranks[one], graph.pages[one]["url"]))
    rows = ([graph.pages[one]["url"], f"{ranks[one]:.9f}", degrees[one]] for one in order)
    yield from csv_file(("url", "rank", "links_in"), rows)


def orphans_csv(run: Run) -> Iterator[bytes]:
    """Fetched pages without a link from another page; not the start."""
    graph = Graph(run)
    rows = (
        [page["url"], page.get("status_code"), page.get("title")]
        for page, links in zip(graph.pages, graph.in_degrees(), strict=True)
        if not links and page["state"] == "fetched" and page["key"] != key_of(run.url)
    )
    yield from csv_file(("url", "status_code", "title"), rows)


def redirects_csv(run: Run) -> Iterator[bytes]:
    """Chains of redirects from their first page, loops marked."""
    graph = Graph(run)
    inner = set(graph.redirects.values())
    begins = [one for one in graph.redirects if one not in inner]
    # A circle has no first page: take the one with the least number.
    reached = {number for begin in begins for number in _chain(graph, begin)}
    for one in sorted(graph.redirects):
        if one not in reached:
            begins.append(one)
            reached.update(_chain(graph, one))
    yield from csv_file(
        ("url", "hops", "target", "target_status", "loop", "chain"),
        (_chain_row(graph, begin) for begin in begins),
    )


def broken_links_csv(run: Run) -> Iterator[bytes]:
    """Links to pages that failed, with the page on which each stands."""
    failed = {row["key"]: row for row in sources.pages(run) if row["state"] == "failed"}
    yield from csv_file(
        ("url", "status_code", "error", "found_on", "kind", "text"), _broken(run, failed)
    )


def _broken(run: Run, failed: dict[str, Item]) -> Iterator[list[object]]:
    located: set[str] = set()
    for source, target, kind, _, text in sources.links(run):
        key = key_of(target)
        page = failed.get(key)
        if page is not None:
            located.add(key)
            yield [target, page.get("status_code"), page.get("error"), source, kind, text]
    # Redirects and runs without stored links: the page that was first to find it.
    rest = [page for key, page in failed.items() if key not in located]
    parents = {page["parent"] for page in rest if page.get("parent")}
    urls = {row["key"]: row["url"] for row in sources.pages(run) if row["key"] in parents}
    for page in rest:
        found_on = urls.get(page.get("parent", ""))
        yield [page["url"], page.get("status_code"), page.get("error"), found_on, "", ""]


def _chain(graph: Graph, begin: int) -> list[int]:
    chain = [begin]
    while (following := graph.redirects.get(chain[-1])) is not None:
        chain.append(following)
        if following in chain[:-1]:
            break
    return chain


def _chain_row(graph: Graph, begin: int) -> list[object]:
    chain = _chain(graph, begin)
    urls = [graph.pages[one]["url"] for one in chain]
    loop = chain[-1] in chain[:-1]
    status = graph.pages[chain[-1]].get("status_code")
    return [urls[0], len(urls) - 1, urls[-1], status, "yes" if loop else "no", " ".join(urls)]


def _xml(text: str) -> str:
    """Escape text, without the characters that XML 1.0 cannot hold."""
    return escape("".join(one for one in text if one >= " " or one in "\t\n"))
