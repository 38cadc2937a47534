"""What is compared: our legs, each alone, and what searching makes of them."""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from importlib.util import find_spec
from itertools import chain, groupby
from pathlib import Path
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from kb.backends import open_embedder
from kb.catalog.rows import Fingerprint, section_names, to_store
from kb.catch_up import embed_headings
from kb.embedders import embedded_text
from kb.embedders.built_in import SKETCH_BYTES
from kb.home import Home
from kb.knowledge import KnowledgeBase, open_knowledge_base
from kb.settings import BUILT_IN, Settings
from kb.text import language, terms, words
from kb.types import Anchor, Document, Passage
from retrieval.question.question import weigh
from retrieval.search.search import search
from tests.bench.sets import Corpus, Piece

_BATCH = 256
Encode = Callable[[Sequence[str]], NDArray[np.float32]]


class Leg(Protocol):
    """One way of searching. `build` is called once for each corpus, before its questions."""

    name: str

    def build(self, corpus: Corpus) -> None:
        """Index the passages of a corpus in place of those before."""

    def search(self, question: str, k: int) -> list[str]:
        """The ids of the best `k` passages, best first."""


def text_of(piece: Piece) -> str:
    """What all legs and peers get of a passage: where it stands, what it follows and what it says."""
    around = (*piece.headings, piece.context) if piece.context else piece.headings
    return embedded_text(piece.title, around, piece.text)


@dataclass(frozen=True, slots=True)
class Workshop:
    """Where corpora are stored and vectors kept: a folder that may serve again, and one for this
    run.
    """

    cache: Path
    temporary: Path
    settings: Settings

    def vectors(self, corpus: Corpus, name: str, encode: Encode) -> NDArray[np.float32]:
        """The vectors of a corpus by the model of that name: read where they were kept, else made
        and kept.
        """
        path = self.cache / f"{name.replace('/', '-')}-{corpus.key}.npy"
        if not path.exists():
            texts = [text_of(piece) for piece in corpus.pieces]
            parts = [
                encode(texts[begin : begin + _BATCH]) for begin in range(0, len(texts), _BATCH)
            ]
            with tempfile.NamedTemporaryFile(dir=self.cache, delete=False) as file:
                np.save(file, np.concatenate(parts))
            Path(file.name).replace(path)
        found: NDArray[np.float32] = np.load(path)
        return found

    def knowledge_base(self, corpus: Corpus) -> KnowledgeBase:
        """The corpus as a knowledge base: its own home where it was ingested, else stored as ingest
        stores it.
        """
        if corpus.home is not None:
            return open_knowledge_base(Home(corpus.home), self.settings)
        home = Home(self.temporary / f"home-{corpus.key}")
        if home.exists():
            return open_knowledge_base(home, self.settings)
        embedder = open_embedder(self.settings)
        vectors = self.vectors(corpus, embedder.name, embedder.passages)
        return store(corpus, vectors, home, self.settings, embedder.name)


def store(
    corpus: Corpus, vectors: NDArray[np.float32], home: Home, settings: Settings, embedder: str
) -> KnowledgeBase:
    """A document for each of the corpus's, a passage for each piece, with vectors made before."""
    kb = open_knowledge_base(home, settings, create=True)
    begin = 0
    for name, grouped in groupby(corpus.pieces, key=lambda piece: piece.document):
        pieces = list(grouped)
        document = Document(
            name, name, f"/{name}", pieces[0].title, "doc", language(pieces[0].text)
        )
        passages = [
            Passage(p.id, name, number, p.text, p.headings, language(p.text), Anchor("lines", 1, 1))
            for number, p in enumerate(pieces)
        ]
        fingerprint = Fingerprint(name, 1, 1, name, "{}")
        none = np.zeros((len(pieces), SKETCH_BYTES), np.int8)
        kb.catalog.replace(to_store(document, passages), fingerprint, none, "now")
        kb.catalog.fill(
            [piece.id for piece in pieces], vectors[begin : begin + len(pieces)], embedder
        )
        begin += len(pieces)
    if kb.embedder is not None:
        names = (section_names(piece.title, piece.headings, 0) for piece in corpus.pieces)
        embed_headings(kb.catalog, kb.embedder, set(chain.from_iterable(names)))
    kb.index.catch_up()
    return kb


