"""Standard resources of every domain, and its complete template.

A domain's template holds only what is its own. To it come: the table of rate limits, the table
of idempotency keys, and a queue each for erasures and exports of people's data, with
dead-letter queue, policy and subscription. The shared template of events gets a topic per domain.
"""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

from scripts.base.cfn_yaml import dump_template, load_template
from scripts.base.domain import APPS, domains
from scripts.base.process import ROOT
from scripts.base.tables import DERIVED, PLAIN

Resources = dict[str, Any]

EVENTS = ROOT / "infra" / "events.yaml"
COMPOSED = ROOT / "build" / "resources"
# It announces that an account is to be erased, and erases its own part by itself.
ACCOUNTS_DOMAIN = "users"
DEAD_LETTER_DAYS = 14
MAX_RECEIVES = 5
# Six times the timeout of the functions that erase and export.
VISIBILITY_SECONDS = 360
_ARN = "arn:${AWS::Partition}:sns:${AWS::Region}:${AWS::AccountId}:"
_ACCOUNT_MAY = ("Publish", "Subscribe", "GetTopicAttributes", "ListSubscriptionsByTopic")
_TLS_ONLY = {
    "Sid": "TlsOnly",
    "Effect": "Deny",
    "Principal": "*",
    "Action": "sqs:*",
    "Resource": "*",
    "Condition": {"Bool": {"aws:SecureTransport": "false"}},
}


def standard_resources(domain: str) -> Resources:
    """Resources that a domain has because it is one, by logical name."""
    found = {
        "LimitsTable": key_table(domain, "limits"),
        "IdempotencyTable": key_table(domain, "idempotency"),
        **subscribed_queue(domain, "exports", ACCOUNTS_DOMAIN, ["user.export_requested"]),
    }
    if domain != ACCOUNTS_DOMAIN:
        found |= subscribed_queue(domain, "erasures", ACCOUNTS_DOMAIN, ["user.deleted"])
    return found


def key_table(domain: str, thing: str) -> dict[str, Any]:
    """A table of expiring items by ``key``, derived, without a stream."""
    return {
        "Type": PLAIN,
        "Metadata": {"Rookery": {"kind": DERIVED}},
        "DeletionPolicy": "Retain",
        "UpdateReplacePolicy": "Retain",
        "Properties": {
            "TableName": {"Fn::Sub": f"rookery-${{Stage}}-{domain}-{thing}"},
            "BillingMode": "PAY_PER_REQUEST",
            "AttributeDefinitions": [{"AttributeName": "key", "AttributeType": "S"}],
            "KeySchema": [{"AttributeName": "key", "KeyType": "HASH"}],
            "TimeToLiveSpecification": {"AttributeName": "expires_at", "Enabled": True},
        },
    }


def subscribed_queue(domain: str, thing: str, source: str, events: list[str]) -> Resources:
    """A queue for some events of a domain's topic, with all that it needs.

    Args:
        thing: such as ``exports``; the queue is ``rookery-<stage>-<domain>-exports``.
        source: the domain that publishes the events.
    """
    name = "".join(word.title() for word in thing.split("-"))
    queue, dead, policy = f"{name}Queue", f"{name}DeadLetters", f"{name}QueuePolicy"
    arns = [{"Fn::GetAtt": f"{one}.Arn"} for one in (queue, dead)]
    topic = {"Fn::Sub": f"{_ARN}rookery-${{Stage}}-{source}-events"}
    redrive = {"deadLetterTargetArn": {"Fn::GetAtt": f"{dead}.Arn"}}
    from_topic = {
        "Effect": "Allow",
        "Principal": {"Service": "sns.amazonaws.com"},
        "Action": "sqs:SendMessage",
        "Resource": arns,
        "Condition": {"ArnEquals": {"aws:SourceArn": topic}},
    }
    return {
        dead: _queue(domain, f"{thing}-dlq", MessageRetentionPeriod=DEAD_LETTER_DAYS * 86_400),
        queue: _queue(
            domain,
            thing,
            VisibilityTimeout=VISIBILITY_SECONDS,
            RedrivePolicy={**redrive, "maxReceiveCount": MAX_RECEIVES},
        ),
        policy: {
            "Type": "AWS::SQS::QueuePolicy",
            "Properties": {
                "Queues": [{"Ref": queue}, {"Ref": dead}],
                "PolicyDocument": {"Version": "2012-10-17", "Statement": [_TLS_ONLY, from_topic]},
            },
        },
        f"{name}Subscription": {
            "Type": "AWS::SNS::Subscription",
            "DependsOn": policy,
            "Properties": {
                "Protocol": "sqs",
                "TopicArn": topic,
                "Endpoint": arns[0],
                "FilterPolicy": {"type": events},
                "RedrivePolicy": redrive,
            },
        },
    }


