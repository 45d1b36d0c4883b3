"""Policies, names and lives of queues, topics and buckets."""

from typing import Any

import pytest

from scripts.base.cfn_yaml import load_template
from scripts.deploy.templates import literal
from scripts.wiring.standard import STAGE
from tests.unit.wiring.resources import ACCOUNT, TEMPLATES, resources


def test_every_queue_and_topic_and_bucket_refuses_plain_text() -> None:
    def refuses(policy: dict[str, Any]) -> bool:
        return any(
            one["Effect"] == "Deny"
            and one.get("Condition", {}).get("Bool", {}).get("aws:SecureTransport") == "false"
            for one in policy["Properties"]["PolicyDocument"]["Statement"]
        )

    for kind, policies, key in (
        ("S3::Bucket", "S3::BucketPolicy", "Bucket"),
        ("SNS::Topic", "SNS::TopicPolicy", "Topics"),
        ("SQS::Queue", "SQS::QueuePolicy", "Queues"),
    ):
        closed = set()
        for domain, _, policy in resources(policies):
            named = policy["Properties"][key]
            for one in named if isinstance(named, list) else [named]:
                if refuses(policy):
                    closed.add((domain, one["Ref"]))
        assert {(domain, name) for domain, name, _ in resources(kind)} == closed


def _statements(policy: dict[str, Any]) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = policy["Properties"]["PolicyDocument"]["Statement"]
    return found


def _list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]


def test_every_topic_has_a_policy_that_speaks_of_it_alone() -> None:
    """SNS refuses statements on another topic than the policy's."""
    policies = list(resources("SNS::TopicPolicy"))
    assert len(policies) == len(list(resources("SNS::Topic")))
    for _, name, policy in policies:
        (topic,) = policy["Properties"]["Topics"]
        assert all(one["Resource"] == topic for one in _statements(policy)), name


def test_queues_let_in_the_topics_that_they_subscribe_to_and_no_others() -> None:
    """By the topic's ARN, the documented form, before a subscription stands."""
    subscribed: dict[tuple[str, str], set[str]] = {}
    for domain, name, resource in resources("SNS::Subscription"):
        properties = resource["Properties"]
        if properties["Protocol"] != "sqs":
            continue
        template = load_template(TEMPLATES[domain])["Resources"]
        topic = properties["TopicArn"]["Fn::Sub"]
        policy = template[str(resource.get("DependsOn"))]
        dead = properties["RedrivePolicy"]["deadLetterTargetArn"]
        for arn in (properties["Endpoint"], dead):
            queue = arn["Fn::GetAtt"].split(".")[0]
            assert {"Ref": queue} in policy["Properties"]["Queues"], f"{domain} {name}"
            subscribed.setdefault((domain, queue), set()).add(topic)
    allowed: dict[tuple[str, str], set[str]] = {}
    for domain, name, policy in resources("SQS::QueuePolicy"):
        for statement in _statements(policy):
            if statement["Effect"] == "Deny" or "sns" not in statement["Principal"]["Service"]:
                continue
            assert list(statement["Condition"]) == ["ArnEquals"], f"{domain} {name}"
            topics = _list(statement["Condition"]["ArnEquals"]["aws:SourceArn"])
            for arn in _list(statement["Resource"]):
                queue = arn["Fn::GetAtt"].split(".")[0]
                allowed.setdefault((domain, queue), set()).update(t["Fn::Sub"] for t in topics)
    assert allowed == subscribed


def test_buckets_forget_what_was_deleted_and_what_was_never_whole() -> None:
    """Expiry alone leaves every version of a versioned bucket."""
    for _, name, bucket in resources("S3::Bucket"):
        properties = bucket["Properties"]
        rules = properties["LifecycleConfiguration"]["Rules"]
        assert any("AbortIncompleteMultipartUpload" in rule for rule in rules), name
        if properties.get("VersioningConfiguration"):
            assert any("ExpirationInDays" in rule for rule in rules), name
            kept = [one["NoncurrentVersionExpiration"]["NoncurrentDays"] for one in rules]
            assert kept and max(kept) <= 1, name


def test_buckets_are_private() -> None:
    for _, name, bucket in resources("S3::Bucket"):
        blocked = bucket["Properties"]["PublicAccessBlockConfiguration"]
        assert all(blocked.values()) and len(blocked) == 4, name
        assert bucket["Properties"]["BucketEncryption"], name


@pytest.mark.parametrize(("kind", "key"), [("S3::Bucket", "BucketName"), ("IAM::Role", "RoleName")])
def test_global_names_carry_the_region_and_are_short_enough(kind: str, key: str) -> None:
    """Two regions of a stage would fight over a name that all regions share."""
    longest = STAGE["AllowedPattern"].removesuffix("}").rpartition(",")[2]
    stage = "s" * (1 + int(longest))
    named = [one for one in resources(kind) if key in (one[2]["Properties"])]
    assert named
    for domain, logical, resource in named:
        name = str(resource["Properties"][key])
        assert "${AWS::Region}" in name, f"{domain} {logical}"
        assert kind == "IAM::Role" or "${AWS::AccountId}" in name, f"{domain} {logical}"
        spelled = literal(resource["Properties"][key], stage, ACCOUNT, "ap-southeast-1")
        assert spelled is not None and len(spelled) <= 63, spelled
