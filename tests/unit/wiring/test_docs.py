"""Documents agree with the code about routes and tables."""

import re

import pytest

from scripts.base.cfn_yaml import load_template
from scripts.base.domain import domains
from scripts.base.process import ROOT
from scripts.base.tables import KINDS, is_table
from scripts.checks import docs_idle
from scripts.checks.docs_routes import PAGE, render
from scripts.deploy.provision import templates


def test_the_route_tables_are_up_to_date() -> None:
    text = PAGE.read_text()
    assert render(text) == text, "run: .venv/bin/python -m scripts.checks.docs_routes"


def test_what_people_wrote_is_truth_and_what_follows_from_it_is_not() -> None:
    kinds: dict[str, set[str]] = {"truth": set(), "derived": set()}
    for path in templates().values():
        for resource in load_template(path)["Resources"].values():
            if is_table(resource):
                name = re.sub(r".*\}-", "", str(resource["Properties"]["TableName"]["Fn::Sub"]))
                kinds[resource["Metadata"]["Rookery"]["kind"]].add(name)
    assert {"users-users", "users-follows", "tweets-tweets", "tweets-media"} <= kinds["truth"]
    for thing in ("limits", "idempotency"):
        assert {f"{domain}-{thing}" for domain in domains()} <= kinds["derived"]
    # A counter that a second region copied would count everything twice.
    assert not [name for name in kinds["truth"] if name.endswith("-counters")]


@pytest.mark.parametrize("domain", domains())
def test_every_table_and_index_is_described(domain: str) -> None:
    page = (ROOT / "docs" / "data-model.md").read_text()
    section = page.partition(f"\n## {domain}\n")[2].partition("\n## ")[0]
    resources = load_template(templates()[domain])["Resources"]
    for resource in resources.values():
        if not is_table(resource):
            continue
        properties = resource["Properties"]
        name = re.sub(r".*\}-", "", str(properties["TableName"]["Fn::Sub"]))
        thing = name.removeprefix(f"{domain}-")
        row = re.search(rf"^\| `{re.escape(thing)}` \|.*$", section, re.MULTILINE)
        assert row is not None, f"{domain}: no row for {thing}"
        kind = resource["Metadata"]["Rookery"]["kind"]
        assert kind in KINDS, thing
        assert row[0].startswith(f"| `{thing}` | {kind} |"), f"{thing} is {kind}"
        for index in properties.get("GlobalSecondaryIndexes", ()):
            assert f"`{index['IndexName']}`" in row[0], f"{thing}: {index['IndexName']}"


def test_what_an_idle_stage_is_paid_for_is_counted() -> None:
    text = docs_idle.PAGE.read_text()
    assert docs_idle.render(text) == text, "run: .venv/bin/python -m scripts.checks.docs_idle"


def test_tests_that_the_comparison_with_aws_names_exist() -> None:
    page = (ROOT / "docs" / "local-vs-aws.md").read_text()
    named = set(re.findall(r"`(test_\w+)`", page))
    there = {
        name
        for path in (ROOT / "tests").rglob("test_*.py")
        for name in re.findall(r"^def (test_\w+)", path.read_text(), re.MULTILINE)
    }
    assert len(named) > 20
    assert named <= there, named - there


def test_what_aws_refuses_has_a_guard_or_says_that_it_has_none() -> None:
    page = (ROOT / "docs" / "local-vs-aws.md").read_text()
    table = page.partition("## Accepted here, refused there")[2].partition("\n## ")[0]
    rows = [line for line in table.splitlines() if line.startswith("| ")][1:]
    unguarded = [row for row in rows if "`test_" not in row and "**none**" not in row]
    assert len(rows) > 10
    assert unguarded == []


def test_each_decision_has_its_own_number_and_stands_in_the_index() -> None:
    folder = ROOT / "docs" / "decisions"
    records = sorted(path.name for path in folder.glob("[0-9]*.md"))
    numbers = [int(name[:4]) for name in records]
    assert numbers == list(range(1, len(numbers) + 1)), "a number is missing or taken twice"
    titles = [(folder / name).read_text().partition("\n")[0] for name in records]
    assert [title.split()[1].rstrip(".:") for title in titles] == [str(n) for n in numbers]
    readme = (folder / "README.md").read_text()
    index = re.findall(r"^(\d+)\. \[.*\]\((.*)\)$", readme, re.MULTILINE)
    assert index == [(str(n), name) for n, name in zip(numbers, records, strict=True)]


def test_links_to_decisions_lead_to_the_record_with_that_number() -> None:
    folder = ROOT / "docs" / "decisions"
    pages = [*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md")]
    for page in pages:
        links = re.findall(r"\[([^\]]*)\]\([^)]*?((\d{4})-[\w-]+\.md)\)", page.read_text())
        for words, name, number in links:
            assert (folder / name).is_file(), f"{page.name}: {name}"
            named = re.fullmatch(r"(?:ADR |[Dd]ecision )?(\d+)", words)
            assert named is None or int(named[1]) == int(number), f"{page.name}: {words}, {name}"
