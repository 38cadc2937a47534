"""The development sets: passages, questions, and which passages are right for each."""

from __future__ import annotations

import json
import random
import sys
from collections import Counter, defaultdict
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache, partial
from hashlib import blake2b
from pathlib import Path
from time import perf_counter
from typing import Any

from opencc import OpenCC

from kb.catalog import Catalog
from kb.home import Home
from kb.knowledge import KnowledgeBase, open_knowledge_base
from kb.settings import Settings
from kb.text import flat, normalise, shingles, words
from retrieval.evaluation import resolve_source
from retrieval.facts.text import overlaps
from tests.bench.data import CMRC, DRCD, SQUAD, need, squad_like
from tests.bench.sections import Found, Page, pair_up, questions, read_pages

PARAPHRASES = Path(__file__).with_name("paraphrases.jsonl")
_ALIKE = 0.8  # shared word pairs from which two passages say the same


@dataclass(frozen=True, slots=True)
class Piece:
    """A passage: what every leg is given of it."""

    id: str
    document: str
    title: str
    headings: tuple[str, ...]
    text: str
    context: str = ""


@dataclass(frozen=True, slots=True)
class Query:
    """A question and the ids of the passages that are right, any one of them enough."""

    text: str
    gold: frozenset[str]


@dataclass(frozen=True, slots=True)
class Corpus:
    """Passages that are searched together. `home` is where they are ingested, when they came
    through ingest.
    """

    pieces: tuple[Piece, ...]
    home: Path | None = None

    @property
    def key(self) -> str:
        """A name for exactly these passages."""
        digest = blake2b(digest_size=8)
        for each in self.pieces:
            digest.update(
                "\0".join(
                    (each.id, each.title, *each.headings, each.context, each.text, "\n")
                ).encode()
            )
        return digest.hexdigest()


@dataclass(frozen=True, slots=True)
class Set:
    """A development set. `about` says what is asked and what is searched."""

    name: str
    about: str
    corpus: Corpus
    queries: tuple[Query, ...]

    def sample(self, size: int, seed: int) -> list[Query]:
        """Up to `size` of the questions, the same ones for a seed."""
        return (
            list(self.queries)
            if size >= len(self.queries)
            else random.Random(seed).sample(self.queries, size)
        )


# --- questions and paragraphs ---------------------------------------------------------------------


def _paragraphs(name: str, about: str, path: str, change: Callable[[str], str] = str) -> Set:
    (file,) = need(path)
    data = squad_like(file)
    pieces = tuple(
        Piece(f"p_{article}_{number}", f"d_{article}", change(title), (), change(text))
        for article, (title, paragraphs) in enumerate(data.articles)
        for number, text in enumerate(paragraphs)
    )
    queries = tuple(
        Query(change(each.text), frozenset({f"p_{each.article}_{each.paragraph}"}))
        for each in data.questions
    )
    return Set(name, about, Corpus(pieces), queries)


@lru_cache(maxsize=1)
def _t2s() -> OpenCC:
    return OpenCC("t2s")


def _in_simplified(text: str) -> str:
    return _t2s().convert(text)


# --- sentences ------------------------------------------------------------------------------------


def _sentences(name: str, about: str, asked: str, searched: str) -> Set:
    (folder,) = need("qa/tatoeba_laser/data/tatoeba/v1")
    ours, theirs = (
        (folder / f"tatoeba.cmn-eng.{each}").read_text("utf-8").splitlines()
        for each in (asked, searched)
    )
    same: dict[str, set[str]] = defaultdict(set)
    for number, text in enumerate(theirs):
        same[text].add(f"p_{number}")
    pieces = tuple(
        Piece(f"p_{number}", f"d_{number}", "", (), text) for number, text in enumerate(theirs)
    )
    queries = tuple(
        Query(text, frozenset(same[other])) for text, other in zip(ours, theirs, strict=True)
    )
    return Set(name, about, Corpus(pieces), queries)


# --- sections of translated pages -----------------------------------------------------------------

_BOTH = {
    "opensource_guide": [("docs/opensource_guide/zh-hans", "docs/opensource_guide/en")],
    # Most cloud pages repeat the self-hosted ones.
    "dify": [
        (f"docs/dify_docs_zh_en/zh/{part}", f"docs/dify_docs_zh_en/en/{part}")
        for part in ("cloud", "self-host")
    ],
    "milvus": [("faq/milvus_zh_en/site/zh-CN", "faq/milvus_zh_en/site/en")],
}


