"""The lexical projection: a tantivy index over title, headings, body and context, cut into words by
`kb.text`.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from math import log
from pathlib import Path

import tantivy

from kb.catalog.rows import Entry
from kb.projections import Scored, translated
from kb.types import Phrase, Ways

# The context's: 0.25 to 0.75 do alike in `python -m tests.bench.splitting`, and better than none.
# Boosts of the fields, and how much a term's weaker fields add to its best one. `python -m
# tests.bench.splitting`.
BOOSTS = {"title": 1.5, "headings": 1.2, "body": 1.0, "context": 0.5}
TIE_BREAKER = 0.3
_HEAP_BYTES = 64_000_000
_WORDS = "words"


class Lexical:
    """Words of passages with BM25 scores. Commits are atomic: a killed process leaves the last one."""

    name = "lexical"

    def __init__(self, folder: Path) -> None:
        with translated(self.name):
            folder.mkdir(parents=True, exist_ok=True)
            self._writer: tantivy.IndexWriter | None = None
            self._schema = _schema()
            self._index = tantivy.Index(self._schema, path=str(folder))
            # Words come cut and joined by spaces: one analysis for index and questions, whatever
            # the language.
            analyzer = tantivy.TextAnalyzerBuilder(tantivy.Tokenizer.whitespace()).build()
            self._index.register_tokenizer(_WORDS, analyzer)

    def apply(self, puts: Sequence[Entry], deletes: Sequence[str]) -> None:
        """Upsert and delete in one atomic commit."""
        with translated(self.name):
            if self._writer is None:
                self._writer = self._index.writer(_HEAP_BYTES, 1)
            for passage_id in (*deletes, *(entry.id for entry in puts)):
                self._writer.delete_documents_by_term("id", passage_id)
            for entry in puts:
                self._writer.add_document(_document(entry))
            self._writer.commit()
            self._index.reload()

    def search(
        self,
        question: Sequence[str | Ways],
        limit: int,
        within: Collection[str] | None = None,
        boosts: Mapping[str, float] | None = None,
    ) -> Scored:
        """The best passages by BM25 for what a question asks, only among the ids `within` when
        given.

        Each thing asked is an index word, or several ways to say it, of which the best that a
        passage holds counts. `boosts` multiply those of the fields.
        """
        if not question or (within is not None and not within):
            return []
        with translated(self.name):
            searcher = self._index.searcher()
            fields = {
                field: boost * (boosts or {}).get(field, 1.0) for field, boost in BOOSTS.items()
            }
            queries = [
                self._term_query(term, fields)
                if isinstance(term, str)
                else self._best(searcher, term, fields)
                for term in question
            ]
            query = tantivy.Query.boolean_query([(tantivy.Occur.Should, part) for part in queries])
            if within is not None:
                allowed = tantivy.Query.term_set_query(self._schema, "id", list(within))
                only = tantivy.Query.boost_query(tantivy.Query.const_score_query(allowed, 0.0), 0.0)
                query = tantivy.Query.boolean_query(
                    [(tantivy.Occur.Must, query), (tantivy.Occur.Must, only)]
                )
            hits = searcher.search(query, limit, count=False).hits
            return [(str(searcher.doc(address)["id"][0]), float(score)) for score, address in hits]

    def document_frequency(self, question: Sequence[str]) -> dict[str, int]:
        """In how many passages each word stands, in whichever field has most of them."""
        with translated(self.name):
            return _frequencies(self._index.searcher(), question)

    def holders(self, question: Sequence[str], limit: int) -> dict[str, list[str]]:
        """Up to `limit` passages that hold each word."""
        return {word: [pid for pid, _ in self.search([word], limit)] for word in question}

    def ids(self) -> set[str]:
        """The ids of all passages held."""
        with translated(self.name):
            searcher = self._index.searcher()
            hits = searcher.search(
                tantivy.Query.all_query(), max(1, searcher.num_docs), count=False
            ).hits
            return {str(searcher.doc(address)["id"][0]) for _, address in hits}

    def count(self) -> int:
        """How many passages are held."""
        with translated(self.name):
            return int(self._index.searcher().num_docs)

    def close(self) -> None:
        """Finish merging what was written, and let go of tantivy's own lock."""
        writer, self._writer = self._writer, None
        if writer is not None:
            with translated(self.name):
                writer.wait_merging_threads()

    def _term_query(self, word: str, fields: Mapping[str, float]) -> tantivy.Query:
        queries = [
            tantivy.Query.boost_query(tantivy.Query.term_query(self._schema, field, word), boost)
            for field, boost in fields.items()
        ]
        return tantivy.Query.disjunction_max_query(queries, TIE_BREAKER)

    def _best(
        self, searcher: tantivy.Searcher, ways: Ways, fields: Mapping[str, float]
    ) -> tantivy.Query:
        """The best of several ways counts. None is worth more for being rare than all together are
        (Pirkola 1998).
        """
        total = searcher.num_docs
        frequency = _frequencies(searcher, {word for phrase in ways for word in phrase})
        holding = {phrase: min(frequency[word] for word in phrase) for phrase in ways}
        together = _idf(sum(weight * holding[phrase] for phrase, weight in ways.items()), total)
        queries = []
        for phrase, weight in ways.items():
            if holding[phrase]:
                alone = sum(_idf(frequency[word], total) for word in phrase)
                worth = weight * min(1.0, together / alone)
                queries.append(tantivy.Query.boost_query(self._all(phrase, fields), worth))
        return (
            tantivy.Query.disjunction_max_query(queries, 0.0)
            if queries
            else tantivy.Query.empty_query()
        )

    def _all(self, phrase: Phrase, fields: Mapping[str, float]) -> tantivy.Query:
        """Every word of a phrase, wherever. Positions would make the index half as large again."""
        queries = [self._term_query(word, fields) for word in phrase]
        return (
            queries[0]
            if len(queries) == 1
            else tantivy.Query.boolean_query([(tantivy.Occur.Must, q) for q in queries])
        )


def _frequencies(searcher: tantivy.Searcher, words: Collection[str]) -> dict[str, int]:
    """In how many passages each word stands, in whichever field has most of them."""
    return {word: max(searcher.doc_freq(field, word) for field in BOOSTS) for word in words}


def _idf(holding: float, total: int) -> float:
    """The inverse document frequency of BM25; never 0."""
    return log(1 + (max(0.0, total - holding) + 0.5) / (holding + 0.5))


def _schema() -> tantivy.Schema:
    builder = tantivy.SchemaBuilder()
    builder.add_text_field("id", stored=True, tokenizer_name="raw", index_option="basic")
    for field in BOOSTS:
        builder.add_text_field(field, tokenizer_name=_WORDS, index_option="freq")
    return builder.build()


def _document(entry: Entry) -> tantivy.Document:
    document = tantivy.Document()
    document.add_text("id", entry.id)
    for field, cut in zip(BOOSTS, entry.words, strict=True):
        document.add_text(field, cut)
    return document
