"""The delivery rule on a large network, against the lowest possible cost."""

from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from bench import report
from bench.fanout import follow_graph, judged, simulation
from bench.fanout.follow_graph import Graph
from bench.fanout.simulation import AuthorActivity, decide

FULL = simulation.users_wanted() == simulation.FULL_USERS
# Ours over the lowest possible cost: without the costs of deciding, and with them.
BOUND, PRICED_BOUND = 1.25, 1.35


@pytest.fixture(scope="module")
def graph() -> Graph:
    return follow_graph.make(simulation.users_wanted())


@pytest.fixture(scope="module")
def costs(graph: Graph) -> simulation.Costs:
    return simulation.Costs(graph, 30, simulation.Rule())


def test_ours_is_near_the_lower_bound(graph: Graph) -> None:
    found = simulation.simulate(graph, 30, simulation.Rule())
    assert found["to_bound"] <= BOUND, found
    dollars = found["dollars"]
    assert all(dollars[simulation.BOUND] <= other for other in dollars.values())
    assert all(
        dollars[simulation.OURS] <= other for name, other in dollars.items() if name[0] in "pb"
    )


def test_hysteresis_and_celebrities_cost_next_to_nothing(costs: simulation.Costs) -> None:
    """Compare with each author's cheapest way, the best possible rule."""
    eager = simulation.Costs(costs.graph, 30, replace(costs.rule, hysteresis=1.0))
    eager.rule = replace(eager.rule, celebrity_followers=10**9)
    best = costs.hybrid(eager.decided("push"))
    for mode in simulation.MODES:
        assert costs.hybrid(costs.decided(mode)) <= best * 1.01


def test_pushing_to_frequent_readers_only_is_worth_a_mode(costs: simulation.Costs) -> None:
    ours = costs.decided("push")
    without = costs.pushed_or_pulled()
    assert costs.hybrid(ours) < 0.9 * costs.hybrid(without)


def test_a_guess_of_the_reading_is_good_enough(costs: simulation.Costs) -> None:
    guessed = costs.hybrid(costs.decided("push", guessed=True))
    assert guessed <= costs.hybrid(costs.decided("push")) * 1.1


@pytest.mark.parametrize("exponent", [0.6, 1.2])
def test_judged_by_samples_and_with_their_price_ours_is_near_the_bound(exponent: float) -> None:
    """All exponents and seeds: `make simulate`."""
    users = 20_000 if FULL else 10_000
    found = judged.judge(follow_graph.make(users, exponent=exponent), seed=3)
    assert found["ours"] <= BOUND, found
    # In a small network a few processes that look for announcements weigh more.
    assert found["priced"] - (0 if FULL else found["announcements"]) <= PRICED_BOUND, found
    # Chance switches two in a hundred of those who tweet per day at most.
    assert found["switches"] <= users * 0.4 / 50


def test_all_authors_at_once_are_judged_as_one_by_one(costs: simulation.Costs) -> None:
    graph, chance = costs.graph, np.random.default_rng(1)
    modes = chance.integers(0, 3, graph.users)
    columns: Any = (
        graph.tweets, graph.followers, costs.active_followers, costs.head_reads,
        costs.frequent_followers, costs.frequent_reads,
    )  # fmt: skip
    rule = replace(costs.rule, celebrity_followers=2_000)
    found = judged.decided(AuthorActivity(*columns), modes, rule)
    for author in [*range(300), *chance.integers(0, graph.users, 300).tolist()]:
        facts = AuthorActivity(*(column[author].item() for column in columns))
        mode = decide(facts, simulation.MODES[modes[author]], rule)
        assert simulation.MODES[found[author]] == mode


def test_a_wrong_price_shows(graph: Graph, costs: simulation.Costs) -> None:
    """The figures hang on the decision: with another rule they get dearer."""
    wrong = simulation.Costs(graph, 30, replace(costs.rule, read_unit_price=1e-3))
    assert costs.hybrid(wrong.decided("push")) > 1.5 * costs.bound()


def test_results_are_tables() -> None:
    printed = report.simulation(simulation.measure(2_000))
    assert any(line.startswith("lower bound") for line in printed)
    printed = judged.lines({"0.8, 3": judged.judge(follow_graph.make(1_000), 3)})
    assert "Idealised:" in printed
