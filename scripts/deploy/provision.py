"""Apply the domains' templates: locally, and before a deployment.

Every ``apps/<domain>/resources.yaml``, with the resources that each domain has, becomes the
stack ``rookery-<stage>-<domain>-resources``; the emulator gets the very templates
that AWS gets. Works against whatever endpoint the environment names.
"""

from __future__ import annotations

import argparse
import os
import re
import sys
import time
from email.utils import parseaddr
from pathlib import Path
from typing import Any

import boto3
from botocore.config import Config
from botocore.exceptions import ClientError

from scripts.base.cfn_yaml import load_template
from scripts.base.tables import is_table, protected, recoverable
from scripts.deploy.standard import compose

CAPABILITIES = ["CAPABILITY_IAM", "CAPABILITY_NAMED_IAM", "CAPABILITY_AUTO_EXPAND"]
_CONFIG = Config(retries={"max_attempts": 5, "mode": "standard"})


class ProvisionError(RuntimeError):
    """A stack could not be created or updated; the message says which part."""


def templates() -> dict[str, Path]:
    """Return the shared template, then every domain's, in any order."""
    return compose()


def _client(service: str, endpoint_url: str | None) -> Any:
    # The SDK itself reads AWS_DEFAULT_REGION only.
    region = os.environ.get("AWS_REGION") or None
    return boto3.client(service, region_name=region, endpoint_url=endpoint_url, config=_CONFIG)


def stack_name(domain: str, stage: str) -> str:
    """Name of the CloudFormation stack that holds a domain's resources."""
    return f"rookery-{stage}-{domain}-resources"


def _submit(client: Any, arguments: dict[str, Any]) -> bool:
    """Create or update; False when there is nothing to change."""
    try:
        status = client.describe_stacks(StackName=arguments["StackName"])["Stacks"][0]
        exists = status["StackStatus"] != "REVIEW_IN_PROGRESS"
        if status["StackStatus"] == "ROLLBACK_COMPLETE":
            # A first creation that failed; CloudFormation only lets it be deleted.
            client.delete_stack(StackName=arguments["StackName"])
            client.get_waiter("stack_delete_complete").wait(StackName=arguments["StackName"])
            exists = False
    except ClientError as error:
        if "does not exist" not in str(error):
            raise
        exists = False
    if not exists:
        client.create_stack(**arguments)
        return True
    try:
        client.update_stack(**arguments)
    except ClientError as error:
        if "No updates are to be performed" in str(error):
            return False
        raise
    return True


def _wait(client: Any, name: str, timeout: float) -> str:
    deadline, pause = time.monotonic() + timeout, 0.05
    while True:
        status = str(client.describe_stacks(StackName=name)["Stacks"][0]["StackStatus"])
        if not status.endswith("IN_PROGRESS") or time.monotonic() > deadline:
            return status
        time.sleep(pause)
        pause = min(pause * 1.5, 3.0)


def _failures(client: Any, name: str) -> list[str]:
    events = client.describe_stack_events(StackName=name)["StackEvents"]
    return [
        f"  {event['LogicalResourceId']} ({event['ResourceType']}): "
        f"{event.get('ResourceStatusReason', event['ResourceStatus'])}"
        for event in events
        if event["ResourceStatus"].endswith("FAILED")
    ]


def apply_template(
    domain: str, path: Path, *, stage: str, endpoint_url: str | None = None, timeout: float = 900
) -> bool:
    """Create or update a domain's resources; False if nothing had to change.

    Raises:
        ProvisionError: with the failed resources, one a line.
    """
    client, name = _client("cloudformation", endpoint_url), stack_name(domain, stage)
    template = load_template(path)
    known = {"Stage": stage, "MailFrom": os.environ.get("MAIL_FROM", "")}
    arguments: dict[str, Any] = {
        "StackName": name,
        "TemplateBody": path.read_text(),
        "Capabilities": CAPABILITIES,
        "Parameters": [
            {"ParameterKey": key, "ParameterValue": known[key]}
            for key in template.get("Parameters") or {}
            if known.get(key)
        ],
    }
    try:
        if not _submit(client, arguments):
            return False
        status = _wait(client, name, timeout)
    except ClientError as error:
        raise ProvisionError(f"{name}: {error.response['Error']['Message']}") from error
    if status not in {"CREATE_COMPLETE", "UPDATE_COMPLETE"}:
        details = "\n".join(_failures(client, name)) or "  (no resource says why)"
        raise ProvisionError(f"{name}: {status}\n{details}")
    return True


