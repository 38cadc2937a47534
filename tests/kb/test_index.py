"""The projections follow the catalog, whatever happened before."""

from __future__ import annotations

import random
from pathlib import Path

import numpy as np
import pytest

from kb.backends import open_embedder
from kb.catalog.rows import Fingerprint, to_store
from kb.catch_up import catch_up, fill_in, reindex
from kb.embedders import embedded_text
from kb.embedders.built_in import sketches
from kb.errors import KbError
from kb.home import Home
from kb.index_words import index_words
from kb.journal import Journal
from kb.knowledge import KnowledgeBase, open_knowledge_base
from kb.projections import PROJECTIONS
from kb.settings import Settings, load
from kb.types import Anchor, Document, Passage

STATIC = open_embedder(Settings(embedder="static"))
WORDS = "equity vesting cliff runway pricing pilot 股权 融资 定价 种子 用户 合同".split()


@pytest.fixture
def kb(tmp_path: Path) -> KnowledgeBase:
    home = Home(tmp_path / "home")
    return open_knowledge_base(
        home, load(home.path, {"KB_EMBEDDER": "static"}).settings, create=True
    )


def put(kb: KnowledgeBase, name: str, texts: list[str], title: str = "Guide") -> None:
    document = Document(f"d_{name}", name, f"/{name}", title, "doc", "en")
    passages = [
        Passage(f"p_{name}_{hash_(text)}", document.id, i, text, (), "en", Anchor("lines", 1, 1))
        for i, text in enumerate(texts)
    ]
    rows = sketches(STATIC.passages([embedded_text(title, (), text) for text in texts]))
    fingerprint = Fingerprint(document.id, 1, 1, "content", "{}")
    kb.catalog.replace(to_store(document, passages), fingerprint, rows, "2026-01-01T00:00:00Z")


def hash_(text: str) -> str:
    return text.encode().hex()[:40]


def state(kb: KnowledgeBase) -> list[set[str]]:
    """The ids that each projection holds, read from its files by a fresh opening."""
    again = open_knowledge_base(kb.home, kb.settings)
    assert [finding.problem for finding in again.index.check()] == ["", ""]
    return [again.index._serving(name).ids() for name in PROJECTIONS]


@pytest.mark.parametrize("seed", range(4))
def test_after_any_changes_both_projections_hold_just_what_the_catalog_holds(kb, seed):
    randomly = random.Random(seed)
    names = [f"{letter}.md" for letter in "abcde"]
    for _ in range(25):
        name = randomly.choice(names)
        if randomly.random() < 0.3:
            kb.catalog.remove([f"d_{name}"])
        else:
            texts = {
                f"{randomly.choice(WORDS)} {randomly.choice(WORDS)} {randomly.randint(0, 9)}"
                for _ in range(randomly.randint(1, 5))
            }
            put(kb, name, sorted(texts), title=randomly.choice(["Guide", "Handbook"]))
        if randomly.random() < 0.4:
            kb.index.catch_up()
        if randomly.random() < 0.4:
            fill_in(kb, seconds=randomly.choice([0.0, None]))
    kb.index.catch_up()
    fill_in(kb)
    assert state(kb) == [kb.catalog.passage_ids()] * 2
    assert kb.catalog.pending() == 0


def test_an_edit_only_sends_what_changed(kb):
    put(kb, "a.md", ["shares vest", "prices rise", "teams grow"])
    kb.index.catch_up()
    before = kb.catalog.last_seq()
    put(kb, "a.md", ["shares vest", "prices fall", "teams grow"])
    assert kb.catalog.last_seq() - before == 2  # the old sentence out, the new one in
    put(kb, "a.md", ["shares vest", "prices fall", "teams grow"], title="Renamed")
    assert kb.catalog.last_seq() - before == 5  # the title is searched too


def test_a_new_title_is_found_and_an_old_one_is_not(kb):
    put(kb, "a.md", ["shares vest"], title="Cliffs")
    kb.index.catch_up()
    put(kb, "a.md", ["shares vest"], title="Ladders")
    kb.index.catch_up()
    assert kb.index.search_words(index_words("Cliffs", (), "")[0].split(), 5, None) == []
    assert len(kb.index.search_words(index_words("Ladders", (), "")[0].split(), 5, None)) == 1


def test_a_passage_that_the_outbox_names_twice_is_there_once(kb):
    put(kb, "a.md", ["shares vest"])
    kb.catalog.remove(["d_a.md"])
    put(kb, "a.md", ["shares vest"])
    kb.index.catch_up()
    fill_in(kb)
    assert [len(ids) for ids in state(kb)] == [1, 1]


def test_a_filter_may_name_passages_that_the_indexes_do_not_have_yet(kb):
    put(kb, "a.md", ["shares vest"])
    kb.index.catch_up()
    fill_in(kb)
    put(kb, "b.md", ["shares vest slowly"])  # as another process would, in the middle of its ingest
    within = kb.catalog.matching([("kind", "doc")])
    assert within is not None
    assert len(within) == 2
    assert [pid for pid, _ in kb.index.search_vector(STATIC.question("shares"), 5, within)] == [
        f"p_a.md_{hash_('shares vest')}"
    ]
    assert [finding.problem for finding in kb.index.check()] == [
        "1 passages missing, 0 too many",
        "",
    ]


