"""Files of pages, read by other people's readers."""

import csv
import io
import json
from typing import Any

import pyarrow.parquet
import pytest

from shared.aws import sdk
from tests.unit.crawler.exports.conftest import SITE, Page

RULES = json.dumps({"extract": {"price": {"css": "b"}, "name": {"css": "i"}}})
PAGES = [
    Page("/", (), "", {"bytes": 2**40, "fields": {"price": "3 €", "name": "\u2028x\n\x00y"}}),
    Page("/a", (), "/", {"title": "=cmd|' /C calc'!A0", "status_code": None, "error": "dns"}),
    Page("/b", (), "/", {"title": None, "fields": {"price": ["1", "2"]}}),
]


def content(run: Any, name: str) -> bytes:
    from chalicelib.crawler.exports import exports

    return b"".join(exports.content(run, name))


def test_parquet_is_read_by_pyarrow(stored: Any) -> None:
    run = stored(PAGES, options=RULES)
    table = pyarrow.parquet.read_table(io.BytesIO(content(run, "pages.parquet")))
    rows = {row["url"]: row for row in table.to_pylist()}
    assert len(rows) == 3
    assert rows[f"{SITE}/"]["bytes"] == 2**40
    assert rows[f"{SITE}/"]["field.name"] == "\u2028x\n\x00y"
    assert rows[f"{SITE}/a"]["status_code"] is None
    assert rows[f"{SITE}/b"]["title"] is None
    assert rows[f"{SITE}/b"]["field.price"] == '["1", "2"]'
    assert str(table.schema.field("fetched_at").type) == "timestamp[ms, tz=UTC]"


@pytest.mark.parametrize("rows", [0, 1, 7, 8, 9, 300])
def test_parquet_of_any_length_is_what_was_written(rows: int) -> None:
    from chalicelib.crawler.exports import parquet

    numbers = [None if n % 3 == 0 else n * -(10**12) for n in range(rows)]
    texts = [None if n % 5 == 0 else f"ä{n}" for n in range(rows)]
    writer = parquet.Writer([("n", parquet.INTEGER), ("t", parquet.TEXT)])
    raw = writer.begin()
    for start in range(0, rows, 100):
        raw += writer.row_group([numbers[start : start + 100], texts[start : start + 100]])
    raw += writer.end()
    found = pyarrow.parquet.read_table(io.BytesIO(raw)).to_pydict()
    assert found == {"n": numbers, "t": texts}


def test_csv_gives_spreadsheets_no_formulas(stored: Any) -> None:
    run = stored(PAGES, options=RULES)
    text = content(run, "pages.csv").decode()
    rows = {row["url"]: row for row in csv.DictReader(io.StringIO(text, newline=""))}
    assert rows[f"{SITE}/a"]["title"] == "'=cmd|' /C calc'!A0"
    assert rows[f"{SITE}/"]["field.price"] == "3 €"
    assert rows[f"{SITE}/b"]["field.price"] == '["1", "2"]'


def test_a_page_in_two_parts_is_exported_once(stored: Any) -> None:
    run = stored([*PAGES, *PAGES])
    # Each page names the page that found it; the root has none.
    found_on = {}
    for text in content(run, "pages.jsonl").decode().split("\n")[:-1]:
        row = json.loads(text)
        found_on[row["url"]] = row.get("found_on")
    assert found_on == {f"{SITE}/": None, f"{SITE}/a": f"{SITE}/", f"{SITE}/b": f"{SITE}/"}
    lines = [json.loads(line) for line in content(run, "pages.jsonl").decode().split("\n") if line]
    assert sorted(line["url"] for line in lines) == sorted(SITE + page.path for page in PAGES)
    assert lines[0]["fields"]["name"] == "\u2028x\n\x00y"


def test_long_exports_are_uploaded_in_parts(stored: Any) -> None:
    from chalicelib.crawler.exports.upload import UploadLimits, upload
    from chalicelib.crawler.store import objects

    from shared.base.process import process

    stored([])
    parts = [bytes([number]) * 3_000_000 for number in range(5)]
    with process.limited(UploadLimits(part_bytes=5 * 1024 * 1024)):
        size = upload("runs/x/exports/y", "text/plain", iter(parts))
    found = sdk.client("s3").get_object(Bucket=objects.bucket(), Key="runs/x/exports/y")
    assert (size, found["Body"].read()) == (15_000_000, b"".join(parts))


def test_a_broken_off_upload_leaves_nothing(stored: Any) -> None:
    from chalicelib.crawler.exports.upload import UploadLimits, upload
    from chalicelib.crawler.store import objects

    from shared.base.process import process

    def broken() -> Any:
        yield b"x" * 6_000_000
        raise RuntimeError("the source broke off")

    stored([])
    with process.limited(UploadLimits(part_bytes=5_000_000)), pytest.raises(RuntimeError):
        upload("runs/z/exports/y", "text/plain", broken())
    s3 = sdk.client("s3")
    assert "Uploads" not in s3.list_multipart_uploads(Bucket=objects.bucket())
    assert "Contents" not in s3.list_objects_v2(Bucket=objects.bucket(), Prefix="runs/z/")
