"""Present speed of this machine, to compare CPU figures by."""

import json
import time

# Least milliseconds of `_work` on the machine of docs/benchmarks.md, with nothing else running.
REFERENCE_MS = 0.48
_RUNS = 30
_DOCUMENT = json.dumps(
    {str(number): {"S": "x" * 40, "N": str(number), "L": [1, 2, 3]} for number in range(300)}
)


def slowness() -> float:
    """CPU time here over that of the reference machine, at least one."""
    return max(1.0, min(_work() for _ in range(_RUNS)) / REFERENCE_MS)


def _work() -> float:
    """CPU ms of a page's ingredients: JSON, dictionaries, text, numbers."""
    started = time.thread_time()
    found = json.loads(_DOCUMENT)
    kept = {name: int(one["N"]) for name, one in found.items() if one["S"].startswith("x")}
    json.dumps({"data": [{"id": n, "text": v} for n, v in sorted(kept.items(), reverse=True)]})
    return (time.thread_time() - started) * 1000