def test_reindexing_serves_the_same_answers(kb):
    for name in ("a.md", "b.md", "c.md"):
        put(kb, name, [f"{name} {word}" for word in WORDS])
    kb.index.catch_up()
    fill_in(kb)
    vector = STATIC.question("股权 vesting")
    before = kb.index.search_vector(vector, 5, None)
    folders = {folder.name for folder in kb.home.indexes.iterdir()}
    assert reindex(kb) == 3 * len(WORDS)
    assert {folder.name for folder in kb.home.indexes.iterdir()}.isdisjoint(folders)
    again = open_knowledge_base(kb.home, kb.settings)
    after = again.index.search_vector(vector, 5, None)
    assert [score for _, score in after] == pytest.approx([score for _, score in before], abs=1e-5)


def test_vectors_come_back_from_the_catalog_as_they_were_put_in(kb):
    put(kb, "a.md", ["shares vest"])
    fill_in(kb)
    (vector,) = kb.catalog.vectors(kb.catalog.passage_ids(), STATIC.name).values()
    np.testing.assert_array_equal(vector, STATIC.passages(["Guide\nshares vest"])[0])


def test_an_edit_keeps_the_vectors_of_what_stayed(kb):
    put(kb, "a.md", ["shares vest", "prices rise", "teams grow"])
    kb.index.catch_up()
    fill_in(kb)
    put(kb, "a.md", ["shares vest", "prices fall", "teams grow"])
    kb.index.catch_up()
    assert kb.catalog.unfilled_count() == 1
    before = kb.index.search_vector(STATIC.question("prices"), 5, None)
    assert hash_("prices rise") not in str(
        before
    )  # gone at once, not only when the new sentence has its vector
    fill_in(kb)
    assert kb.index.search_vector(STATIC.question("Guide prices fall"), 1, None)[0][0].endswith(
        hash_("prices fall")
    )


def test_filling_in_goes_on_where_it_was_interrupted(kb, monkeypatch):
    for name in "abc":
        put(kb, name, [f"{name} {word} {n}" for word in WORDS for n in range(10)])
    kb.index.catch_up()
    interrupted = iter([None, KeyboardInterrupt()])

    def stopping(done: int, total: int) -> None:
        if error := next(interrupted):
            raise error

    with pytest.raises(KeyboardInterrupt):
        fill_in(kb, stopping)
    left = kb.catalog.unfilled_count()
    assert 0 < left < 3 * 10 * len(WORDS)
    again = open_knowledge_base(kb.home, kb.settings)
    catch_up(again)
    assert again.catalog.unfilled_count() == 0
    assert state(again) == [again.catalog.passage_ids()] * 2


def test_catching_up_is_bounded_and_the_next_one_goes_on(kb, monkeypatch):
    put(kb, "a.md", [f"{word} {n}" for word in WORDS for n in range(3)])
    monkeypatch.setattr("kb.index._BATCH", 10)
    left = [kb.catalog.pending()]
    while left[-1]:
        kb.index.catch_up(seconds=0)
        left.append(kb.catalog.pending())
        assert left[-2] - left[-1] <= 10
    assert len(left) > 3
    assert state(kb)[PROJECTIONS.index("lexical")] == kb.catalog.passage_ids()


def test_what_catching_up_leaves_is_said(kb, monkeypatch):
    said = []
    kb = open_knowledge_base(kb.home, kb.settings, said.append)
    put(kb, "a.md", [f"{word} {n}" for word in WORDS for n in range(3)])
    monkeypatch.setattr("kb.index._BATCH", 10)
    monkeypatch.setattr("kb.catch_up.MOMENT", 0)
    catch_up(kb)
    assert said == [
        "26 changes of an interrupted run are not searchable yet; the next command goes on"
    ]
    while kb.catalog.pending() or kb.catalog.unfilled_count():
        catch_up(kb)
    assert state(kb) == [kb.catalog.passage_ids()] * 2


def test_reindexing_leaves_nothing_waiting(kb):
    put(kb, "a.md", ["shares vest", "prices rise"])
    kb.index.catch_up()
    fill_in(kb)
    put(kb, "b.md", ["teams grow"])
    reindex(kb)  # of the same embedder, while some passages wait
    assert kb.catalog.unfilled_count() == 0
    assert state(kb) == [kb.catalog.passage_ids()] * 2


def test_an_interrupted_reindex_keeps_what_it_made_and_the_old_index_serving(kb, monkeypatch):
    put(kb, "a.md", [f"{word} {n}" for word in WORDS for n in range(30)])
    kb.index.catch_up()
    fill_in(kb)
    other = open_knowledge_base(kb.home, load(kb.home.path, {"KB_EMBEDDER": "builtin"}).settings)
    calls = iter(range(9))

    def stopping(done: int, total: int) -> None:
        if next(calls) == 1:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        reindex(other, stopping)
    assert other.catalog.serving() == "static-1"
    assert len(kb.index.search_vector(STATIC.question("runway"), 5, None)) == 5
    first: list[int] = []
    reindex(other, lambda done, total: first.append(done))
    assert first[0] > 0  # what was made before was not made again
    assert other.catalog.serving() == "builtin-1"
    assert state(other) == [other.catalog.passage_ids()] * 2


def test_a_catalog_of_a_newer_version_is_left_alone(kb):
    kb.catalog._db.execute("PRAGMA user_version = 999")
    with pytest.raises(KbError, match="newer"):
        open_knowledge_base(kb.home, kb.settings)


def test_the_journal_refuses_what_it_does_not_know(tmp_path):
    journal = Journal(tmp_path / "journal.sqlite3")
    with pytest.raises(KbError, match="no exchange"):
        journal.exchange("x_unknown")
    with pytest.raises(KbError, match="nothing was asked"):
        journal.last("tty-1")
