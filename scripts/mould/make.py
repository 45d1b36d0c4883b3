"""Write a working, empty domain: `make domain NAME=ideas`.

The files come from ``template/``, where ``__domain__`` stands for the name and ``__title__`` for
the name with a capital. Everything else (topic, rate limits, idempotency, queues of exports and
erasures, routing of ``/1/<name>*``, OpenAPI, type checks, bench) follows from the folder.
"""

from __future__ import annotations

import argparse
import re
import subprocess
import sys
from pathlib import Path

from scripts.base.domain import domains
from scripts.base.process import ROOT
from scripts.mould.whole import gaps

TEMPLATE = Path(__file__).parent / "template"
# A folder, a Python package, a part of resource names, a path: lower-case letters fit all.
_NAME = re.compile(r"[a-z]{3,20}")
_TAKEN = frozenset({"events", "logs", "shared", "sample"})


class MouldError(ValueError):
    """The name cannot be a domain's; the message says why."""


def make(name: str, root: Path = ROOT) -> list[Path]:
    """Write the domain's files; returns them, relative to the root.

    Raises:
        MouldError: the name is malformed or taken.
    """
    if not _NAME.fullmatch(name) or name in _TAKEN:
        raise MouldError(f"{name!r}: a domain's name is 3 to 20 lower-case letters")
    if (root / "apps" / name).exists():
        raise MouldError(f"apps/{name} is there already")
    made = [_write(source, name, root) for source in sorted(TEMPLATE.rglob("*.tmpl"))]
    link = root / "apps" / name / "vendor" / "shared"
    link.parent.mkdir()
    link.symlink_to(Path("..", "..", "..", "shared"))
    made += [link, _describe_tables(name, root)]
    return [path.relative_to(root) for path in made]


def _filled(text: str, name: str) -> str:
    return text.replace("__domain__", name).replace("__title__", name.title())


def _write(source: Path, name: str, root: Path) -> Path:
    place = _filled(str(source.relative_to(TEMPLATE)), name).removesuffix(".tmpl")
    target = root / place
    target.parent.mkdir(parents=True, exist_ok=True)
    target.write_text(_filled(source.read_text(), name))
    return target


def _describe_tables(name: str, root: Path) -> Path:
    """Add the domain's section to the data model, before the section on keys."""
    page = root / "docs" / "data-model.md"
    section = _filled(_TABLES, name)
    page.write_text(page.read_text().replace("\n## Keys\n", f"{section}\n## Keys\n", 1))
    return page


_TABLES = """
## __domain__

| table | kind | key | index | TTL | stream | what |
|---|---|---|---|---|---|---|
| `items` | truth | `owner_id`, `id` | | | yes | an item of a user |
| `idempotency` | derived | `key` | | `expires_at` | | answers of POSTs, 24 h |
| `limits` | derived | `key` | | `expires_at` | | rate limits that callers used |
"""


def main() -> int:
    """Command line: ``NAME``."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("name")
    name = parser.parse_args().name
    try:
        made = make(name)
    except MouldError as error:
        print(error, file=sys.stderr)
        return 1
    print("\n".join(f"wrote {path}" for path in made))
    # Written from what the new app declares.
    for module in ("wiring.locked", "wiring.write", "checks.docs_routes", "checks.docs_idle"):
        subprocess.run([sys.executable, "-m", f"scripts.{module}"], cwd=ROOT, check=True)
    left = gaps(name)
    print("\n".join(left) or f"{name} is whole; the domains are {', '.join(domains())}")
    print(f"next: make test; make run; curl the routes in docs/{name}.md")
    return 1 if left else 0


if __name__ == "__main__":
    sys.exit(main())