def _sides(name: str) -> tuple[list[Found], list[Found]]:
    pages: tuple[dict[str, Page], dict[str, Page]] = ({}, {})
    for folders in _BOTH[name]:
        for side, folder in zip(pages, need(*folders), strict=True):
            side.update(read_pages(folder))
    return pair_up(*pages)


def _section_sets(name: str) -> list[Set]:
    zh, en = _sides(name)
    told = "a heading finds the section's translation"
    return [
        _section_set(
            f"{name} zh→en",
            f"{told} among all English ones",
            _sections({"en": en}),
            _asked(zh, en, {"en": en}),
        ),
        _section_set(
            f"{name} en→zh",
            f"{told} among all Chinese ones",
            _sections({"zh": zh}),
            _asked(en, zh, {"zh": zh}),
        ),
    ]


def _section_set(name: str, about: str, corpus: Corpus, queries: Sequence[Query]) -> Set:
    """A set in which a section that repeats the right one, as on a page for another edition, is
    right too.
    """
    golds = _with_repeats(corpus.pieces, [query.gold for query in queries])
    return Set(
        name,
        about,
        corpus,
        tuple(Query(q.text, gold) for q, gold in zip(queries, golds, strict=True)),
    )


def _mixed_sets() -> list[Set]:
    """Headings as questions; sections without their own heading as passages, in one language or in
    both.
    """
    sides: dict[str, list[Found]] = {"zh": [], "en": []}
    for name in _BOTH:
        for side, found in zip(sides.values(), _sides(name), strict=True):
            side += [replace(each, key=f"{name}/{each.key}") for each in found]
    sets = []
    for asked, other in (("zh", "en"), ("en", "zh")):
        for over in (("zh",), ("en",), ("zh", "en")):
            there = {lang: sides[lang] for lang in over}
            told = f"a heading in {asked} finds the text below it, or its translation, among those in {' and '.join(over)}"
            queries = _asked(sides[asked], sides[other], there)
            corpus = _sections(there, own_heading=False)
            sets.append(_section_set(f"mixed {asked}→{'+'.join(over)}", told, corpus, queries))
    return sets


def _sections(sides: Mapping[str, Sequence[Found]], *, own_heading: bool = True) -> Corpus:
    """The sections of some languages as passages."""
    return Corpus(
        tuple(
            Piece(
                f"{lang}/{each.key}",
                f"{lang}/{each.key.partition('#')[0]}",
                each.page.title,
                each.headings if own_heading else each.headings[:-1],
                each.section.body.strip(),
            )
            for lang, found in sides.items()
            for each in found
        )
    )


def _asked(
    own: Sequence[Found], other: Sequence[Found], sides: Mapping[str, Sequence[Found]]
) -> tuple[Query, ...]:
    """The questions; right is the section of that key in any language searched, and what repeats it
    word for word.
    """
    same: dict[tuple[str, str], set[str]] = defaultdict(set)
    texts = {
        (lang, each.key): normalise(flat(each.section.body))
        for lang, found in sides.items()
        for each in found
    }
    for (lang, key), text in texts.items():
        same[lang, text].add(f"{lang}/{key}")
    return tuple(
        Query(question, frozenset().union(*(same[lang, texts[lang, key]] for lang in sides)))
        for question, key in questions(own, other)
    )


# --- paraphrases ----------------------------------------------------------------------------------

_PARAPHRASED = (
    "docs/opensource_guide",
    "docs/todogroup_guides/content/en",
    "docs/todogroup_guides/content/zh-CN",
    "transcripts/changelog",
    "transcripts/bitcoin",
)


