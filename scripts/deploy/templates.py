"""Prepare templates for CloudFormation: names and code locations."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from botocore.exceptions import ClientError

from scripts.base.cfn_yaml import load_template
from scripts.base.tables import TABLES
from scripts.deploy.account import Account

# What CloudFormation takes in a request; longer templates go through the bucket.
INLINE_LIMIT = 51_200
# Resources with a name of their own that outlive their stack.
NAMES = {
    **dict.fromkeys(TABLES, "TableName"),
    "AWS::S3::Bucket": "BucketName",
    "AWS::KMS::Alias": "AliasName",
    "AWS::IAM::Role": "RoleName",
}

Template = dict[str, Any]


def literal(value: Any, stage: str, account: str, region: str) -> str | None:
    """A name as plain text, or None when it depends on other resources."""
    known = {"Stage": stage, "AWS::AccountId": account, "AWS::Region": region}
    if isinstance(value, dict):
        if value.get("Ref") == "Stage":
            return stage
        value = value.get("Fn::Sub")
    if not isinstance(value, str):
        return None
    for name, meant in known.items():
        value = value.replace(f"${{{name}}}", meant)
    return None if "${" in value else value


def with_names(template: Template, stage: str, account: Account) -> Template:
    """The template with the names of what it retains spelled out.

    CloudFormation takes over an existing resource only by a literal name.
    """
    for resource in template.get("Resources", {}).values():
        key = NAMES.get(resource["Type"])
        properties = resource.get("Properties") or {}
        if key in properties and resource.get("DeletionPolicy") == "Retain":
            name = literal(properties[key], stage, account.number, account.region)
            properties[key] = name or properties[key]
    return template


def with_partition(template: Any) -> Any:
    """Return a packaged template whose ARNs hold in China and GovCloud, too.

    The policies that it came from are plain JSON, which `chalice deploy` hands on as they are.
    """
    if isinstance(template, dict):
        return {name: with_partition(one) for name, one in template.items()}
    if isinstance(template, list):
        return [with_partition(one) for one in template]
    if isinstance(template, str) and template.startswith("arn:aws:"):
        return {"Fn::Sub": template.replace("arn:aws:", "arn:${AWS::Partition}:", 1)}
    return template


def parameters(
    template: Template, known: Mapping[str, str], standing: Iterable[str] = ()
) -> list[dict[str, Any]]:
    """Values for the parameters that a template declares.

    What is unknown stays what it is in the standing stack; a new stack gets the default.
    """
    before, found = set(standing), list[dict[str, Any]]()
    for name in template.get("Parameters") or {}:
        if known.get(name):
            found.append({"ParameterKey": name, "ParameterValue": known[name]})
        elif name in before:
            found.append({"ParameterKey": name, "UsePreviousValue": True})
    return found


def upload(account: Account, bucket: str, content: bytes, ending: str) -> str:
    """Put content under its own hash, unless it is there; returns the key."""
    key = f"{hashlib.sha256(content).hexdigest()}.{ending}"
    s3 = account.client("s3")
    try:
        s3.head_object(Bucket=bucket, Key=key)
    except ClientError:
        s3.put_object(Bucket=bucket, Key=key, Body=content)
    return key


def packaged(account: Account, bucket: str, path: Path) -> Template:
    """A packaged app's template with its bundle in the bucket."""
    template = load_template(path)
    keys: dict[str, str] = {}
    for resource in template["Resources"].values():
        properties = resource.get("Properties") or {}
        local = properties.get("CodeUri")
        if isinstance(local, str) and not local.startswith("s3://"):
            if local not in keys:
                content = (path.parent / local).read_bytes()
                keys[local] = upload(account, bucket, content, "zip")
            properties["CodeUri"] = f"s3://{bucket}/{keys[local]}"
    return template


def body(account: Account, bucket: str, template: Template) -> dict[str, str]:
    """The template as an argument of CreateChangeSet."""
    text = json.dumps(template, sort_keys=True, separators=(",", ":"), default=str)
    if len(text.encode()) <= INLINE_LIMIT:
        return {"TemplateBody": text}
    key = upload(account, bucket, text.encode(), "template.json")
    base = account.client("s3").meta.endpoint_url
    return {"TemplateURL": f"{base}/{bucket}/{key}"}
