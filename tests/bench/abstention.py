"""How well questions are refused that the passages at hand do not answer, beside what language
models said of the same ones.

    python -m tests.bench.abstention [--cache DIR]

NoMIRACL (Thakur et al. 2023, https://arxiv.org/abs/2312.11361): a question, Chinese or English,
with the ten Wikipedia paragraphs that a search found for it, of which some answer it or none does.
Each question is searched among its own ten alone, so all of them are near it. A model's reply there
is a refusal when it says that it does not know; one that is neither that nor a yes counts as an
answer.

For kb, the confidence is compared with the threshold that is set by default, and, for each model,
with the one at which kb refuses as many answerable questions as that model does. Nothing is fitted
on these questions.
"""

from __future__ import annotations

import argparse
import json
import re
import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from kb.knowledge import KnowledgeBase
from kb.settings import Settings
from retrieval.evaluation import auroc
from retrieval.question.question import weigh
from retrieval.search.confidence import confidence
from retrieval.search.search import ranked_hits
from tests.bench.data import need
from tests.bench.legs import Workshop
from tests.bench.sets import Corpus, Piece

LANGUAGES = ("zh", "en")
_PROMPT = re.compile(r"\n\nQUESTION:\n(.*?)\n\nCONTEXTS:\n(.*?)\n\nOUTPUT:", re.S)
_CONTEXT = re.compile(r"^\[(\d+)\] (.*?)(?=^\[\d+\] |\Z)", re.S | re.M)
_DOES_NOT_KNOW = re.compile(r"don['’]t know", re.I)


@dataclass(frozen=True, slots=True)
class Case:
    """A question with its passages, whether any answers it, and which models refused it."""

    id: str
    question: str
    passages: tuple[tuple[str, str], ...]  # title, text
    answerable: bool
    refused_by: dict[str, bool]

    def pieces(self) -> tuple[Piece, ...]:
        """The passages, each a document of its own."""
        return tuple(
            Piece(f"p_{self.id}_{number}", f"d_{self.id}_{number}", title, (), text)
            for number, (title, text) in enumerate(self.passages)
        )


@dataclass(frozen=True, slots=True)
class Refusals:
    """The share of answerable questions refused, wrongly, and of the others, rightly."""

    wrong: float
    right: float


def main() -> None:
    parser = argparse.ArgumentParser(
        prog="python -m tests.bench.abstention", description="How well kb refuses, on NoMIRACL."
    )
    parser.add_argument("--cache", type=Path, help="a folder that keeps vectors for later runs")
    given = parser.parse_args()
    (folder,) = need("qa/nomiracl_half")
    with tempfile.TemporaryDirectory(prefix="kb-bench-") as temporary:
        cache = given.cache or Path(temporary)
        cache.mkdir(parents=True, exist_ok=True)
        workshop = Workshop(cache, Path(temporary), Settings(embedder="builtin"))
        for language in LANGUAGES:
            listed = cases(folder, language)
            pieces = tuple(piece for case in listed for piece in case.pieces())
            kb = workshop.knowledge_base(Corpus(pieces))
            print(f"{language}: {len(listed)} questions")
            report(listed, [_confidence(kb, case) for case in listed], kb.settings.min_confidence)
            kb.catalog.close()


def cases(folder: Path, language: str) -> list[Case]:
    """The questions of one language, those with an answer first."""
    return [
        _case(f"{kind}_{number}", json.loads(line), answerable=kind == "relevant")
        for kind in ("relevant", "non_relevant")
        for number, line in enumerate(_lines(folder / f"{language}.{kind}.jsonl"))
    ]


def _lines(path: Path) -> Iterator[str]:
    return (line for line in path.read_text("utf-8").splitlines() if line.strip())


def _case(name: str, row: dict, *, answerable: bool) -> Case:
    prompt = _PROMPT.search(row["prompt"])
    assert prompt, f"{name}: not a prompt of NoMIRACL"
    passages = []
    for found in _CONTEXT.finditer(prompt[2]):
        title, _, text = found[2].strip().partition(": ")
        passages.append((title, text))
    refused_by = {
        model: bool(_DOES_NOT_KNOW.search(reply)) for model, reply in row["results"].items()
    }
    return Case(name, prompt[1].strip(), tuple(passages), answerable, refused_by)


def _confidence(kb: KnowledgeBase, case: Case) -> float:
    """The confidence of a search among the case's own passages."""
    question = weigh(kb, case.question)
    hits, scores = ranked_hits(kb, question, within={piece.id for piece in case.pieces()})
    return confidence(question, hits, scores, reads=kb.settings.reads)


def report(listed: Sequence[Case], confidences: Sequence[float], threshold: float) -> None:
    """Print a table with a line for each model and kb at its share of wrong refusals."""
    answerable = np.array([case.answerable for case in listed])
    there, none = np.array(confidences)[answerable], np.array(confidences)[~answerable]
    usual = Refusals(float((there < threshold).mean()), float((none < threshold).mean()))
    print(f"  kb: AUROC {auroc(there.tolist(), none.tolist()):.3f}; refused below {threshold}:")
    print(f"    wrongly {usual.wrong:.3f}, rightly {usual.right:.3f}")
    print(f"  {'model':28} wrongly  rightly  kb rightly at as many wrongly")
    for model in sorted(listed[0].refused_by):
        its = refusals_of(listed, model)
        print(f"  {model:28} {its.wrong:7.3f}  {its.right:7.3f}  {at_wrong(its, there, none):.3f}")


def refusals_of(listed: Sequence[Case], model: str) -> Refusals:
    """How a model refused."""
    wrong, right = (
        np.mean([case.refused_by[model] for case in listed if case.answerable == answerable])
        for answerable in (True, False)
    )
    return Refusals(float(wrong), float(right))


def at_wrong(model: Refusals, there: np.ndarray, none: np.ndarray) -> float:
    """The share of unanswerable questions below the highest threshold that refuses no more of the
    answerable ones than the model does.
    """
    allowed = round(model.wrong * len(there))
    threshold = np.sort(there)[allowed] if allowed < len(there) else np.inf
    return float((none < threshold).mean())


if __name__ == "__main__":
    main()
