"""Make the settings that ``chalice deploy`` cannot: `make deploy-finish`.

They follow from each app's ``functions.toml`` (scripts/wiring) and are merged by
``chalice package`` alone: partial batches, filters, failure destinations,
environment. Until they are made nothing is lost: handlers that may not report
single failures fail the whole batch.
"""

from __future__ import annotations

import os
import re
from collections.abc import Mapping
from typing import Any

from botocore.exceptions import ClientError
from chalice.utils import to_cfn_resource_name

from scripts.deploy import stacks
from scripts.deploy.account import Account, DeployError, code_of
from scripts.wiring.declaration import load
from scripts.wiring.render import merge as wired

# Properties of an event in the template, by their names in the API.
_PLAIN = ("FunctionResponseTypes", "FilterCriteria", "MaximumRetryAttempts", "ScalingConfig")


def _exports(account: Account) -> dict[str, str]:
    pages = account.client("cloudformation").get_paginator("list_exports").paginate()
    return {one["Name"]: one["Value"] for page in pages for one in page["Exports"]}


class _Values:
    """Resolve references of a merge template."""

    def __init__(self, account: Account, stage: str, merge: Mapping[str, Any]) -> None:
        given = {
            "Stage": stage,
            "PublicUrl": os.environ.get("PUBLIC_URL"),
            "EdgeSecretDigests": os.environ.get("EDGE_SECRET_DIGESTS"),
            "MailFrom": os.environ.get("MAIL_FROM"),
            "ContactsUrl": os.environ.get("CONTACTS_URL"),
            "CacheUrl": os.environ.get("CACHE_URL"),
        }
        self.known = {
            "AWS::AccountId": account.number,
            "AWS::Partition": account.partition,
            "AWS::Region": account.region,
            **{name: str(one.get("Default", "")) for name, one in merge["Parameters"].items()},
            **{name: value for name, value in given.items() if value},
        }
        self.exports = _exports(account)
        self.mappings = merge["Mappings"]

    def resolve(self, value: Any) -> Any:
        """The value with references replaced."""
        if isinstance(value, list):
            return [self.resolve(one) for one in value]
        if not isinstance(value, dict):
            return value
        if "Ref" in value:
            return self.known[value["Ref"]]
        if "Fn::Sub" in value:
            return re.sub(r"\$\{([\w:]+)\}", lambda found: self.known[found[1]], value["Fn::Sub"])
        if "Fn::FindInMap" in value:
            mapping, first, second = self.resolve(value["Fn::FindInMap"])
            return self.mappings[mapping][first][second]
        if "Fn::ImportValue" in value:
            name = self.resolve(value["Fn::ImportValue"])
            if name not in self.exports:
                raise DeployError(f"{name} is not exported; run `make provision` first")
            return self.exports[name]
        return {key: self.resolve(one) for key, one in value.items()}


def _mapping_settings(event: Mapping[str, Any]) -> dict[str, Any]:
    settings = {name: event[name] for name in _PLAIN if name in event}
    if "BisectBatchOnFunctionError" in event:
        settings["BisectBatchOnFunctionError"] = event["BisectBatchOnFunctionError"]
    failure = event.get("DestinationConfig", {}).get("OnFailure")
    if failure:
        settings["DestinationConfig"] = {"OnFailure": {"Destination": failure["Destination"]}}
    return settings


def _configure(account: Account, function: str, wanted: Mapping[str, Any]) -> None:
    functions = account.client("lambda")
    standing = functions.get_function_configuration(FunctionName=function)
    before = standing.get("Environment", {}).get("Variables", {})
    after = {**before, **wanted.get("Environment", {}).get("Variables", {})}
    if after != before:
        functions.update_function_configuration(
            FunctionName=function, Environment={"Variables": after}
        )
    if "RecursiveLoop" in wanted:
        functions.put_function_recursion_config(
            FunctionName=function, RecursiveLoop=wanted["RecursiveLoop"]
        )
    for event in wanted.get("Events", {}).values():
        settings = _mapping_settings(event["Properties"])
        found = functions.list_event_source_mappings(FunctionName=function)["EventSourceMappings"]
        for mapping in found:
            functions.update_event_source_mapping(UUID=mapping["UUID"], **settings)


def finish(account: Account, stage: str, domain: str, *, say: stacks.Say = print) -> None:
    """Make the settings of one domain's functions.

    Raises:
        DeployError: the stage belongs to `make deploy`, or nothing is deployed.
    """
    if stacks.status(account, f"rookery-{stage}-{domain}"):
        raise DeployError(
            f"{domain}: stage {stage} belongs to `make deploy`, which needs no finish. If "
            "`chalice deploy` ran beside it, run `chalice delete` in the app now: every event "
            "is handled twice."
        )
    wiring = load(domain)
    merge = wired(wiring)
    values = _Values(account, stage, merge)
    names = {"APIHandler": f"rookery-{domain}-{stage}"} | {
        to_cfn_resource_name(one.name): f"rookery-{domain}-{stage}-{one.name}"
        for one in wiring.handlers
    }
    for logical in names:
        wanted = values.resolve(merge["Resources"][logical]["Properties"])
        try:
            _configure(account, names[logical], wanted)
        except ClientError as error:
            if code_of(error) != "ResourceNotFoundException":
                raise
            raise DeployError(
                f"{names[logical]} does not stand; run `chalice deploy --stage {stage}` in "
                f"apps/{domain} first"
            ) from error
        say(f"  {names[logical]}")
