"""The AWS account of a deployment: caller, region, existing resources."""

from __future__ import annotations

import json
import os
import threading
from dataclasses import dataclass, field
from typing import Any

import boto3
from botocore.config import Config
from botocore.exceptions import (
    BotoCoreError,
    ClientError,
    EndpointConnectionError,
    NoCredentialsError,
    NoRegionError,
    PartialCredentialsError,
    ProfileNotFound,
)

_CONFIG = Config(retries={"max_attempts": 8, "mode": "standard"}, connect_timeout=5)
_EXPIRED = frozenset({"ExpiredToken", "ExpiredTokenException", "RequestExpired"})
_REFUSED = frozenset(
    {
        *("AccessDenied", "AccessDeniedException", "AuthFailure", "InvalidClientTokenId"),
        *("SignatureDoesNotMatch", "UnrecognizedClientException", "UnauthorizedOperation"),
    }
)
_QUOTAS = ("LimitExceeded", "TooManyBuckets", "ServiceQuotaExceeded", "QueueLimit")


class DeployError(RuntimeError):
    """A deployment cannot go on; the message says why and what to do."""


def in_words(error: BotoCoreError | ClientError) -> str:
    """Describe an error of the SDK to a person."""
    if isinstance(error, NoCredentialsError | PartialCredentialsError):
        return (
            "There are no AWS credentials. Log in (aws sso login, aws configure) or set "
            "AWS_PROFILE, and try again."
        )
    if isinstance(error, ProfileNotFound):
        return f"{error}. Name one that `aws configure list-profiles` shows."
    if isinstance(error, NoRegionError):
        return "No AWS region is set. Set AWS_REGION (for example eu-central-1) and try again."
    if isinstance(error, EndpointConnectionError):
        return f"AWS does not answer: {error}"
    if not isinstance(error, ClientError):
        return str(error)
    code = str(error.response["Error"].get("Code", ""))
    message = str(error.response["Error"].get("Message", ""))
    if code in _EXPIRED:
        return f"The AWS session has expired ({message}). Log in again and repeat the command."
    if code in _REFUSED:
        return f"AWS refuses {error.operation_name}: {message or code}"
    if any(quota in code for quota in _QUOTAS):
        return f"A quota of the account is reached ({error.operation_name}): {message}"
    return f"{error.operation_name}: {message or code}"


@dataclass
class Account:
    """Target of a deployment.

    Attributes:
        number: the account's id.
        region: the region's name.
        emulated: True when an endpoint of another than AWS is set.
    """

    session: boto3.Session
    number: str
    region: str
    emulated: bool
    _clients: dict[str, Any] = field(default_factory=dict, repr=False)
    _lock: threading.Lock = field(default_factory=threading.Lock, repr=False)

    def client(self, service: str) -> Any:
        """The shared client of a service."""
        with self._lock:
            if service not in self._clients:
                self._clients[service] = self.session.client(service, config=_CONFIG)
            return self._clients[service]

    @property
    def partition(self) -> str:
        """Partition in ARNs: ``aws``, ``aws-cn`` or ``aws-us-gov``."""
        return str(self.session.get_partition_for_region(self.region))

    def bucket(self, stage: str, thing: str) -> str:
        """Return the name of a stage's bucket in this account and region."""
        return f"rookery-{stage}-{thing}-{self.number}-{self.region}"

    def __str__(self) -> str:
        place = f"account {self.number}, region {self.region}"
        return f"{place}, an emulator" if self.emulated else place


def connect() -> Account:
    """The account that the environment's credentials belong to.

    Raises:
        DeployError: no credentials, no region, or AWS refuses them.
    """
    try:
        # The SDK itself reads AWS_DEFAULT_REGION only.
        session = boto3.Session(region_name=os.environ.get("AWS_REGION") or None)
        if session.region_name is None:
            raise NoRegionError
        sts = session.client("sts", config=_CONFIG)
        number = str(sts.get_caller_identity()["Account"])
    except (BotoCoreError, ClientError) as error:
        raise DeployError(in_words(error)) from error
    emulated = "amazonaws." not in sts.meta.endpoint_url
    return Account(session, number, str(session.region_name), emulated)


def code_of(error: ClientError) -> str:
    """The error's code."""
    return str(error.response["Error"].get("Code", ""))


def refuse_second_owner(account: Account, domain: str, stage: str) -> None:
    """Refuse a stage that ``chalice deploy`` owns.

    Its functions carry the app's name; ours carry the stack's. Both at once
    would read the same queues and streams, and everything would happen twice.

    Raises:
        DeployError: such a function exists.
    """
    name = f"rookery-{domain}-{stage}"
    try:
        account.client("lambda").get_function_configuration(FunctionName=name)
    except ClientError as error:
        if code_of(error) == "ResourceNotFoundException":
            return
        raise
    raise DeployError(
        f"{domain}: stage {stage} belongs to `chalice deploy` (the function {name} exists). "
        "Two deployments would handle every event twice. Run `chalice delete "
        f"--stage {stage}` in apps/{domain} first, or go on with `chalice deploy` and "
        "`make deploy-finish`."
    )


def artifacts_bucket(account: Account, stage: str) -> str:
    """Return the private bucket for bundles and templates; make it if missing."""
    bucket = account.bucket(stage, "artifacts")
    s3 = account.client("s3")
    try:
        s3.head_bucket(Bucket=bucket, ExpectedBucketOwner=account.number)
    except ClientError as error:
        if code_of(error) not in {"404", "NoSuchBucket", "NotFound"}:
            raise DeployError(f"the bucket {bucket}: {in_words(error)}") from error
        where = {"LocationConstraint": account.region}
        extra = {} if account.region == "us-east-1" else {"CreateBucketConfiguration": where}
        s3.create_bucket(Bucket=bucket, **extra)
    _close(s3, bucket, f"arn:{account.partition}:s3:::{bucket}")
    return bucket


def _close(s3: Any, bucket: str, arn: str) -> None:
    """Make a bucket private, encrypted and TLS-only, on every deployment."""
    s3.put_public_access_block(
        Bucket=bucket,
        PublicAccessBlockConfiguration=dict.fromkeys(
            ("BlockPublicAcls", "IgnorePublicAcls", "BlockPublicPolicy", "RestrictPublicBuckets"),
            True,
        ),
    )
    default = {"SSEAlgorithm": "AES256"}
    s3.put_bucket_encryption(
        Bucket=bucket,
        ServerSideEncryptionConfiguration={
            "Rules": [{"ApplyServerSideEncryptionByDefault": default}]
        },
    )
    statement = {
        "Sid": "TlsOnly",
        "Effect": "Deny",
        "Principal": "*",
        "Action": "s3:*",
        "Resource": [arn, f"{arn}/*"],
        "Condition": {"Bool": {"aws:SecureTransport": "false"}},
    }
    policy = {"Version": "2012-10-17", "Statement": [statement]}
    s3.put_bucket_policy(Bucket=bucket, Policy=json.dumps(policy))
    # Bundles are never deleted: a rollback needs the one that ran before.
    rule = {
        "ID": "broken-uploads",
        "Status": "Enabled",
        "Filter": {"Prefix": ""},
        "AbortIncompleteMultipartUpload": {"DaysAfterInitiation": 1},
    }
    s3.put_bucket_lifecycle_configuration(Bucket=bucket, LifecycleConfiguration={"Rules": [rule]})
