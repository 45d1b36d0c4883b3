"""Files that the first call of a crawl asked for, for later ones."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class Wanted:
    """Files to write at the end.

    Attributes:
        warc: directory of WARC files.
        export: file of the pages.
    """

    warc: Path | None
    export: Path | None


def files_of(state: Path, run_id: str, warc: Path | None, export: Path | None) -> Wanted:
    """Return the files to write, and remember them for the next call.

    Args:
        state: directory of crawls.
        warc / export: of this call; what it leaves out is as in the call before.
    """
    note = state / "files" / f"{run_id}.json"
    before = json.loads(note.read_text()) if note.is_file() else {}
    given = {"warc": warc, "export": export}
    now = {name: str(path.absolute()) for name, path in given.items() if path is not None}
    kept = {**before, **now}
    note.parent.mkdir(exist_ok=True)
    draft = note.with_suffix(".part")
    draft.write_text(json.dumps(kept))
    draft.replace(note)
    return Wanted(*(Path(kept[name]) if name in kept else None for name in given))
