"""Where the second encoder shall put texts: both teachers' similarities, whatever the language."""

from __future__ import annotations

import numpy as np
import pytest

from tests.training.targets import Targets

COUNT = 500


def unit(rows: np.ndarray) -> np.ndarray:
    return rows / np.linalg.norm(rows, axis=1, keepdims=True)


@pytest.fixture
def languages() -> list[str]:
    return ["zh", "en"] * (COUNT // 2)


@pytest.fixture
def vectors(languages: list[str]) -> dict[str, np.ndarray]:
    """Two teachers that agree on nothing; one tells languages apart before all else."""
    dice = np.random.default_rng(0)
    apart = np.where(np.array(languages) == "zh", 1.0, -1.0)[:, None] * dice.normal(size=384)
    return {
        "e5": unit(dice.normal(size=(COUNT, 384)) + 2 * apart),
        "student": unit(dice.normal(size=(COUNT, 384))),
    }


def test_a_language_is_no_likeness(vectors, languages):
    targets = Targets.fitted(vectors, languages).of(vectors, languages)
    alike = targets @ targets.T
    zh, en = (np.array(languages) == name for name in ("zh", "en"))
    np.fill_diagonal(alike, np.nan)
    assert np.nanmean(alike[zh][:, zh]) == pytest.approx(np.nanmean(alike[zh][:, en]), abs=0.02)


def test_likeness_is_the_sum_of_both_teachers(vectors, languages):
    targets = Targets.fitted(vectors, languages).of(vectors, languages)
    alone = []
    for found in vectors.values():
        spoken = np.array(languages)
        centred = np.stack(
            [
                row - found[spoken == name].mean(0)
                for row, name in zip(found, languages, strict=True)
            ]
        )
        likeness = unit(centred) @ unit(centred).T
        alone.append(likeness / likeness[~np.eye(COUNT, dtype=bool)].std())
    others = ~np.eye(COUNT, dtype=bool)
    assert np.corrcoef((targets @ targets.T)[others], sum(alone)[others])[0, 1] > 0.97


def test_targets_are_unit_vectors_as_long_as_the_encoders(vectors, languages):
    targets = Targets.fitted(vectors, languages).of(vectors, languages)
    assert targets.shape == (COUNT, 384)
    assert np.linalg.norm(targets, axis=1) == pytest.approx(np.ones(COUNT), abs=1e-5)


def test_targets_stay_when_texts_are_added(vectors, languages, tmp_path):
    path = tmp_path / "targets.npz"
    some = {teacher: found[:450] for teacher, found in vectors.items()}
    first = Targets.kept(path, some, languages[:450]).of(some, languages[:450])
    again = Targets.kept(path, vectors, languages).of(vectors, languages)
    assert np.abs(again[:450] - first).max() < 1e-6
