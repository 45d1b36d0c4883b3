"""Declarations serve any stage, and their mistakes are reported."""

import json
from pathlib import Path
from typing import Any

import pytest

from scripts.base.cfn_yaml import load_template
from scripts.base.domain import domains
from scripts.wiring.declaration import DeclarationError, Source, Wiring, load, read
from scripts.wiring.names import CONFIG, DECLARATION, MERGE
from scripts.wiring.render import policy, rights
from scripts.wiring.rights import RightError, statements
from scripts.wiring.write import write

DOMAINS = domains()
WOKEN = {
    "api": Source("api"),
    "read": Source("queue", "letters"),
    "follow": Source("stream", "boxes"),
    "sweep": Source("schedule"),
}
LEAST = "memory = 256\ntimeout = 30\n"


@pytest.fixture
def declare(tmp_path: Path) -> Any:
    """Declare an app with a queue, a stream and a schedule."""

    def make(**functions: str) -> Wiring:
        tables = dict.fromkeys(WOKEN, LEAST) | functions
        lines = (f"[{name}]\n{text}\n" for name, text in tables.items() if text)
        path = tmp_path / DECLARATION
        path.write_text("".join(lines))
        return read(path, "post", WOKEN)

    return make


def allowed(wiring: Wiring, name: str, stage: str = "dev") -> set[tuple[str, str]]:
    document = policy(wiring, wiring.function(name), stage)
    return {
        (action, resource.rpartition(":")[2])
        for statement in document["Statement"]
        for action in statement["Action"]
        for resource in statement["Resource"]
    }


@pytest.mark.parametrize("domain", DOMAINS)
def test_any_stage_can_be_written(domain: str, tmp_path: Path) -> None:
    write(load(domain), tmp_path, ["staging"])
    text = (tmp_path / ".chalice" / CONFIG).read_text()
    stages = json.loads(text)["stages"]
    assert set(stages) == {"staging"}
    named = stages["staging"]
    files = [named["iam_policy_file"]]
    files += [one["iam_policy_file"] for one in named["lambda_functions"].values()]
    assert set(named["lambda_functions"]) == {one.name for one in load(domain).handlers}
    written = {path.name for path in (tmp_path / ".chalice").glob("policy-*.json")}
    assert set(files) == written
    for name in files:
        said = (tmp_path / ".chalice" / name).read_text()
        assert json.loads(said)["Statement"]
        assert "rookery-dev-" not in said and "rookery-prod-" not in said
    assert load_template(tmp_path / MERGE)["Resources"]["APIHandler"]


def test_what_is_written_follows_and_other_stages_stay(tmp_path: Path) -> None:
    wiring = load("crawler")
    write(wiring, tmp_path, ["dev"])
    (tmp_path / ".chalice" / "policy-gone-dev.json").write_text("{}")
    (tmp_path / ".chalice" / "deployed").mkdir()
    write(wiring, tmp_path, ["staging"], "x86_64")
    stages = json.loads((tmp_path / ".chalice" / CONFIG).read_text())["stages"]
    assert {name: one["lambda_architecture"] for name, one in stages.items()} == {
        "dev": "x86_64",
        "staging": "x86_64",
    }
    assert not (tmp_path / ".chalice" / "policy-gone-dev.json").exists()
    assert (tmp_path / ".chalice" / "policy-api-dev.json").is_file()
    assert (tmp_path / ".chalice" / "deployed").is_dir()


def test_a_stage_that_is_not_written_gets_no_made_up_policy(tmp_path: Path) -> None:
    """Chalice looks up missing settings above the stages, then in defaults."""
    write(load("crawler"), tmp_path, ["dev"])
    found = json.loads((tmp_path / ".chalice" / CONFIG).read_text())
    assert found["autogen_policy"] is False
    assert not (tmp_path / ".chalice" / found["iam_policy_file"]).exists()


def test_variables_of_a_stage_are_for_that_stage() -> None:
    wiring = load("users")
    assert wiring.stages == {
        "prod": {"REQUIRE_VERIFIED_EMAIL": "1", "REQUIRE_AGE_CONFIRMATION": "1"}
    }


