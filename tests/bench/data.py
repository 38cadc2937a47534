"""The real data that the benchmarks read. Without it they say so and stop."""

from __future__ import annotations

import json
import random
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from tests.data_sets import find

ROOT = Path(__file__).resolve().parents[2]
SQUAD = "qa/squad2_dev/data/dev-v2.0.json"
CMRC = "qa/cmrc2018/squad-style-data/cmrc2018_dev.json"
DRCD = "qa/drcd/DRCD_dev.json"


def need(*names: str) -> list[Path]:
    """The files or folders of that name in the public data; ends the program when one is missing."""
    paths = []
    for name in names:
        if (path := find(name)) is None:
            sys.exit(f"nothing measured: {name} is in neither ../shared/data nor .data")
        paths.append(path)
    return paths


@dataclass(frozen=True, slots=True)
class Asked:
    """A question of a data set, its id there, where its answer stands (article and paragraph, from
    0), and what it is.
    """

    text: str
    article: int
    paragraph: int
    golds: tuple[str, ...]
    id: str = ""


@dataclass(frozen=True, slots=True)
class DataSet:
    """Articles, each a title and its paragraphs, and the questions whose answer is in one of these."""

    articles: tuple[tuple[str, tuple[str, ...]], ...]
    questions: tuple[Asked, ...]

    def sample(self, size: int, seed: int) -> list[Asked]:
        """Up to `size` of the questions, the same ones for a seed."""
        return random.Random(seed).sample(self.questions, min(size, len(self.questions)))


def squad_like(path: Path) -> DataSet:
    """A data set in the form of SQuAD; questions without an answer are left out."""
    listed = json.loads(path.read_text("utf-8"))["data"]
    articles = tuple(
        (_title(each), tuple(p["context"] for p in each["paragraphs"])) for each in listed
    )
    return DataSet(articles, tuple(_questions(listed)))


def _title(article: dict[str, str]) -> str:
    return article.get("title", "").replace("_", " ")


def _questions(articles: Sequence[dict]) -> Iterator[Asked]:
    for article, each in enumerate(articles):
        for paragraph, held in enumerate(each["paragraphs"]):
            for asked in held["qas"]:
                if not asked.get("is_impossible"):
                    golds = tuple(dict.fromkeys(answer["text"] for answer in asked["answers"]))
                    yield Asked(asked["question"], article, paragraph, golds, str(asked["id"]))