def _resolve(value: Any, stage: str) -> str:
    """Return the text of a plain name, a ``!Sub`` or a ``!Ref Stage``."""
    if isinstance(value, dict):
        value = value.get("Fn::Sub") or ("${Stage}" if value.get("Ref") == "Stage" else "")
    if isinstance(value, list):
        value = value[0]
    return re.sub(r"\$\{Stage\}", stage, str(value or ""))


def complete_tables(
    template: dict[str, Any], *, stage: str, endpoint_url: str | None = None
) -> list[str]:
    """Set what the emulator skips in templates; return changed tables.

    Expiry, point-in-time recovery, and protection of global tables from deletion.
    """
    client, changed = _client("dynamodb", endpoint_url), []
    for resource in (template.get("Resources") or {}).values():
        if not is_table(resource):
            continue
        name = _resolve(resource["Properties"]["TableName"], stage)
        done = [
            _expire(client, name, resource["Properties"].get("TimeToLiveSpecification")),
            recoverable(resource) and _recover(client, name),
            protected(resource) and _protect(client, name),
        ]
        if any(done):
            changed.append(name)
    return changed


def _expire(client: Any, table: str, wanted: dict[str, Any] | None) -> bool:
    if not wanted:
        return False
    state = client.describe_time_to_live(TableName=table)["TimeToLiveDescription"]
    if state.get("TimeToLiveStatus") in {"ENABLED", "ENABLING"}:
        return False
    client.update_time_to_live(
        TableName=table,
        TimeToLiveSpecification={"AttributeName": wanted["AttributeName"], "Enabled": True},
    )
    return True


def _recover(client: Any, table: str) -> bool:
    found = client.describe_continuous_backups(TableName=table)["ContinuousBackupsDescription"]
    if found["PointInTimeRecoveryDescription"]["PointInTimeRecoveryStatus"] == "ENABLED":
        return False
    client.update_continuous_backups(
        TableName=table,
        PointInTimeRecoverySpecification={"PointInTimeRecoveryEnabled": True},
    )
    return True


def _protect(client: Any, table: str) -> bool:
    if client.describe_table(TableName=table)["Table"].get("DeletionProtectionEnabled"):
        return False
    client.update_table(TableName=table, DeletionProtectionEnabled=True)
    return True


def verify_sender(endpoint_url: str | None = None) -> None:
    """Make the sender's domain an SES identity, verified by the emulator."""
    address = parseaddr(os.environ.get("MAIL_FROM", ""))[1]
    domain = address.rpartition("@")[2]
    if not domain:
        return
    client = _client("sesv2", endpoint_url)
    for identity in (domain, address):
        try:
            client.create_email_identity(EmailIdentity=identity)
        except ClientError as error:
            if error.response["Error"]["Code"] not in {
                "AlreadyExistsException",
                "AlreadyExists",
            }:
                raise


def provision_all(
    endpoint_url: str | None = None, stage: str | None = None, names: list[str] | None = None
) -> list[str]:
    """Apply templates and the local extras; return changed domains.

    Args:
        names: the domains; all of them if ``None``. The shared template always comes along.
    """
    stage = stage or os.environ.get("STAGE", "dev")
    changed = []
    for domain, path in templates().items():
        if names is not None and domain not in (*names, "events"):
            continue
        if apply_template(domain, path, stage=stage, endpoint_url=endpoint_url):
            changed.append(domain)
        complete_tables(load_template(path), stage=stage, endpoint_url=endpoint_url)
    if os.environ.get("ROOKERY_LOCAL"):
        verify_sender(endpoint_url)
    return changed


def main() -> int:
    """Command line: ``[--stage NAME]``, endpoint by ``AWS_ENDPOINT_URL``."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--stage", default=os.environ.get("STAGE", "dev"))
    options = parser.parse_args()
    try:
        changed = provision_all(stage=options.stage)
    except ProvisionError as error:
        print(error, file=sys.stderr)
        return 1
    print(f"resources up to date ({', '.join(changed) or 'no change'})")
    return 0


if __name__ == "__main__":
    sys.exit(main())
