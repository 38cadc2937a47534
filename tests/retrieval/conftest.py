"""Fixtures of retrieval: the judge by rules with the built-in glossary."""

from __future__ import annotations

import pytest

from kb.glossary import glossary
from retrieval.checks.rule_judge import RuleJudge


@pytest.fixture(scope="module")
def rules(tmp_path_factory):
    known = glossary([tmp_path_factory.mktemp("glossary")])
    return RuleJudge(lambda: known)