def _paraphrase_sets(home: Path, embedder: str) -> list[Set]:
    """Questions in founders' own words, over files that come through ingest as users' files do."""
    if not PARAPHRASES.exists():
        raise Missing(f"{PARAPHRASES.name} is not there")
    kb = open_knowledge_base(Home(home), Settings(embedder=embedder), create=True)
    _ingest(kb)
    documents = {document.id: document for document, _, _ in kb.catalog.overview()}
    listed = sorted(
        kb.catalog.passages(kb.catalog.passage_ids()).values(),
        key=lambda p: (p.document, p.ordinal),
    )
    pieces = tuple(
        Piece(
            p.id,
            documents[p.document].source,
            documents[p.document].title,
            p.headings,
            p.text,
            getattr(p, "context", ""),
        )
        for p in listed
    )
    corpus = Corpus(pieces, home)
    given = [
        json.loads(line) for line in PARAPHRASES.read_text("utf-8").splitlines() if line.strip()
    ]
    golds = _with_repeats(pieces, [_found(kb.catalog, pieces, each) for each in given])
    kb.catalog.close()
    asked: dict[str, list[Query]] = defaultdict(list)
    for each, gold in zip(given, golds, strict=True):
        if gold:
            asked[each["lang"]].append(Query(each["question"], gold))
        else:
            print(f"paraphrase {each['id']}: no passage holds its gold", file=sys.stderr)
    told = "founders' questions without the passages' words, over guides and interviews in both languages"
    return [
        Set(f"paraphrases {lang}", told, corpus, tuple(queries))
        for lang, queries in sorted(asked.items())
    ]


def _ingest(kb: KnowledgeBase) -> None:
    from ingest.pipeline import ingest

    began = perf_counter()
    done = ingest(kb, need(*_PARAPHRASED))
    print(
        f"ingested {done.added + done.updated} files in {perf_counter() - began:.0f} s",
        file=sys.stderr,
    )


def _found(catalog: Catalog, pieces: Sequence[Piece], case: Mapping[str, Any]) -> set[str]:
    """The passages that the golds of a case name."""
    found: set[str] = set()
    for gold in case["gold"]:
        source = resolve_source(catalog, gold["source"])
        quote = gold.get("quote") or ""
        of_it = [piece for piece in pieces if piece.document == source]
        found |= {piece.id for piece in of_it if not quote or overlaps(piece.text, quote)}
    return found


def _with_repeats(
    pieces: Sequence[Piece], golds: Sequence[Collection[str]]
) -> list[frozenset[str]]:
    """The golds with the passages that repeat them nearly word for word, as search shows only one
    of these.
    """
    by_id = {piece.id: piece for piece in pieces}
    pairs = {pid: shingles(words(by_id[pid].text)) for gold in golds for pid in gold}
    holders: dict[tuple[str, str], list[str]] = defaultdict(list)
    for pid, held in pairs.items():
        for pair in held:
            holders[pair].append(pid)
    repeats: dict[str, set[str]] = defaultdict(set)
    for piece in pieces:
        own = shingles(words(piece.text))
        shared = Counter(pid for pair in own for pid in holders.get(pair, ()))
        for pid, count in shared.items():
            if count >= _ALIKE * (len(own) + len(pairs[pid]) - count):
                repeats[pid].add(piece.id)
    return [frozenset(gold).union(*(repeats[pid] for pid in gold)) for gold in golds]


# --- all ------------------------------------------------------------------------------------------


class Missing(Exception):
    """A set or a leg that can't be had here, and why."""


def groups(work: Path, embedder: str) -> dict[str, Callable[[], list[Set]]]:
    """How to make each group of sets. What is ingested goes into `work`, for that embedder."""
    drcd = "questions and paragraphs of Wikipedia in Traditional Chinese"
    return {
        "cmrc2018": lambda: [
            _paragraphs("cmrc2018", "questions and paragraphs of Wikipedia in Chinese", CMRC)
        ],
        "drcd": lambda: [
            _paragraphs("drcd", drcd, DRCD),
            _paragraphs(
                "drcd simplified",
                "the same in Simplified Chinese, by OpenCC's t2s",
                DRCD,
                _in_simplified,
            ),
        ],
        "squad2": lambda: [
            _paragraphs("squad2", "answerable questions and all paragraphs, in English", SQUAD)
        ],
        "tatoeba": lambda: [
            _sentences("tatoeba zh→en", "a sentence finds its translation", "cmn", "eng"),
            _sentences("tatoeba en→zh", "a sentence finds its translation", "eng", "cmn"),
        ],
        **{name: partial(_section_sets, name) for name in _BOTH},
        "mixed": _mixed_sets,
        "paraphrases": lambda: _paraphrase_sets(work / f"ingested-{embedder}", embedder),
    }
