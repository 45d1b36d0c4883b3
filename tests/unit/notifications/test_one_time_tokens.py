"""One-time tokens on moto's KMS: a reference, signed for one purpose."""

import pytest
from moto import mock_aws

from shared.auth import one_time_tokens
from shared.aws import sdk
from shared.base.process import process
from shared.contracts.kms_keys import one_time_key_alias


@pytest.fixture
def key(monkeypatch):
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.setenv(name, "test")
    monkeypatch.delenv("AWS_ENDPOINT_URL", raising=False)
    process.restart()
    with mock_aws():
        process.restart()
        kms = sdk.client("kms")
        made = kms.create_key(KeySpec="HMAC_256", KeyUsage="GENERATE_VERIFY_MAC")
        key_id = made["KeyMetadata"]["KeyId"]
        kms.create_alias(AliasName=one_time_key_alias(), TargetKeyId=key_id)
        yield kms
    process.restart()


def test_token_gives_its_reference_back(key):
    token = one_time_tokens.mint("verify_email", "12-34-abc")
    assert token.startswith("12-34-abc.")
    assert one_time_tokens.verify("verify_email", token) == "12-34-abc"


def test_token_serves_one_purpose_and_one_reference(key):
    token = one_time_tokens.mint("verify_email", "12-34-abc")
    assert one_time_tokens.verify("reset_password", token) is None
    assert one_time_tokens.verify("verify_email", "9" + token) is None


def test_reference_may_hold_dots(key):
    token = one_time_tokens.mint("verify_email", "a.b.c")
    assert one_time_tokens.verify("verify_email", token) == "a.b.c"


@pytest.mark.parametrize(
    "forged",
    ["", ".", "ref", "ref.", ".mac", "ref.AAAA", "ref." + "A" * 43, "ref.\u00e9\u00e9", "x" * 5000],
)
def test_forgeries_are_refused(key, forged):
    assert one_time_tokens.verify("verify_email", forged) is None


def test_trouble_with_kms_is_not_a_forgery(key):
    token = one_time_tokens.mint("verify_email", "ref")
    key.delete_alias(AliasName=one_time_key_alias())
    with pytest.raises(key.exceptions.NotFoundException):
        one_time_tokens.verify("verify_email", token)
