"""Groups of questions: who is served worse than the rest, and who only seems to be."""

from __future__ import annotations

import random
from itertools import combinations

import pytest

from retrieval.feedback.fairness import Sample, groups


def samples(**results):
    """Samples of groups by name, each with its good and its bad results."""
    return [
        Sample({name}, [("answered", good)])
        for name, (right, wrong) in results.items()
        for good in [True] * right + [False] * wrong
    ]


def worse(given):
    return [group.name for group in groups(given, ["answered"]) if group.worse]


def test_a_group_that_is_served_worse_is_told_and_no_other():
    assert worse(samples(zh=(20, 30), en=(45, 5))) == ["zh"]
    assert worse(samples(zh=(40, 10), en=(42, 8))) == []


def test_all_alike_is_no_difference():
    assert worse(samples(zh=(0, 50), en=(0, 50))) == []
    assert worse(samples(zh=(50, 0))) == []


def test_the_limit_is_where_counting_all_ways_to_draw_puts_it():
    """Of all ways to draw three of twenty, so many have as few good ones."""
    for good in range(4):
        for others in range(18):
            total = [True] * (good + others) + [False] * (20 - good - others)
            drawn = [sum(total[n] for n in chosen) for chosen in combinations(range(20), 3)]
            chance = sum(number <= good for number in drawn) / len(drawn)
            given = samples(few=(good, 3 - good), rest=(others, 17 - others))
            if chance > 0.05:
                assert "few" not in worse(given), (good, others)
            elif chance <= 0.025:
                assert "few" in worse(given), (good, others)


def test_groups_with_too_few_questions_are_not_judged():
    given = samples(rest=(90, 10), single=(0, 1))
    judged = {group.name: group.judged for group in groups(given, ["answered"])}
    assert not judged["single"]
    assert worse(samples(rest=(90, 10), dozen=(2, 10))) == ["dozen"]


def test_many_tiny_groups_hide_no_large_one():
    tiny = {f"s{number}": (1, 0) for number in range(300)}
    assert "zh" in worse(samples(zh=(20, 30), en=(45, 5), **tiny))


def test_a_question_counts_in_each_of_its_groups_and_once_for_the_rest():
    given = [Sample({"a", "b"}, [("answered", True)]), Sample({"b"}, [("answered", False)])]
    found = {group.name: group for group in groups(given, ["answered"])}
    assert (found["a"].questions, found["b"].questions) == (1, 2)
    assert found["a"].measures["answered"].others.of == 1
    assert found["b"].measures["answered"].others is None


@pytest.mark.parametrize("number", [2, 5, 30])
def test_where_all_are_served_alike_one_in_twenty_warns_at_most(number):
    chance = random.Random(7)
    runs = 300
    warned = 0
    for _ in range(runs):
        given = [
            Sample({str(chance.randrange(number))},
                   [("answered", chance.random() < 0.8), ("right", chance.random() < 0.6)])
            for _ in range(200)
        ]  # fmt: skip
        warned += any(group.worse for group in groups(given, ["answered", "right"]))
    assert warned / runs <= 0.05
