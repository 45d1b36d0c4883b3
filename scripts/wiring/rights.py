"""Expand the rights of a declaration to statements of a policy.

A right is a verb and a resource. A verb stands for one AWS action, so that a
declaration can say exactly what a function calls and nothing more.

    query = ["tweets/by_author", "users.follows"]   # an index; another domain's table
    receive = ["*.*-dlq"]                           # the dead letters of all domains
    batch_get = ["users.grants[oauth1#*]"]          # only these partition keys
    put_object = ["media/uploads/*"]                # a bucket and its keys
    list_bucket = ["media[uploads/*]"]              # only these prefixes
    sign = ["tokens"]                               # a KMS key by its alias
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

# Verbs and their actions, by what they are done to.
TABLES = {
    "get": "dynamodb:GetItem",
    "batch_get": "dynamodb:BatchGetItem",
    "query": "dynamodb:Query",
    "scan": "dynamodb:Scan",
    "put": "dynamodb:PutItem",
    "update": "dynamodb:UpdateItem",
    "delete": "dynamodb:DeleteItem",
    "batch_write": "dynamodb:BatchWriteItem",
    "check": "dynamodb:ConditionCheckItem",
}
QUEUES = {
    "send": "sqs:SendMessage",
    "delay": "sqs:ChangeMessageVisibility",
    # Of operators, for dead letters; what wakes a function has the rights to its own queue.
    "receive": "sqs:ReceiveMessage",
    "remove": "sqs:DeleteMessage",
    "queue_attributes": "sqs:GetQueueAttributes",
    "list_queues": "sqs:ListQueues",
}
TOPICS = {"publish": "sns:Publish"}
KEYS = {
    "public_key": "kms:GetPublicKey",
    "sign": "kms:Sign",
    "encrypt": "kms:Encrypt",
    "decrypt": "kms:Decrypt",
    "make_mac": "kms:GenerateMac",
    "verify_mac": "kms:VerifyMac",
}
OBJECTS = {
    "get_object": "s3:GetObject",
    "put_object": "s3:PutObject",
    "delete_object": "s3:DeleteObject",
    "abort_upload": "s3:AbortMultipartUpload",
}
BUCKETS = {"list_bucket": "s3:ListBucket"}
SECRETS = {"read_secret": "secretsmanager:GetSecretValue"}
PARAMETERS = {"get_parameter": "ssm:GetParameter", "put_parameter": "ssm:PutParameter"}
MAIL = {"send_mail": "ses:SendEmail", "send_bulk_mail": "ses:SendBulkEmail"}
# What a verb names "*": actions on resources that the operator makes at the provider.
SMS = {"send_sms": "sms-voice:SendTextMessage", "send_legacy_sms": "mobiletargeting:SendMessages"}
PUSH = {
    "push_ios": "sns:CreatePlatformEndpoint",
    "enable_ios": "sns:SetEndpointAttributes",
    "publish_ios": "sns:Publish",
}
STREAMS = {"archive": "firehose:PutRecordBatch"}
# Users of databases, which IAM signs in: the database grants them what they may do.
DATABASES = {"sign_in_dsql": "dsql:DbConnect", "sign_in_rds": "rds-db:connect"}
UNNAMED = {
    # Clusters have no names, only ids: a condition asks for the tag of the stage.
    "sign_in_dsql": "arn:aws:dsql:*:*:cluster/*",
    **dict.fromkeys(MAIL, "arn:aws:ses:*:*:identity/*"),
    "send_sms": "arn:aws:sms-voice:*:*:*/*",
    "send_legacy_sms": "arn:aws:mobiletargeting:*:*:apps/*/messages",
    **dict.fromkeys(PUSH, "arn:aws:sns:*:*:*/APNS*"),
}
VERBS = {
    **TABLES,
    **QUEUES,
    **TOPICS,
    **KEYS,
    **OBJECTS,
    **BUCKETS,
    **SECRETS,
    **PARAMETERS,
    **MAIL,
    **SMS,
    **PUSH,
    **STREAMS,
    **DATABASES,
}

Statement = dict[str, Any]
Rights = Mapping[str, Iterable[str]]

_FORM = re.compile(
    r"(?:(?P<domain>[a-z]+|\*)\.)?(?P<thing>[A-Za-z0-9_*-]+)"
    r"(?P<part>/[^\[\]]+)?(?:\[(?P<only>[^\[\]]+)\])?"
)


class RightError(ValueError):
    """A right that cannot be read; the message says why."""


@dataclass(frozen=True)
class Named:
    """A resource as a declaration names it.

    Attributes:
        domain: its owner.
        thing: its name without stage and domain.
        part: an index of a table or the keys of a bucket, "" for the resource itself.
        only: partition keys or prefixes that bound the right.
    """

    domain: str
    thing: str
    part: str = ""
    only: tuple[str, ...] = ()

    @classmethod
    def read(cls, text: str, domain: str) -> Named:
        """Read a name; ``domain`` owns what names no other domain.

        Raises:
            RightError: it has another form.
        """
        found = _FORM.fullmatch(text)
        if found is None:
            raise RightError(f"{text!r} is no resource: [domain.]name[/part][[only,…]]")
        only = tuple((found["only"] or "").split(",")) if found["only"] else ()
        return cls(found["domain"] or domain, found["thing"], (found["part"] or "")[1:], only)

    def physical(self, stage: str) -> str:
        """Return the name that the resource has in a stage."""
        return f"rookery-{stage}-{self.domain}-{self.thing}"


def _arn(verb: str, named: Named, stage: str) -> str:
    name = named.physical(stage)
    if verb in TABLES:
        index = f"/index/{named.part}" if named.part else ""
        return f"arn:aws:dynamodb:*:*:table/{name}{index}"
    if verb == "list_queues":
        # The call knows no resources.
        return "*"
    if verb in QUEUES:
        return f"arn:aws:sqs:*:*:{name}"
    if verb in TOPICS:
        return f"arn:aws:sns:*:*:{name}"
    if verb in KEYS:
        return "arn:aws:kms:*:*:key/*"
    if verb in UNNAMED:
        return UNNAMED[verb]
    if verb in STREAMS:
        return f"arn:aws:firehose:*:*:deliverystream/{name}"
    if verb == "sign_in_rds":
        return f"arn:aws:rds-db:*:*:dbuser:*/{name}"
    if verb in SECRETS:
        # AWS appends six random characters.
        return f"arn:aws:secretsmanager:*:*:secret:{name}-*"
    if verb in PARAMETERS:
        return f"arn:aws:ssm:*:*:parameter/{name}"
    # A bucket's name ends with account and region.
    return f"arn:aws:s3:::{name}-*" + (f"/{named.part}" if verb in OBJECTS else "")


def _condition(verb: str, named: Named, stage: str) -> dict[str, Any] | None:
    if verb in KEYS:
        return {"StringEquals": {"kms:RequestAlias": f"alias/{named.physical(stage)}"}}
    if verb == "sign_in_dsql":
        return {"StringEquals": {"aws:ResourceTag/rookery:stage": stage}}
    if not named.only:
        return None
    if verb in TABLES:
        return {"ForAllValues:StringLike": {"dynamodb:LeadingKeys": list(named.only)}}
    if verb in BUCKETS:
        return {"StringLike": {"s3:prefix": list(named.only)}}
    raise RightError(f"{verb}: {named.thing} takes no [{','.join(named.only)}]")


def statement(actions: Iterable[str], resources: Iterable[str]) -> Statement:
    """Allow actions on resources."""
    return {"Effect": "Allow", "Action": sorted(actions), "Resource": sorted(resources)}


def statements(rights: Rights, domain: str, stage: str) -> list[Statement]:
    """Return the policy statements for declared rights in a stage.

    Raises:
        RightError: an unknown verb or a resource that cannot be read.
    """
    plain: dict[str, set[str]] = {}
    bounded: list[Statement] = []
    for verb, names in rights.items():
        if verb not in VERBS:
            raise RightError(f"{verb!r} is no verb; there are: {', '.join(VERBS)}")
        for named in (Named.read(text, domain) for text in names):
            arn, condition = _arn(verb, named, stage), _condition(verb, named, stage)
            if verb in OBJECTS and not named.part:
                raise RightError(f"{verb}: {named.thing} needs keys, such as {named.thing}/a/*")
            if condition is None:
                plain.setdefault(arn, set()).add(VERBS[verb])
                if verb in MAIL:
                    # A call that names a configuration set needs the right for both.
                    events = f"arn:aws:ses:*:*:configuration-set/rookery-{stage}-*"
                    plain.setdefault(events, set()).add(VERBS[verb])
            else:
                found = statement([VERBS[verb]], [arn])
                bounded.append({**found, "Condition": condition})
    return [*(statement(actions, [arn]) for arn, actions in sorted(plain.items())), *bounded]


def declared(action: str, resource: str, domain: str, stage: str) -> str | None:
    """Return the line of a declaration that grants an action.

    None if no verb stands for it. ``resource`` is the part of the ARN after the account, for
    keys the alias. `statements` turns the line into the action on that resource.
    """
    verb = next((one for one, known in VERBS.items() if known.lower() == action.lower()), None)
    if verb is None:
        return None
    if verb in UNNAMED:
        return f'{verb} = ["*"]'
    for kind in ("table/", "alias/", "parameter/", "secret:", "deliverystream/"):
        resource = resource.removeprefix(kind)
    name = resource.replace("/index/", "/", 1)
    if not name.startswith(f"rookery-{stage}-"):
        return None
    owner, _, thing = name.removeprefix(f"rookery-{stage}-").partition("-")
    if verb in OBJECTS or verb in BUCKETS:
        # A bucket's name ends with account and region.
        bucket, separator, keys = thing.partition("/")
        thing = re.sub(r"-(\*|\d{12}-[a-z0-9-]+)$", "", bucket) + separator + keys
    return f'{verb} = ["{thing if owner == domain else f"{owner}.{thing}"}"]'
