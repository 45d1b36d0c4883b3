"""Standard resources come with every domain."""

from pathlib import Path

import pytest

from scripts.base.cfn_yaml import load_template
from scripts.base.domain import domains
from scripts.deploy.standard import ACCOUNTS_DOMAIN, compose, subscribed_queue

TEMPLATE = """
Resources:
  {name}:
    Type: AWS::SQS::Queue
"""


def domain(apps: Path, name: str, resource: str) -> None:
    (apps / name).mkdir(parents=True)
    (apps / name / "app.py").touch()
    (apps / name / "resources.yaml").write_text(TEMPLATE.format(name=resource))


def test_a_new_folder_has_topic_tables_and_queues(tmp_path: Path) -> None:
    domain(tmp_path / "apps", "ideas", "OwnQueue")
    found = compose(tmp_path / "apps", tmp_path / "out")
    assert list(found) == ["events", "ideas"]
    events = load_template(found["events"])["Resources"]
    assert events["IdeasTopic"]["Properties"]["TopicName"] == {
        "Fn::Sub": "rookery-${Stage}-ideas-events"
    }
    assert events["IdeasTopicPolicy"]["Properties"]["Topics"] == [{"Ref": "IdeasTopic"}]
    own = load_template(found["ideas"])["Resources"]
    parts = ("DeadLetters", "Queue", "QueuePolicy", "Subscription")
    queues = {f"{name}{part}" for name in ("Exports", "Erasures") for part in parts}
    assert set(own) == {"OwnQueue", "LimitsTable", "IdempotencyTable", *queues}


def test_what_comes_by_itself_may_not_be_written_too(tmp_path: Path) -> None:
    domain(tmp_path / "apps", "ideas", "LimitsTable")
    with pytest.raises(ValueError, match="LimitsTable come by themselves"):
        compose(tmp_path / "apps", tmp_path / "out")


def test_the_domain_of_accounts_is_told_of_no_erasure() -> None:
    with_erasures = {
        name
        for name, path in compose().items()
        if "ErasuresQueue" in load_template(path)["Resources"]
    }
    assert with_erasures == {*domains()} - {ACCOUNTS_DOMAIN}


def test_templates_hold_no_aliases() -> None:
    """CloudFormation's YAML knows none."""
    for path in compose().values():
        assert "&id" not in path.read_text(), path


def test_a_queue_lets_its_topic_alone_send() -> None:
    found = subscribed_queue("ideas", "new-things", "users", ["user.registered"])
    [_, allowed] = found["NewThingsQueuePolicy"]["Properties"]["PolicyDocument"]["Statement"]
    assert allowed["Condition"]["ArnEquals"]["aws:SourceArn"]["Fn::Sub"].endswith("users-events")
    assert found["NewThingsSubscription"]["DependsOn"] == "NewThingsQueuePolicy"