class Words:
    """The lexical leg alone."""

    name = "words"

    def __init__(self, workshop: Workshop) -> None:
        self._workshop = workshop

    def build(self, corpus: Corpus) -> None:
        self._kb = self._workshop.knowledge_base(corpus)

    def search(self, question: str, k: int) -> list[str]:
        weighed = weigh(self._kb, question)
        return [
            pid
            for pid, _ in self._kb.index.search_words(weighed.weights or words(question), k, None)
        ]


class Widened:
    """The lexical leg alone, with the question put in the other language too; of the two, the
    better score counts.
    """

    name = "words widened"

    def __init__(self, workshop: Workshop) -> None:
        self._workshop = workshop

    def build(self, corpus: Corpus) -> None:
        self._kb = self._workshop.knowledge_base(corpus)
        self._glossary = self._kb.glossary

    def search(self, question: str, k: int) -> list[str]:
        from retrieval.facts.translation import widen

        put = widen(question, ("zh", "en"), self._glossary).values() if self._glossary else ()
        best: dict[str, float] = {}
        for asked in (
            terms(question) or words(question),
            *([group.ways for group in groups] for groups in put),
        ):
            for pid, score in self._kb.index.search_words(asked, k, None):
                best[pid] = max(score, best.get(pid, 0.0))
        return sorted(best, key=lambda pid: (-best[pid], pid))[:k]


class Vectors:
    """An encoder alone: the exact nearest by cosine. `question` encodes one question."""

    def __init__(
        self,
        workshop: Workshop,
        name: str,
        key: str,
        passages: Encode,
        question: Callable[[str], NDArray[np.float32]],
    ) -> None:
        self.name = name
        self._workshop, self._key, self._passages, self._question = (
            workshop,
            key,
            passages,
            question,
        )

    def build(self, corpus: Corpus) -> None:
        self._ids = [piece.id for piece in corpus.pieces]
        self._vectors = self._workshop.vectors(corpus, self._key, self._passages)

    def search(self, question: str, k: int) -> list[str]:
        return [pid for pid, _ in self.scored(question, k)]

    def scored(self, question: str, k: int) -> list[tuple[str, float]]:
        """The best `k` with their cosines."""
        scores = self._vectors @ self._question(question)
        best = np.argpartition(-scores, min(k, len(scores) - 1))[:k]
        return [
            (self._ids[row], float(scores[row]))
            for row in best[np.argsort(-scores[best], kind="stable")]
        ]


class Fused:
    """All legs, by `retrieval.search.search.search`, as the commands search."""

    name = "fused"

    def __init__(self, workshop: Workshop) -> None:
        self._workshop = workshop

    def build(self, corpus: Corpus) -> None:
        self._kb = self._workshop.knowledge_base(corpus)

    def search(self, question: str, k: int) -> list[str]:
        return [hit.passage.id for hit in search(self._kb, weigh(self._kb, question), limit=k).hits]


def _embedder_leg(workshop: Workshop, name: str) -> Leg:
    embedder = open_embedder(Settings(embedder=name))
    return Vectors(workshop, name, embedder.name, embedder.passages, embedder.question)


def legs() -> Mapping[str, Callable[[Workshop], Leg]]:
    """How to make each of our legs, by name."""
    return {
        "words": Words,
        **({"widened": Widened} if find_spec("retrieval.facts.translation") else {}),
        **{name: _named(name) for name in BUILT_IN},
        "fused": Fused,
    }


def _named(name: str) -> Callable[[Workshop], Leg]:
    return lambda workshop: _embedder_leg(workshop, name)
