"""What the deployment files say about the app, and whether it is true."""

import json

import pytest
from chalice.utils import to_cfn_resource_name

from scripts.base.cfn_yaml import load_template
from scripts.base.domain import load_app
from scripts.base.process import ROOT
from scripts.deploy.provision import templates

HOME = ROOT / "apps" / "crawler"
CONFIG = json.loads((HOME / ".chalice" / "config.json").read_text())
MERGE = load_template(HOME / "merge.yaml")["Resources"]
RESOURCES = load_template(templates()["crawler"])["Resources"]


def handlers():
    return {source.name: source for source in load_app("crawler").app.event_sources}


def queues():
    return {
        one["Properties"]["QueueName"]["Fn::Sub"]: one["Properties"]
        for one in RESOURCES.values()
        if one["Type"] == "AWS::SQS::Queue"
    }


@pytest.mark.parametrize("stage", ["dev", "prod"])
def test_every_function_has_settings_and_a_policy_of_its_own(stage):
    settings = CONFIG["stages"][stage]
    assert settings["autogen_policy"] is False
    assert set(settings["lambda_functions"]) == set(handlers())
    files = [settings["iam_policy_file"]]
    files += [one["iam_policy_file"] for one in settings["lambda_functions"].values()]
    assert len(set(files)) == len(files)
    for name in files:
        text = (HOME / ".chalice" / name).read_text()
        for statement in json.loads(text)["Statement"]:
            assert not any(action.endswith("*") for action in statement["Action"])
            assert "*" not in statement["Resource"]
        assert f"rookery-{'prod' if stage == 'dev' else 'dev'}-" not in text


def test_stages_have_the_same_rights():
    for dev in (HOME / ".chalice").glob("policy-*-dev.json"):
        prod = dev.with_name(dev.name.replace("-dev.json", "-prod.json"))
        assert dev.read_text().replace("rookery-dev-", "rookery-prod-") == prod.read_text()


def test_the_merge_file_speaks_of_functions_that_exist():
    assert set(MERGE) == {to_cfn_resource_name(name) for name in handlers()} | {"APIHandler"}
    for name, source in handlers().items():
        properties = MERGE[to_cfn_resource_name(name)]["Properties"]
        assert "ACCOUNT_ID" in properties["Environment"]["Variables"]
        for event in properties.get("Events", {}).values():
            if hasattr(source, "queue"):
                assert event["Properties"]["FunctionResponseTypes"] == ["ReportBatchItemFailures"]
            else:
                assert event["Properties"]["StartingPosition"] == "TRIM_HORIZON"
                assert source.starting_position == "TRIM_HORIZON"


def test_a_counted_batch_comes_back_as_it_was():
    (event,) = MERGE["CountPages"]["Properties"]["Events"].values()
    assert event["Properties"]["BisectBatchOnFunctionError"] is False
    assert handlers()["count_pages"].batch_size <= 45


def test_visibility_is_six_times_the_timeout():
    functions = CONFIG["stages"]["dev"]["lambda_functions"]
    for name, source in handlers().items():
        if hasattr(source, "queue"):
            queue = queues()[source.queue.replace("-dev-", "-${Stage}-")]
            assert queue["VisibilityTimeout"] >= 6 * functions[name]["lambda_timeout"]
            assert queue["RedrivePolicy"]["maxReceiveCount"] == 5


def test_a_claim_outlives_the_visibility_of_its_message():
    from chalicelib.crawler.core import limits

    fetch = queues()["rookery-${Stage}-crawler-fetch"]
    assert 1000 * fetch["VisibilityTimeout"] < limits.CLAIM_MS
    assert limits.STALE_MS > limits.CLAIM_MS
