"""Files and folders that documents, comments and docstrings name."""

import re
import subprocess
from dataclasses import dataclass, field
from pathlib import Path

from scripts.base.process import ROOT

_TOP = "apps|shared|scripts|infra|web|tests|bench|docs|requirements"
_ENDS = "py|ts|tsx|css|toml|yaml|json|sh|txt|md|in|lock"
PATH = re.compile(rf"(?<![\w./$-])(?:{_TOP})(?:/[\w.-]+)*/[\w-]+\.(?:{_ENDS})\b")
FOLDER = re.compile(rf"`((?:{_TOP})(?:/[\w.-]+)*/)`")
NAME = re.compile(r"`([\w/]+\.(?:py|toml|yaml|ts|tsx))`")
# Files of an example, of a test, of a measurement, and written ones.
ABSENT = {
    "apps/ideas/app.py", "apps/sketches/app.py", "tests/test_x.py",
    "bench/results/latest.json", "merge.yaml", "sam.yaml",
}  # fmt: skip


@dataclass
class Tree:
    """Files of the repository, the ends of their paths, and their folders."""

    files: set[str]
    ends: set[str] = field(default_factory=set)
    folders: set[str] = field(default_factory=set)

    def __post_init__(self) -> None:
        for file in self.files:
            parts = file.split("/")
            self.ends |= {"/".join(parts[n:]) for n in range(len(parts))}
            self.folders |= {"/".join(parts[:n]) + "/" for n in range(1, len(parts))}

    def missing(self, text: str) -> set[str]:
        """Return the files and folders that a text names and the tree lacks."""
        named = {*PATH.findall(text)} - self.files, {*NAME.findall(text)} - self.ends
        return (named[0] | named[1] | ({*FOLDER.findall(text)} - self.folders)) - ABSENT


def test_files_and_folders_in_prose_are_there() -> None:
    done = subprocess.run(["git", "ls-files"], cwd=ROOT, capture_output=True, text=True, check=True)
    tree = Tree(set(done.stdout.split()))
    missing = {}
    for file in sorted(tree.files - {"CHANGELOG.md", str(Path(__file__).relative_to(ROOT))}):
        if file.endswith((".md", ".py", ".toml", ".yaml", ".ts", ".tsx")):
            missing[file] = tree.missing((ROOT / file).read_text())
    assert len(missing) > 500
    assert {file: names for file, names in missing.items() if names} == {}


def test_former_names_are_found() -> None:
    tree = Tree({"shared/net/dns_pinning.py"})
    text = "See `shared/pinned.py`, `pulled.py`, `apps/nowhere/` and shared/base/nothing.py."
    assert tree.missing(text) == {
        "shared/pinned.py", "pulled.py", "apps/nowhere/", "shared/base/nothing.py",
    }  # fmt: skip
    assert tree.missing("`net/dns_pinning.py`, `shared/net/`") == set()
