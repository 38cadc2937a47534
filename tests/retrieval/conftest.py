"""Fixtures of retrieval: the judge by rules with the built-in glossary."""

from __future__ import annotations

import pytest

from kb.glossary import glossary
from retrieval.checks.judge import RuleJudge


@pytest.fixture(scope="module")
def rules(glossary_folder):
    known = glossary([glossary_folder])
    return RuleJudge(lambda: known)
