"""What the benchmark of personal data shows is kept."""

import pytest

from tests.bench.privacy import cases, measured

LEAST = 0.97


@pytest.mark.parametrize("part", ["seen", "unseen"])
def test_data_are_recognised_and_look_alikes_are_not(part, shared):
    assert shared / "docs/dify_docs_zh_en/zh"
    assert shared / "docs/todogroup_guides"
    figures = measured(list(cases(part, seed=1)))
    recalls = {kind: of.recalled / of.data for kind, of in figures.items()}
    precisions = {kind: of.right / (of.right + of.wrong) for kind, of in figures.items()}
    assert len(figures) == 12
    assert {kind: share for kind, share in recalls.items() if share < LEAST} == {}
    assert {kind: share for kind, share in precisions.items() if share < LEAST} == {}
