"""One stage, deployed once for all tests of a module."""

import os
from collections.abc import Iterator

import pytest

from scripts.deploy.account import connect
from scripts.deploy.provision import verify_sender
from scripts.emulator.stack import MAIL_FROM, embedded_aws
from tests.bundles import HOST, bundles
from tests.deploy.stage import World
from tests.deploy.world import STAGE, Platform, gateway, hand_over_permissions


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    place = tmp_path_factory.mktemp("deploy")
    with pytest.MonkeyPatch.context() as patch:
        for name in list(os.environ):
            if name.startswith("AWS_"):
                patch.delenv(name)
        settings = {
            "AWS_ACCESS_KEY_ID": "test",
            "AWS_SECRET_ACCESS_KEY": "test",
            "AWS_DEFAULT_REGION": "us-east-1",
            "AWS_EC2_METADATA_DISABLED": "true",
            # The emulator hands its own environment on to the functions.
            "ROOKERY_LOCAL": "1",
            "PRIVATE_FETCH": "1",
            "RATE_LIMIT_MULTIPLIER": "1000",
            # Functions get no further than their policies.
            "ROOKERY_ENFORCE_IAM": "1",
            "LOG_LEVEL": "INFO",
            "MAIL_FROM": MAIL_FROM,
            "CONTACTS_URL": f"sqlite:///{place / 'contacts.db'}",
        }
        for name, value in settings.items():
            patch.setenv(name, value)
        built = bundles(tmp_path_factory, STAGE, HOST)
        with embedded_aws(place / "state", keep=False) as stack:
            patch.setenv("AWS_ENDPOINT_URL", stack.endpoint_url)
            account = connect()
            found = World(account, place, built)
            patch.setenv("PUBLIC_URL", f"http://127.0.0.1:{found.port}")
            found.deploy()
            # What an operator does once in the SES console.
            verify_sender()
            with gateway(account, found.port) as url:
                found.platform = Platform(url)
                yield found
            hand_over_permissions(place / "state" / "aws" / "iam.jsonl")
