"""Tables as JSON Lines, CSV and Parquet, in chunks."""

import csv
import io
import json
from collections.abc import Iterable, Iterator, Sequence
from typing import Any

from chalicelib.crawler.core.models import Run
from chalicelib.crawler.exports import parquet, sources
from chalicelib.crawler.runs import runs

from shared.aws.dynamo import Item
from shared.base.clock import iso

_ROWS = 2_000
_GROUP_ROWS = 20_000
# A spreadsheet takes text that begins so for a formula.
_FORMULA = ("=", "+", "-", "@", "\t", "\r")


def pages_jsonl(run: Run) -> Iterator[bytes]:
    """Pages with all that was stored of them."""
    for rows in chunks(_shown(run), _ROWS):
        lines = (json.dumps(row, ensure_ascii=False) + "\n" for row in rows)
        yield "".join(lines).encode(errors="replace")


def pages_csv(run: Run) -> Iterator[bytes]:
    """Pages as CSV; a column for each rule of extraction."""
    names = rule_names(run)
    columns = [*sources.COLUMNS[:-1], *(f"field.{name}" for name in names)]
    yield from csv_file(columns, (_cells(row, columns) for row in _shown(run)))


def pages_parquet(run: Run) -> Iterator[bytes]:
    """Pages as Parquet; a column for each rule of extraction."""
    names = rule_names(run)
    columns = [*sources.COLUMNS[:-1], *(f"field.{name}" for name in names)]
    kinds = [(name, parquet.INTEGER if name in sources.NUMBERS else parquet.TEXT)
             for name in columns if name != "fetched_at"]  # fmt: skip
    kinds.append(("fetched_at", parquet.MOMENT))
    writer = parquet.Writer(kinds)
    yield writer.begin()
    for rows in chunks(sources.located(run), _GROUP_ROWS):
        flat = [{**row, **_fields(row)} for row in rows]
        yield writer.row_group([[_plain(row.get(name)) for row in flat] for name, _ in kinds])
    yield writer.end()


def graph_csv(run: Run) -> Iterator[bytes]:
    """Links of the pages, those that leave the site too."""
    from chalicelib.crawler.store.rows import GRAPH_COLUMNS

    yield from csv_file(GRAPH_COLUMNS, sources.links(run))


def csv_file(columns: Sequence[str], rows: Iterable[Sequence[Any]]) -> Iterator[bytes]:
    """Yield a CSV file (RFC 4180, UTF-8) in chunks."""
    yield _csv([columns])
    for some in chunks(rows, _ROWS):
        yield _csv([[_safe(cell) for cell in row] for row in some])


def chunks(rows: Iterable[Any], size: int) -> Iterator[list[Any]]:
    """Yield lists of rows."""
    found: list[Any] = []
    for row in rows:
        found.append(row)
        if len(found) == size:
            yield found
            found = []
    if found:
        yield found


def rule_names(run: Run) -> list[str]:
    """Return the names of the run's extraction rules."""
    return sorted(runs.options_of(run).get("extract") or {})


def _shown(run: Run) -> Iterator[Item]:
    for row in sources.located(run):
        shown = {name: row[name] for name in sources.COLUMNS if name in row}
        if "fetched_at" in shown:
            shown["fetched_at"] = iso(int(shown["fetched_at"]))
        yield shown


def _fields(row: Item) -> Item:
    return {f"field.{name}": value for name, value in (row.get("fields") or {}).items()}


def _cells(row: Item, columns: list[str]) -> list[Any]:
    flat = {**row, **_fields(row)}
    return [_plain(flat.get(name)) for name in columns]


def _plain(value: Any) -> Any:
    """Return lists and objects as JSON, since a cell holds one value."""
    if isinstance(value, dict | list | tuple):
        return json.dumps(value, ensure_ascii=False)
    return value


def _safe(cell: Any) -> Any:
    if isinstance(cell, str) and cell.startswith(_FORMULA):
        return f"'{cell}"
    return cell


def _csv(rows: Iterable[Sequence[Any]]) -> bytes:
    text = io.StringIO()
    csv.writer(text, lineterminator="\r\n").writerows(rows)
    return text.getvalue().encode(errors="replace")
