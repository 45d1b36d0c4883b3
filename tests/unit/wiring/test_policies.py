"""Every function has a policy of its own that grants little."""

import fnmatch
import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from scripts.base.cfn_yaml import load_template
from scripts.base.domain import APPS, domains
from scripts.base.process import ROOT
from scripts.base.tables import TABLES as ALL_TABLES
from scripts.deploy.bundle import SERVICES, SERVICES_OF
from scripts.deploy.provision import templates
from scripts.deploy.templates import literal
from scripts.wiring.declaration import load
from scripts.wiring.render import config, policy
from scripts.wiring.rights import (
    BUCKETS,
    KEYS,
    OBJECTS,
    QUEUES,
    TABLES,
    TOPICS,
    UNNAMED,
    Named,
)

DOMAINS = domains()
STAGES = ("dev", "prod", "staging")
# Why a statement may name every resource: AWS offers nothing narrower.
EVERY_RESOURCE = json.loads((ROOT / "infra" / "iam_exceptions.json").read_text())["every_resource"]
KINDS = {
    **dict.fromkeys(ALL_TABLES, "TableName"),
    "AWS::SQS::Queue": "QueueName",
    "AWS::SNS::Topic": "TopicName",
    "AWS::KMS::Alias": "AliasName",
    "AWS::S3::Bucket": "BucketName",
}
# Aliases of the key of access tokens that stand only while it is rotated.
ROTATED = {"alias/rookery-dev-users-tokens-next", "alias/rookery-dev-users-tokens-previous"}


def granted(document: dict[str, Any]) -> Iterator[tuple[str, str]]:
    for statement in document["Statement"]:
        for action in statement["Action"]:
            for resource in statement["Resource"]:
                yield action, resource


@pytest.mark.parametrize("domain", DOMAINS)
@pytest.mark.parametrize("stage", STAGES)
def test_every_function_has_a_narrow_policy_of_its_stage(domain: str, stage: str) -> None:
    wiring = load(domain)
    settings = config(wiring, [stage])["stages"][stage]
    assert settings["autogen_policy"] is False
    assert settings["environment_variables"]["STAGE"] == stage
    assert settings["environment_variables"]["SQS_PARTIAL_BATCH"] == "1"
    assert settings["lambda_architecture"] == "arm64"
    entries = [settings, *settings["lambda_functions"].values()]
    assert len({one["iam_policy_file"] for one in entries}) == len(wiring.functions)
    for function in wiring.functions:
        for action, resource in granted(policy(wiring, function, stage)):
            assert "*" not in action, function.name
            # The stack makes log groups, with retention; a function would make them without.
            assert action != "logs:CreateLogGroup", function.name
            if resource == "*":
                assert action in EVERY_RESOURCE, f"{function.name}: {action} on everything"
            # Log groups are named by the stack; the account has one set of keys by alias.
            named = f"rookery-{stage}-" in resource or resource == "*"
            shared = ":log-group:/aws/lambda/rookery-" in resource or ":key/" in resource
            # Senders, numbers and platform applications are made by the operator.
            unnamed = resource in UNNAMED.values()
            assert named or shared or unnamed, f"{function.name}: {resource}"


@pytest.mark.parametrize("domain", DOMAINS)
def test_keys_are_granted_by_alias(domain: str) -> None:
    wiring = load(domain)
    for function in wiring.functions:
        for statement in policy(wiring, function, "dev")["Statement"]:
            if any(":key/" in one for one in statement["Resource"]):
                alias = statement["Condition"]["StringEquals"]["kms:RequestAlias"]
                assert alias.startswith("alias/rookery-dev-"), function.name


@pytest.mark.parametrize("domain", DOMAINS)
def test_who_reads_a_stream_may_leave_what_failed(domain: str) -> None:
    """Lambda refuses an S3 destination unless the role has both rights."""
    wiring = load(domain)
    bucket = "arn:aws:s3:::rookery-dev-stream-failures-*"
    for function in wiring.handlers:
        found = set(granted(policy(wiring, function, "dev")))
        reads = any(action == "dynamodb:GetRecords" for action, _ in found)
        assert reads is (function.source.kind == "stream"), function.name
        if reads:
            needed = {("s3:PutObject", f"{bucket}/*"), ("s3:ListBucket", bucket)}
            assert needed <= found, function.name


def test_rights_are_for_what_there_is() -> None:
    """A resource that no template makes is a slip of the pen, or was removed."""
    standing: set[str] = set()
    for path in templates().values():
        for resource in load_template(path)["Resources"].values():
            key = KINDS.get(resource["Type"])
            properties = resource.get("Properties", {})
            if key in properties:
                name = str(literal(properties[key], "dev", "0" * 12, "us-east-1"))
                standing.add(name)
                indexes = properties.get("GlobalSecondaryIndexes", ())
                standing.update(f"{name}/{one['IndexName']}" for one in indexes)
    for domain in DOMAINS:
        for function in load(domain).functions:
            for verb, names in function.rights.items():
                for named in (Named.read(text, domain) for text in names):
                    name = named.physical("dev")
                    if verb in TABLES:
                        index = f"/{named.part}" if named.part not in {"", "*"} else ""
                        assert name + index in standing, f"{domain} {function.name}: {verb}"
                    elif verb in {**QUEUES, **TOPICS}:
                        found = fnmatch.filter(standing, name)
                        assert found, f"{domain} {function.name}: {verb}"
                    elif verb in {**OBJECTS, **BUCKETS}:
                        assert f"{name}-{'0' * 12}-us-east-1" in standing, (
                            f"{domain} {function.name}: {verb}"
                        )
                    elif verb in KEYS:
                        alias = f"alias/{name}"
                        assert alias in standing | ROTATED, f"{domain} {function.name}: {verb}"


def test_bundles_carry_the_model_of_every_service_that_is_called() -> None:
    def called(folder: Path) -> set[str]:
        texts = (path.read_text() for path in folder.rglob("*.py"))
        return {one for text in texts for one in re.findall(r"client\(\s*\"([a-z0-9-]+)\"", text)}

    assert called(ROOT / "shared") - {"x"} <= SERVICES
    for domain in DOMAINS:
        own = called(APPS / domain / "chalicelib")
        assert own - SERVICES == SERVICES_OF.get(domain, frozenset()), domain
