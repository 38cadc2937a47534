"""What reviewers do, for tests of what comes of it: decisions and curated entries, straight into
the journal.

These tests run many commands on small homes, where starting a process takes ten times as long as
the command.
"""

from __future__ import annotations

import io
import json
from contextlib import closing, contextmanager, redirect_stderr, redirect_stdout
from dataclasses import dataclass
from unittest import mock

from cli import context
from cli.main import main
from ingest.faq_entries import publish
from kb.home import Home
from kb.journal import Journal
from kb.knowledge import open_knowledge_base
from kb.settings import Settings


@dataclass(frozen=True)
class Ran:
    """A command that ended."""

    code: int
    out: str
    err: str

    @property
    def json(self):
        return json.loads(self.out)


class Here:
    """A `kb` whose commands run in this process; `started` runs them in one of their own."""

    def __init__(self, kb):
        self.started, self.home, self.embedder = kb, kb.home, kb.embedder

    def __call__(self, *arguments, env=None):
        out, err = io.StringIO(), io.StringIO()
        context._said.clear()
        environment = mock.patch.dict("os.environ", self.started.environment(env), clear=True)
        with environment, redirect_stdout(out), redirect_stderr(err):
            code = main([str(argument) for argument in arguments])
        return Ran(code, out.getvalue(), err.getvalue())


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
