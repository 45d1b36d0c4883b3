"""AWS settings of the caller: some reach the local stack, others do not."""

import os
import subprocess
from pathlib import Path

import pytest

from scripts.emulator.stack import Stack, read_env_file, write_env_file


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


def test_a_shell_and_our_own_processes_read_the_file_of_settings(tmp_path: Path) -> None:
    stack = Stack("http://127.0.0.1:3", None, tmp_path)
    stack.add({"ODD": "it's <a> $HOME 'b' # c"})
    place = write_env_file(stack, "http://127.0.0.1:8000")
    expected = stack.environment()
    assert read_env_file(tmp_path) == expected
    told = subprocess.run(
        ["sh", "-c", f"set -a && . {place} && env -0"], capture_output=True, check=True, env={}
    )
    seen = dict(one.partition("=")[::2] for one in told.stdout.decode().split("\0"))
    assert {name: seen.get(name) for name in expected} == expected
