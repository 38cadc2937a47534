"""What reviewers do, for tests of what comes of it: decisions and curated entries, straight into the journal."""

from __future__ import annotations

from contextlib import closing, contextmanager

from ingest.curated import publish
from kb.home import Home
from kb.journal import Journal
from kb.knowledge import open_knowledge_base
from kb.settings import Settings


@contextmanager
def journal_of(kb):
    """The journal of a test's `kb`."""
    with closing(Journal(Home(kb.home).journal)) as journal:
        yield journal


@contextmanager
def faq_of(kb):
    """Its curated FAQ; what is done to it is searchable afterwards."""
    with journal_of(kb) as journal:
        yield journal.faq
        publish(open_knowledge_base(Home(kb.home), Settings(embedder=kb.embedder)), journal)


def decide(kb, exchange, kind):
    """A reviewer's decision on an exchange."""
    with journal_of(kb) as journal:
        return journal.reviews.decide(exchange, kind, by="Rita")


def vote(kb, exchange, *values, correct=None):
    """Verdicts on an exchange, one after the other."""
    with journal_of(kb) as journal:
        for value in values:
            journal.add_verdict(exchange, value, correct=correct)
