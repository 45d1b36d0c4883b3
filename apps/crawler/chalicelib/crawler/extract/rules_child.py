"""The child process for extraction rules; see `extract.sandbox`.

It runs with lxml alone. Each job on standard input is four bytes of length and
JSON: ``{"text", "rules": [[column, XPath, values]], "seconds"}``. It answers a line of JSON
per rule, ``[column, values]``, and an empty list at the end of a job. A job that takes more
CPU time than it has ends the process: the timer's signal has no handler.
"""

import json
import re
import resource
import signal
import sys
from contextlib import suppress
from itertools import islice
from typing import Any

from lxml.etree import HTMLParser, LxmlError, XPath, fromstring

MEMORY_BYTES = 300 << 20
_MAX_TAGS = 20_000
_VALUE_CHARS = 500
_TAG = re.compile(r"<[a-zA-Z]")


def main() -> None:
    """Answer jobs until standard input ends."""
    with suppress(ValueError, OSError):
        # Not every system can limit memory; all have the timer.
        resource.setrlimit(resource.RLIMIT_AS, (MEMORY_BYTES, MEMORY_BYTES))
    source, sink = sys.stdin.buffer, sys.stdout
    while len(size := source.read(4)) == 4:
        job = json.loads(source.read(int.from_bytes(size)))
        signal.setitimer(signal.ITIMER_PROF, job["seconds"])
        root = _tree(job["text"])
        for name, path, limit in job["rules"] if root is not None else ():
            print(json.dumps([name, _values(root, path, limit)]), file=sink, flush=True)
        signal.setitimer(signal.ITIMER_PROF, 0)
        print("[]", file=sink, flush=True)


def _tree(text: str) -> Any:
    # The last tag within the bound, without a list of all.
    beyond = next(islice(_TAG.finditer(text), _MAX_TAGS, None), None)
    text = text[: beyond.start()] if beyond else text
    parser = HTMLParser(encoding="utf-8", no_network=True, remove_comments=True, remove_pis=True)
    try:
        return fromstring(text.encode("utf-8", "replace"), parser)
    except (LxmlError, ValueError):
        return None


def _values(root: Any, path: str, limit: int) -> list[str]:
    try:
        result = XPath(path, smart_strings=False, regexp=False)(root)
    except LxmlError:
        return []
    values = []
    for one in result if isinstance(result, list) else [result]:
        if value := " ".join(_text_of(one).split())[:_VALUE_CHARS]:
            values.append(value)
            if len(values) >= limit:
                break
    return values


def _text_of(one: Any) -> str:
    if isinstance(one, str):
        return one[: 4 * _VALUE_CHARS]
    if isinstance(one, bool):
        return "true" if one else "false"
    if isinstance(one, float):
        return str(int(one)) if one.is_integer() else str(one)
    text = ""
    for piece in one.itertext():
        text += piece
        if len(text) > 4 * _VALUE_CHARS:
            break
    return text


if __name__ == "__main__":
    main()
