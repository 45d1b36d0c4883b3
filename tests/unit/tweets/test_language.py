"""The guess at a tweet's language."""

import pytest

from scripts.base.domain import load_app

load_app("tweets")
from chalicelib.tweets.core import language


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("The rook and the crow are in the tree", "en"),
        ("Die Krähe und der Rabe sind nicht im Baum", "de"),
        ("Le corbeau et la corneille sont dans les arbres", "fr"),
        ("El cuervo y la corneja de los campos", "es"),
        ("カラスが鳴いている", "ja"),
        ("까마귀가 운다", "ko"),
        ("Ворона сидит на дереве", "ru"),
        ("乌鸦在树上", "zh"),
        ("https://example.com/a", "qme"),
        ("@rook @crow", "qam"),
        ("#rook #crow", "qht"),
        ("$ROOK", "qct"),
        ("!!! 123", "zxx"),
        ("ok", "qst"),
        ("Xyzzy plugh frobnicate quux garply waldo", "und"),
    ],
)
def test_guess(text: str, code: str) -> None:
    assert language.guess(text) == code
