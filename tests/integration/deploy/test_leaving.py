"""Commands for leaving AWS, as docs/deploy.md has them."""

import re
import subprocess
import sys
from pathlib import Path

import boto3
import pytest

from scripts.base.process import ROOT
from scripts.emulator.stack import embedded_aws

pytestmark = [pytest.mark.integration, pytest.mark.timeout(120)]

PAGE = ROOT / "docs" / "deploy.md"


@pytest.mark.parametrize("versioned", [True, False])
def test_the_command_for_buckets_deletes_every_version(versioned: bool, tmp_path: Path) -> None:
    (command,) = re.findall(r"^.*<bucket>.*$", PAGE.read_text(), re.MULTILINE)
    name = "rookery-dev-things-000000000000-us-east-1"
    with embedded_aws(tmp_path / "state", keep=False) as stack:
        environment = stack.full_environment("http://127.0.0.1:8000")
        s3 = boto3.client(
            "s3",
            endpoint_url=stack.endpoint_url,
            region_name="us-east-1",
            aws_access_key_id="test",
            aws_secret_access_key="test",
        )
        s3.create_bucket(Bucket=name)
        if versioned:
            on = {"Status": "Enabled"}
            s3.put_bucket_versioning(Bucket=name, VersioningConfiguration=on)
        for key in ("a", "a", "b", "c/d"):
            s3.put_object(Bucket=name, Key=key, Body=b"x")
        s3.delete_object(Bucket=name, Key="b")
        done = subprocess.run(
            command.replace("<bucket>", name).replace(".venv/bin/python", sys.executable),
            shell=True,
            cwd=tmp_path,
            env=environment,
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 0, done.stderr
        assert s3.list_buckets()["Buckets"] == []
