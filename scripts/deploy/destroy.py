"""Take a stage down: apps, then resources; name what is retained."""

from __future__ import annotations

from collections.abc import Callable

from botocore.exceptions import ClientError

from scripts.deploy import stacks
from scripts.deploy.account import Account, DeployError, code_of
from scripts.deploy.provision import stack_name


def _drop_artifacts(account: Account, stage: str) -> None:
    """Delete the bucket of bundles and templates: it can be filled again."""
    bucket, s3 = account.bucket(stage, "artifacts"), account.client("s3")
    try:
        for page in s3.get_paginator("list_objects_v2").paginate(Bucket=bucket):
            keys = [{"Key": one["Key"]} for one in page.get("Contents", [])]
            if keys:
                s3.delete_objects(Bucket=bucket, Delete={"Objects": keys, "Quiet": True})
        s3.delete_bucket(Bucket=bucket)
    except ClientError as error:
        if code_of(error) not in {"404", "NoSuchBucket"}:
            raise


def _how_to_unprotect(stage: str, names: list[str]) -> str:
    command = "aws cloudformation update-termination-protection --no-enable-termination-protection"
    lines = "\n".join(f"  {command} --stack-name {name}" for name in names)
    return (
        f"The stacks of {stage} are protected against deletion; nothing was deleted. If the stage "
        f"shall really go, take that back and run `make destroy` again:\n{lines}\n"
        "Its tables are kept even then, and refuse to be deleted until their own protection is "
        "taken back."
    )


def destroy(
    account: Account,
    stage: str,
    names: list[str],
    *,
    whole: bool,
    confirm: Callable[[str], bool] | None = None,
    say: stacks.Say = print,
) -> bool:
    """Delete stacks of some domains; if ``whole``, the shared ones too.

    Raises:
        DeployError: a stack could not be deleted.
    """
    planned = [f"rookery-{stage}-{domain}" for domain in reversed(names)]
    planned += [stack_name(domain, stage) for domain in reversed(names)]
    planned += [stack_name("logs", stage), stack_name("events", stage)] if whole else []
    standing = [name for name in planned if stacks.status(account, name)]
    if not standing:
        say(f"nothing of stage {stage} stands")
        return True
    protected = [
        name
        for name in standing
        if (stacks.describe(account, name) or {}).get("EnableTerminationProtection")
    ]
    if protected:
        raise DeployError(_how_to_unprotect(stage, protected))
    say("to be deleted:")
    for name in standing:
        say(f"  - {name}")
    say("Tables, keys and buckets are kept, with everything in them; messages in queues are lost.")
    if confirm is not None and not confirm(f"Delete these stacks of stage {stage}?"):
        return False
    kept: list[str] = []
    for name in standing:
        say(f"deleting {name}")
        left = stacks.delete(account, name, say)
        kept += [f"{one['ResourceType']} {one['PhysicalResourceId']}" for one in left]
    if whole:
        _drop_artifacts(account, stage)
    if kept:
        say("kept (`make deploy` takes them over; docs/deploy.md says how to delete them):")
        for line in sorted(set(kept)):
            say(f"  {line.removeprefix('AWS::')}")
    return True
