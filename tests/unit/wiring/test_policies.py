"""Every function has a policy of its own that grants little."""

import json
import re
from typing import Any

import pytest
from chalice.app import DynamoDBEventConfig

from scripts.base.domain import APPS, domains, load_app
from scripts.base.process import ROOT
from scripts.deploy.bundle import SERVICES, SERVICES_OF

DOMAINS = domains()
STAGES = ("dev", "prod")
# Why a statement may name every resource: AWS offers nothing narrower.
EVERY_RESOURCE = json.loads((ROOT / "infra" / "iam_exceptions.json").read_text())["every_resource"]


def config(domain: str, stage: str) -> dict[str, Any]:
    path = APPS / domain / ".chalice" / "config.json"
    found: dict[str, Any] = json.loads(path.read_text())["stages"][stage]
    return found


def handlers(domain: str) -> list[Any]:
    return list(load_app(domain).app.event_sources)


@pytest.mark.parametrize("domain", DOMAINS)
@pytest.mark.parametrize("stage", STAGES)
def test_every_function_has_a_narrow_policy_of_its_stage(domain: str, stage: str) -> None:
    settings = config(domain, stage)
    assert settings["autogen_policy"] is False
    assert settings["environment_variables"]["STAGE"] == stage
    assert settings["environment_variables"]["SQS_PARTIAL_BATCH"] == "1"
    assert settings["lambda_architecture"] == "arm64"
    names = {source.name for source in handlers(domain)}
    assert set(settings["lambda_functions"]) == names
    for entry in (settings, *settings["lambda_functions"].values()):
        path = APPS / domain / ".chalice" / entry["iam_policy_file"]
        assert path.stem.endswith(f"-{stage}")
        for statement in json.loads(path.read_text())["Statement"]:
            actions, where = statement["Action"], statement["Resource"]
            assert not any("*" in action for action in actions), f"{path.name}: {actions}"
            # The stack makes log groups, with retention; a function would make them without.
            assert "logs:CreateLogGroup" not in actions, path.name
            if "*" in where:
                for action in actions:
                    assert action in EVERY_RESOURCE, f"{path.name}: {action} on everything"
            for resource in where if isinstance(where, list) else [where]:
                # Log groups are named by the stack; the account has one set of keys by alias.
                named = f"rookery-{stage}-" in resource or resource == "*"
                shared = ":log-group:/aws/lambda/rookery-" in resource or ":key/" in resource
                assert named or shared or ":identity/" in resource, f"{path.name}: {resource}"


@pytest.mark.parametrize("domain", DOMAINS)
def test_who_reads_a_stream_may_leave_what_failed(domain: str) -> None:
    """Lambda refuses an S3 destination where the role lacks one of the two rights."""
    for source in handlers(domain):
        if not isinstance(source, DynamoDBEventConfig):
            continue
        own = config(domain, "dev")["lambda_functions"][source.name]["iam_policy_file"]
        statements = json.loads((APPS / domain / ".chalice" / own).read_text())["Statement"]
        granted = {
            (action, resource)
            for statement in statements
            for action in statement["Action"]
            for resource in statement["Resource"]
        }
        bucket = "arn:aws:s3:::rookery-dev-stream-failures-*"
        assert {("s3:PutObject", f"{bucket}/*"), ("s3:ListBucket", bucket)} <= granted, own


@pytest.mark.parametrize("domain", DOMAINS)
def test_dev_and_prod_grant_the_same(domain: str) -> None:
    for path in (APPS / domain / ".chalice").glob("policy-*-dev.json"):
        other = path.with_name(path.name.replace("-dev.json", "-prod.json"))
        assert path.read_text().replace("rookery-dev-", "rookery-prod-") == other.read_text(), path


def test_bundles_carry_the_model_of_every_service_that_is_called() -> None:
    called = set()
    for folder in (*(APPS / domain / "chalicelib" for domain in DOMAINS), ROOT / "shared"):
        for path in folder.rglob("*.py"):
            called |= set(re.findall(r"client\(\"([a-z0-9-]+)\"\)", path.read_text()))
    assert called - {"x"} <= set(SERVICES) | set().union(*SERVICES_OF.values())
