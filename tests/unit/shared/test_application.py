"""Applications under Chalice's own commands."""

import pytest
from chalice.local import ChaliceRequestHandler

from shared.http.application import Application


@pytest.fixture
def untouched(monkeypatch: pytest.MonkeyPatch) -> type[ChaliceRequestHandler]:
    monkeypatch.setattr(ChaliceRequestHandler, "wbufsize", 0)
    monkeypatch.setattr(ChaliceRequestHandler, "disable_nagle_algorithm", False)
    return ChaliceRequestHandler


def test_chalice_local_answers_at_once_and_in_one_piece(
    untouched: type[ChaliceRequestHandler], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("sys.argv", ["/somewhere/bin/chalice", "local", "--port", "9000"])
    Application("sample", [])
    assert untouched.wbufsize == -1
    assert untouched.disable_nagle_algorithm


@pytest.mark.parametrize("argv", [["/bin/chalice", "package", "out"], ["pytest", "local"]])
def test_chalice_s_server_is_left_alone_otherwise(
    untouched: type[ChaliceRequestHandler], monkeypatch: pytest.MonkeyPatch, argv: list[str]
) -> None:
    monkeypatch.setattr("sys.argv", argv)
    Application("sample", [])
    assert untouched.wbufsize == 0
    assert not untouched.disable_nagle_algorithm
