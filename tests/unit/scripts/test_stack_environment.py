"""AWS settings of the caller: some reach the local stack, others do not."""

import os
from pathlib import Path

import pytest

from scripts.emulator.stack import Stack


def test_only_the_endpoints_of_stand_ins_are_the_callers(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    # `enter` changes the environment of the process.
    before = dict(os.environ)
    theirs = {
        "AWS_ENDPOINT_URL_SESV2": "http://127.0.0.1:1",
        "AWS_ENDPOINT_URL_PINPOINT_SMS_VOICE_V2": "http://127.0.0.1:2",
    }
    for name, value in {**theirs, "AWS_PROFILE": "real", "AWS_ENDPOINT_URL_SQS": "x"}.items():
        monkeypatch.setenv(name, value)
    stack = Stack("http://127.0.0.1:3", None, tmp_path)
    stack.add({"FCM_URL": "http://127.0.0.1:4"})
    found = stack.enter("http://127.0.0.1:8000")
    try:
        for seen in (found, os.environ):
            assert {name: seen.get(name) for name in theirs} == theirs
            assert seen["AWS_ENDPOINT_URL"] == "http://127.0.0.1:3"
            assert seen["FCM_URL"] == "http://127.0.0.1:4"
            assert not {"AWS_PROFILE", "AWS_ENDPOINT_URL_SQS"} & set(seen)
    finally:
        os.environ.clear()
        os.environ.update(before)