def _queue(domain: str, thing: str, **properties: Any) -> dict[str, Any]:
    name = {"Fn::Sub": f"rookery-${{Stage}}-{domain}-{thing}"}
    return {
        "Type": "AWS::SQS::Queue",
        "Properties": {"QueueName": name, "SqsManagedSseEnabled": True, **properties},
    }


def domain_template(path: Path) -> dict[str, Any]:
    """A domain's own template together with its standard resources.

    Raises:
        ValueError: the domain's template makes a standard resource itself.
    """
    template = load_template(path)
    own, standard = template.get("Resources") or {}, standard_resources(path.parent.name)
    if twice := own.keys() & standard.keys():
        raise ValueError(f"{path}: {', '.join(sorted(twice))} come by themselves")
    return {**template, "Resources": {**own, **standard}}


def events_template(names: list[str]) -> dict[str, Any]:
    """The shared template of events with a topic for each domain."""
    template = load_template(EVENTS)
    topics = {f"{name.title()}Topic": _topic(name) for name in names}
    policies = {f"{topic}Policy": _topic_policy(topic) for topic in topics}
    return {**template, "Resources": {**topics, **policies, **template["Resources"]}}


def _topic_policy(topic: str) -> dict[str, Any]:
    """Let the account use a topic as before, by TLS only.

    A policy of its own replaces the default one; SNS takes statements on this topic only.
    """
    root = {"Fn::Sub": "arn:${AWS::Partition}:iam::${AWS::AccountId}:root"}
    account = {
        "Sid": "TheAccount",
        "Effect": "Allow",
        "Principal": {"AWS": root},
        "Action": [f"sns:{one}" for one in _ACCOUNT_MAY],
        "Resource": {"Ref": topic},
    }
    tls_only = {**_TLS_ONLY, "Action": "sns:Publish", "Resource": {"Ref": topic}}
    return {
        "Type": "AWS::SNS::TopicPolicy",
        "Properties": {
            "Topics": [{"Ref": topic}],
            "PolicyDocument": {"Version": "2012-10-17", "Statement": [account, tls_only]},
        },
    }


def _topic(domain: str) -> dict[str, Any]:
    return {
        "Type": "AWS::SNS::Topic",
        "Properties": {
            "TopicName": {"Fn::Sub": f"rookery-${{Stage}}-{domain}-events"},
            "KmsMasterKeyId": "alias/aws/sns",
        },
    }


def compose(apps: Path = APPS, place: Path = COMPOSED) -> dict[str, Path]:
    """Write the templates of events and domains; return them in that order."""
    names = domains(apps)
    found = {"events": events_template(names)}
    found |= {name: domain_template(apps / name / "resources.yaml") for name in names}
    place.mkdir(parents=True, exist_ok=True)
    return {name: _write(place / f"{name}.yaml", found[name]) for name in found}


def _write(path: Path, template: dict[str, Any]) -> Path:
    """Write a template unless it stands there; readers never see half of one."""
    text = dump_template(template)
    if not path.is_file() or path.read_text() != text:
        draft = path.with_suffix(f".{os.getpid()}.tmp")
        draft.write_text(text)
        draft.replace(path)
    return path
