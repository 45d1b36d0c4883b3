"""Exports of a run: request, make in the background, link to download."""

from collections.abc import Callable, Iterator
from functools import partial

from chalicelib.crawler.control.jobs import Position
from chalicelib.crawler.core.keeping import GRAPH, WARC, kinds_of
from chalicelib.crawler.core.models import ENDED, Run
from chalicelib.crawler.core.names import DOMAIN
from chalicelib.crawler.core.states import REMOVED
from chalicelib.crawler.exports import archives, graph, reports, tables
from chalicelib.crawler.exports.upload import upload
from chalicelib.crawler.runs import runs
from chalicelib.crawler.store import objects

from shared.aws import sdk
from shared.aws.dynamo import Item
from shared.base.clock import iso, now_ms
from shared.base.errors import conflict, invalid_request, not_found
from shared.base.observability import logger
from shared.http import quotas

PENDING, READY, FAILED = "pending", "ready", "failed"
DIFFERENCE = "difference.csv"
LINK_SECONDS = 3600
# A request this old has lost its job, and may be made again.
_PATIENCE_MS = 30 * 60_000
_ATTEMPTS = 5
_XML = "application/xml"
_CSV = "text/csv; charset=utf-8"

# Name of the file → how it is made, and its type.
FILES: dict[str, tuple[Callable[[Run], Iterator[bytes]], str]] = {
    "pages.jsonl": (tables.pages_jsonl, "application/jsonl"),
    "pages.csv": (tables.pages_csv, _CSV),
    "pages.parquet": (tables.pages_parquet, "application/vnd.apache.parquet"),
    "graph.csv": (tables.graph_csv, _CSV),
    "graph.graphml": (graph.graphml, _XML),
    "sitemap.xml": (reports.sitemap_xml, _XML),
    **{
        name: (partial(reports.sitemap_part, number=number), _XML)
        for number, name in enumerate(reports.SITEMAP_PARTS)
    },
    "broken-links.csv": (graph.broken_links_csv, _CSV),
    "redirects.csv": (graph.redirects_csv, _CSV),
    "duplicates.csv": (reports.duplicates_csv, _CSV),
    "orphans.csv": (graph.orphans_csv, _CSV),
    "pagerank.csv": (graph.pagerank_csv, _CSV),
    archives.WARC_NAME: (archives.warc_file, "application/warc"),
    archives.INDEX_NAME: (archives.index_file, "text/plain; charset=utf-8"),
}
NAMES = (*FILES, DIFFERENCE)
# The kind of files that an export is made of: without links a graph would be empty, and each
# page an orphan.
_NEEDS = {
    **dict.fromkeys(("graph.csv", "graph.graphml", "orphans.csv", "pagerank.csv"), GRAPH),
    **dict.fromkeys((archives.WARC_NAME, archives.INDEX_NAME), WARC),
}
_KEPT = {GRAPH: "links", WARC: "bodies"}


def content(run: Run, name: str, base: Run | None = None) -> Iterator[bytes]:
    """Yield the bytes of an export.

    Args:
        base: the earlier run of a difference.
    """
    if name == DIFFERENCE:
        if base is None:
            raise reports.ReportRefused("The earlier crawl is gone.")
        return reports.difference_csv(run, base)
    return FILES[name][0](run)


def request(run: Run, name: str, base: Run | None = None) -> Item:
    """Ask for an export of an ended run; asked again, it is made anew.

    Several may be asked for at once, and others be recorded as ready meanwhile.

    Raises:
        Problem: 400 for a difference without its base, 409 while the run has not ended, the
            export is being made, or others kept changing the run; also for links or bodies
            that the run does not keep.
    """
    current: Run | None = run
    for _ in range(_ATTEMPTS):
        if current is None or current.status == REMOVED:
            raise not_found("crawl", run.id)
        entry = _requested(current, name, base)
        if runs.change(current, [Run.exports.set({**_known(current), name: entry})]):
            return _present(name, entry)
        current = runs.find(run.id)
    raise conflict("The crawl was changed by other requests; try again.")