def test_rights_follow_from_the_kind(declare: Any) -> None:
    wiring = declare(read=f"{LEAST}loop = true", follow=f'{LEAST}get = ["boxes"]')
    queue = "rookery-dev-post-letters"
    assert {("sqs:ReceiveMessage", queue), ("sqs:SendMessage", queue)} <= allowed(wiring, "read")
    assert ("dynamodb:GetRecords", "table/rookery-dev-post-boxes/stream/*") in allowed(
        wiring, "follow"
    )
    assert {action for action, _ in allowed(wiring, "sweep")} == {
        "logs:CreateLogStream",
        "logs:PutLogEvents",
    }
    assert ("dynamodb:UpdateItem", "table/rookery-dev-post-limits") in allowed(wiring, "api")
    assert ("sqs:SendMessage", queue) not in allowed(declare(), "read")


def test_a_verb_allows_one_action_on_one_resource(declare: Any) -> None:
    wiring = declare(sweep=f'{LEAST}query = ["boxes/by_owner", "users.follows"]')
    found = {one for one in allowed(wiring, "sweep") if not one[0].startswith("logs:")}
    assert found == {
        ("dynamodb:Query", "table/rookery-dev-post-boxes/index/by_owner"),
        ("dynamodb:Query", "table/rookery-dev-users-follows"),
    }


def test_a_bounded_right_does_not_widen_another() -> None:
    given = {"batch_get": ["users.grants[oauth1#*]"], "put": ["users.grants"]}
    bounded, plain = sorted(
        statements(given, "post", "dev"), key=lambda one: "Condition" not in one
    )
    assert bounded["Action"] == ["dynamodb:BatchGetItem"]
    assert bounded["Condition"] == {
        "ForAllValues:StringLike": {"dynamodb:LeadingKeys": ["oauth1#*"]}
    }
    assert plain["Action"] == ["dynamodb:PutItem"] and "Condition" not in plain


def test_what_is_declared_and_implied_is_granted_once() -> None:
    found = rights(load("notifications").api)
    assert sorted(found["put"]) == [
        "api_keys", "idempotency", "notifications", "preferences", "templates",
    ]  # fmt: skip
    assert all(len(names) == len(set(names)) for names in found.values())


@pytest.mark.parametrize(
    ("right", "names"),
    [
        ("read", ["boxes"]),
        ("get", ["Boxes and letters"]),
        ("put_object", ["media"]),
        ("send", ["letters[a]"]),
    ],
)
def test_a_right_that_cannot_be_read_is_refused(right: str, names: list[str]) -> None:
    with pytest.raises(RightError):
        statements({right: names}, "post", "dev")


@pytest.mark.parametrize(
    ("function", "text", "told"),
    [
        ("read", "", "app.py has read"),
        ("write", LEAST, "app.py has no write"),
        ("read", "timeout = 30", r"\[read\] memory is missing"),
        ("read", LEAST + "memroy = 1", r"\[read\] memroy is neither"),
        ("read", LEAST + 'loop = "yes"', r"\[read\] loop is of type bool"),
        ("read", LEAST + "retries = 3", r"\[read\] retries is for stream"),
        ("follow", LEAST + "filters = ['{']", r"\[follow\] \{ is no JSON"),
        ("sweep", LEAST + "filters = ['{}']", r"\[sweep\] filters"),
        ("api", LEAST + 'settings = ["PUBLIC"]', r"\[api\] PUBLIC is no setting"),
        ("api", LEAST + 'get = "boxes"', r"\[api\] get is a list"),
        ("api", LEAST + 'put_object = ["media"]', r"\[api\] put_object: media needs keys"),
        ("api", "memory =", "Invalid value"),
    ],
)
def test_mistakes_are_told_with_file_and_function(
    declare: Any, function: str, text: str, told: str
) -> None:
    with pytest.raises(DeclarationError, match=told) as error:
        declare(**{function: text})
    assert DECLARATION in str(error.value)


def test_event_sources_come_from_the_app() -> None:
    found = load("crawler")
    assert found.function("fetch_pages").source == Source("queue", "fetch")
    assert found.function("follow_crawl_visited").source == Source("stream", "crawl_visited")
    assert found.function("sweep_runs").source == Source("schedule")
