"""Each domain is whole, also one from the mould."""

import shutil
from pathlib import Path

import pytest

from scripts.base.domain import domains
from scripts.base.process import ROOT
from scripts.mould.make import MouldError, make
from scripts.mould.whole import gaps


@pytest.mark.parametrize("domain", domains())
def test_a_domain_is_whole(domain: str) -> None:
    assert gaps(domain) == []


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, list[Path]]:
    """A root with one domain from the mould, and the files that were written."""
    root = tmp_path_factory.mktemp("root")
    (root / "docs").mkdir()
    shutil.copy(ROOT / "docs" / "data-model.md", root / "docs")
    made = make("sketches", root)
    pins = Path("apps", "sketches", "requirements.txt")
    (root / pins).touch()
    return root, [*made, pins]


def test_a_domain_from_the_mould_is_whole(place: tuple[Path, list[Path]]) -> None:
    root, made = place
    assert gaps("sketches", root) == []
    assert len(made) > 20


def test_every_piece_is_missed(place: tuple[Path, list[Path]]) -> None:
    root, made = place
    for piece in made:
        path, kept = root / piece, root / "kept"
        path.rename(kept)
        if piece == Path("docs", "data-model.md"):
            shutil.copy(ROOT / piece, path)
        left = gaps("sketches", root)
        kept.rename(path)
        assert left, f"nobody misses {piece}"
    assert gaps("sketches", root) == []


@pytest.mark.parametrize(
    ("old", "new", "missed"),
    [
        ("[erase_user]", "[erase]", "functions.toml does not declare erase_user"),
        ("[follow_items]", "[follow]", "app.py has no handler follow"),
    ],
)
def test_functions_and_handlers_are_compared(
    place: tuple[Path, list[Path]], old: str, new: str, missed: str
) -> None:
    root, _ = place
    path = root / "apps" / "sketches" / "functions.toml"
    text = path.read_text()
    path.write_text(text.replace(old, new))
    left = gaps("sketches", root)
    path.write_text(text)
    assert any(missed in line for line in left), left


@pytest.mark.parametrize(
    ("said", "missed"),
    [
        ("", "does not say whether the table items is truth or derived"),
        ("    Metadata: {Rookery: {kind: both}}\n", "does not say whether the table items"),
        (
            "    Metadata: {Rookery: {kind: derived}}\n",
            "does not say that the table items of sketches",
        ),
    ],
)
def test_a_table_must_be_truth_or_derived(
    place: tuple[Path, list[Path]], said: str, missed: str
) -> None:
    root, _ = place
    path = root / "apps" / "sketches" / "resources.yaml"
    text = path.read_text()
    path.write_text(text.replace("    Metadata: {Rookery: {kind: truth}}\n", said))
    left = gaps("sketches", root)
    path.write_text(text)
    assert len(left) == 1 and missed in left[0]


def test_a_table_of_truths_must_be_global(place: tuple[Path, list[Path]]) -> None:
    root, _ = place
    path = root / "apps" / "sketches" / "resources.yaml"
    text = path.read_text()
    path.write_text(text.replace("AWS::DynamoDB::GlobalTable", "AWS::DynamoDB::Table"))
    left = gaps("sketches", root)
    path.write_text(text)
    assert left == ["the table items of sketches is truth: truth is global, derived is not"]


def test_a_domain_must_take_part_in_erasures(place: tuple[Path, list[Path]]) -> None:
    root, _ = place
    home = root / "apps" / "sketches"
    texts = {path: path.read_text() for path in (home / "app.py", home / "functions.toml")}
    for path, text in texts.items():
        path.write_text(text.replace("erase_user", "forget_user"))
    left = gaps("sketches", root)
    for path, text in texts.items():
        path.write_text(text)
    assert left == ["apps/sketches/app.py has no handler erase_user: its part of every erasure"]


@pytest.mark.parametrize("name", ["Ideas", "ab", "my-sketches", "events", "x" * 21, "../x", ""])
def test_names_that_cannot_be_a_domain_s_are_refused(tmp_path: Path, name: str) -> None:
    with pytest.raises(MouldError):
        make(name, tmp_path)


def test_a_domain_is_never_written_over(place: tuple[Path, list[Path]]) -> None:
    with pytest.raises(MouldError, match="there already"):
        make("sketches", place[0])
