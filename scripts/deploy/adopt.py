"""Take over resources that an earlier stack of the same name left.

Tables, buckets and keys outlive their stack. A new stack must adopt them, or
its creation would fail over a name that is taken. CloudFormation finds named
resources itself (``ImportExistingResources``), but a key has no name, only
an alias; and a stack with new keys could not open what the old ones sealed.
So everything that is retained is imported explicitly, before the stack grows.
"""

from __future__ import annotations

from typing import Any

from botocore.exceptions import ClientError

from scripts.base.tables import TABLES
from scripts.deploy.account import Account, code_of
from scripts.deploy.templates import NAMES, Template

_ABSENT = frozenset(
    "404 NoSuchBucket NoSuchEntity NotFound NotFoundException ResourceNotFoundException".split()
)


def _key_of(account: Account, alias: str) -> str | None:
    try:
        found = account.client("kms").describe_key(KeyId=alias)["KeyMetadata"]
    except ClientError as error:
        if code_of(error) in _ABSENT:
            return None
        raise
    # A key that is about to be deleted is no key any more.
    return str(found["KeyId"]) if found["KeyState"] == "Enabled" else None


def _identifier(account: Account, kind: str, name: Any) -> dict[str, str] | None:
    """Return an import's identifier of a resource, None if there is none."""
    if not isinstance(name, str):
        return None
    try:
        if kind in TABLES:
            account.client("dynamodb").describe_table(TableName=name)
            return {"TableName": name}
        if kind == "AWS::S3::Bucket":
            account.client("s3").head_bucket(Bucket=name, ExpectedBucketOwner=account.number)
            return {"BucketName": name}
        if kind == "AWS::IAM::Role":
            account.client("iam").get_role(RoleName=name)
            return {"RoleName": name}
    except ClientError as error:
        if code_of(error) in _ABSENT:
            return None
        raise
    return None


def retained(account: Account, template: Template) -> list[dict[str, Any]]:
    """Return retained resources that exist, as CreateChangeSet wants them."""
    resources, found = template.get("Resources", {}), []

    def add(logical: str, identifier: dict[str, str]) -> None:
        kind = resources[logical]["Type"]
        found.append(
            {
                "ResourceType": kind,
                "LogicalResourceId": logical,
                "ResourceIdentifier": identifier,
            }
        )

    for logical, resource in resources.items():
        properties = resource.get("Properties") or {}
        if resource.get("DeletionPolicy") != "Retain":
            continue
        if resource["Type"] == "AWS::KMS::Alias":
            key = _key_of(account, str(properties["AliasName"]))
            if key is not None:
                add(logical, {"AliasName": str(properties["AliasName"])})
                add(properties["TargetKeyId"]["Ref"], {"KeyId": key})
            continue
        name = properties.get(NAMES.get(resource["Type"], ""))
        identifier = _identifier(account, resource["Type"], name)
        if identifier is not None:
            add(logical, identifier)
    return found


def only(template: Template, imports: list[dict[str, Any]]) -> Template:
    """Return the template with the imported resources only, as AWS demands."""
    kept = {one["LogicalResourceId"] for one in imports}
    return {
        **{
            key: template[key]
            for key in ("AWSTemplateFormatVersion", "Parameters")
            if key in template
        },
        "Resources": {
            name: resource for name, resource in template["Resources"].items() if name in kept
        },
    }