def _requested(run: Run, name: str, base: Run | None) -> Item:
    """Return the entry of an export that is asked for; see `request`."""
    if run.status not in ENDED:
        raise conflict("The crawl has not ended.")
    if (name == DIFFERENCE) != (base is not None):
        raise invalid_request(f"base: the id of an earlier crawl, for {DIFFERENCE} only")
    if kind := lacks(run, name):
        raise conflict(f"The crawl keeps no {_KEPT[kind]}: its options.store lacks {kind}.")
    now = now_ms()
    stored = _known(run).get(name, {})
    if stored.get("status") == PENDING and stored["requested_at"] > now - _PATIENCE_MS:
        raise conflict("The export is being made.")
    entry: Item = {"status": PENDING, "requested_at": now}
    if base is not None:
        entry["base"] = base.id
    return entry


def lacks(run: Run, name: str) -> str | None:
    """Return the kind of files that an export needs and the run does not keep."""
    kind = _NEEDS.get(name)
    return None if kind in kinds_of(runs.options_of(run)) else kind


def get(run: Run, viewer_id: str, name: str) -> Item:
    """Return an export; a ready one with a link that works for an hour.

    Raises:
        Problem: 404 if nobody asked for it, 429 once the files linked to in a day exceed the
            viewer's quota.
    """
    entry = _known(run).get(name)
    if entry is None:
        raise not_found("export", name[:64])
    shown = _present(name, entry)
    if entry["status"] == READY:
        # Each link is a download of the file.
        quotas.charge(DOMAIN, viewer_id, "exports", int(entry["bytes"]))
        shown["url"] = _link(run, name)
    return shown


def list_exports(run: Run) -> list[Item]:
    """Return a run's exports, without links."""
    return [_present(name, entry) for name, entry in sorted(_known(run).items())]


def requested(old: Item | None, new: Item) -> Iterator[Item]:
    """Yield the jobs of exports that a change of a run asks for."""
    before = (old or {}).get("exports") or {}
    for name, entry in (new.get("exports") or {}).items():
        if entry["status"] == PENDING and entry != before.get(name):
            yield {"run": new["id"], "name": name, "requested_at": entry["requested_at"]}


def make(job: Item, position: Position | None) -> Position | None:
    """Make an export: one pass over the run's pages or links.

    A run has at most `limits.MAX_PAGES` pages. Made twice, it is the same object.
    """
    del position
    run = runs.find(job["run"])
    if run is None or run.status == REMOVED:
        return None
    name = job["name"]
    entry = _known(run).get(name, {})
    if entry.get("status") != PENDING or entry["requested_at"] != job["requested_at"]:
        return None
    base = runs.find(entry["base"]) if "base" in entry else None
    kind = _CSV if name == DIFFERENCE else FILES[name][1]
    try:
        size = upload(_key(run.id, name), kind, content(run, name, base))
        made = {**entry, "status": READY, "finished_at": now_ms(), "bytes": size}
    except reports.ReportRefused as refusal:
        made = {**entry, "status": FAILED, "reason": str(refusal)}
    _record(run.id, name, made)
    return None


def _record(run_id: str, name: str, made: Item) -> None:
    """Write an export's outcome, while other requests may change the run."""
    for _ in range(_ATTEMPTS):
        run = runs.find(run_id)
        if run is None or _known(run).get(name, {}).get("requested_at") != made["requested_at"]:
            return
        if runs.change(run, [Run.exports.set({**_known(run), name: made})]):
            return
    logger().warning("export not recorded", run_id=run_id, export=name)
    raise RuntimeError("the run kept changing")


def _known(run: Run) -> dict[str, Item]:
    return run.exports.as_dict() if run.exports is not None else {}


def _key(run_id: str, name: str) -> str:
    return objects.prefix(run_id, objects.EXPORTS) + name


def _present(name: str, entry: Item) -> Item:
    shown: Item = {
        "name": name,
        "status": entry["status"],
        "requested_at": iso(int(entry["requested_at"])),
        "reason": entry.get("reason"),
        "base": entry.get("base"),
    }
    if entry["status"] == READY:
        shown["bytes"] = int(entry["bytes"])
    return {key: value for key, value in shown.items() if value is not None}


def _link(run: Run, name: str) -> str:
    file = objects.download_name(run.id, name)
    url: str = sdk.client("s3").generate_presigned_url(
        "get_object",
        Params={
            "Bucket": objects.bucket(),
            "Key": _key(run.id, name),
            "ResponseContentDisposition": f'attachment; filename="{file}"',
        },
        ExpiresIn=LINK_SECONDS,
    )
    return url
