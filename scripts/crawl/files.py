"""Files of a crawl on disk: an export of its pages, its WARC files."""

from __future__ import annotations

from pathlib import Path
from typing import Any

EXPORTS = {".csv": "pages.csv", ".jsonl": "pages.jsonl", ".parquet": "pages.parquet"}
# Replay tools like files of about a gigabyte.
WARC_BYTES = 1 << 30


def export_name(path: Path) -> str | None:
    """Return the export that a file name asks for, by its suffix."""
    return EXPORTS.get(path.suffix.lower())


def write_export(run_id: str, path: Path) -> None:
    """Write the pages of a run; an existing file is replaced at the end."""
    from chalicelib.crawler.exports import exports

    draft = path.with_name(path.name + ".part")
    with draft.open("wb") as file:
        for chunk in exports.content(_run(run_id), EXPORTS[path.suffix.lower()]):
            file.write(chunk)
    draft.replace(path)


def write_warc(run_id: str, directory: Path, most: int = WARC_BYTES) -> list[Path]:
    """Write the bodies of a run as WARC files with one index.

    A gzip member is a record, so parts can simply be put together.

    Returns:
        the files, of at most ``most`` bytes unless one part is larger.
    """
    from chalicelib.crawler.exports import archives
    from chalicelib.crawler.store import objects

    written: list[Path] = []
    index: list[str] = []
    for key in objects.parts(run_id, objects.WARC):
        body = objects.read(key)
        if not written or written[-1].stat().st_size + len(body) > most:
            written.append(directory / f"{run_id}-{len(written):05}.warc.gz")
            written[-1].write_bytes(b"")
        file = written[-1]
        offset = file.stat().st_size
        with file.open("ab") as target:
            target.write(body)
        found = objects.read(archives.index_key(run_id, key))
        index += archives.moved(found, file.name, offset)
    if written:
        (directory / f"{run_id}.cdxj").write_text("".join(sorted(index)))
    return written


def _run(run_id: str) -> Any:
    from chalicelib.crawler.runs import runs

    run = runs.find(run_id)
    if run is None:
        raise LookupError(run_id)
    return run
