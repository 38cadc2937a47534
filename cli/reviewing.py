"""The review: one exchange after the other, one key for each decision, every decision kept before
the next is shown.
"""

from __future__ import annotations

import signal
import sys
import unicodedata
from collections import Counter, deque
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING

import click

from cli.context import notify
from cli.entry_editor import EntryFile
from cli.language import labelled, listed, translated
from cli.render import clip, out, out_wrapped
from cli.review_screen import show_case, show_help, show_keys
from kb.errors import KbError
from kb.journal.reviews import Overtaken, Undone, new_claimant
from kb.types import Decided, Decision
from retrieval.feedback import review
from retrieval.feedback import review_queue as queue
from retrieval.feedback.cited_sources import CitedSource, cited_sources
from retrieval.feedback.decisions import DECISIONS, outcome
from retrieval.feedback.review_queue import ReviewCase

if TYPE_CHECKING:
    from kb.journal import Journal
    from kb.knowledge import KnowledgeBase

_QUIT = "q"
_UNDO = DECISIONS["undo"].key
_ONE_KEY = 9  # sources that can be named by one


class Review:
    """One reviewer's session."""

    def __init__(
        self, kb: KnowledgeBase, journal: Journal, by: str | None, *, everything: bool = False
    ) -> None:
        self._kb = kb
        self._journal = journal
        self._by = by
        self._everything = everything
        self._claimant = new_claimant()  # one person may review in two terminals
        self._pending: deque[str] = deque()
        self._times: dict[str, int] = {}
        self._left: set[str] = set()  # skipped in this session
        self._made: list[Decision] = []
        self._begun: dict[str, EntryFile] = {}  # what was written and could not be kept
        self._shown = 0
        self._others: set[str] = set()  # what others looked at when it was their turn here

    def run(self, limit: int | None = None) -> None:
        """Show what is to be reviewed until nothing is left, `limit` decisions were made, or the
        reviewer quits.
        """
        with closing_is_interrupting():
            try:
                while self._one(limit):
                    pass
            finally:
                self._journal.reviews.release(self._claimant)
        self._sum_up()

    def _one(self, limit: int | None) -> bool:
        """Show the next exchange, or the end; False when the reviewer is done."""
        case = self._next() if limit is None or len(self._made) < limit else None
        if case is None:
            return self._end()
        sources = cited_sources(
            self._kb, case.exchange, self._journal.reviews.stale(case.exchange.id)
        )
        known = review.entry_of(self._journal, case)
        self._shown += 1
        show_case(case, sources, len(self._pending) + 1, known)
        return self._decided(case, sources)

    def _next(self) -> ReviewCase | None:
        """The next exchange that nobody else looks at; what came meanwhile follows when all else is
        done.
        """
        for again in (False, True):
            if again:
                cases = queue.queue(self._journal, self._by, everything=self._everything)
                self._times = {case.exchange.id: case.times for case in cases}
                self._pending = deque(
                    case.exchange.id for case in cases if case.exchange.id not in self._left
                )
                self._others.clear()
            while self._pending:
                name = self._pending.popleft()
                if name in self._left:
                    continue
                if not self._claimed(name):
                    self._others.add(name)
                    continue
                case = queue.case(self._journal, name)
                if not case.is_decided:
                    return replace(case, times=self._times.get(name, 1))
        return None

    def _claimed(self, name: str) -> bool:
        self._journal.reviews.release(self._claimant)
        return self._journal.reviews.claim(name, self._claimant)

    def _end(self) -> bool:
        """The queue is empty; the last decision may still be undone."""
        if not self._made:
            return False
        out()
        out_wrapped(translated(f"that was all: {_UNDO} undo · {_QUIT} quit"))
        click.echo("> ", nl=False)
        while (key := read_key()) not in (_UNDO, _QUIT, "\r", "\n"):
            pass
        return self._undone() if key == _UNDO else self._quit()

    def _decided(self, case: ReviewCase, sources: Sequence[CitedSource]) -> bool:
        """Take keys until one of them is done with the exchange; False to quit."""
        actions: dict[str, Callable[[], Decision | None]] = {
            row.key: partial(self._plain, case, kind) for kind, row in DECISIONS.items()
        }
        actions |= {
            DECISIONS["bad_source"].key: lambda: self._bad_source(case, sources),
            DECISIONS["promoted"].key: lambda: self._promoted(case, sources),
        }
        while True:
            show_keys()
            key = read_key()
            if key == _QUIT:
                return self._quit()
            if key == _UNDO:
                if self._undone(case):
                    return True
            elif key in actions:
                try:
                    decision = actions[key]()
                except Overtaken as error:
                    out(translated(str(error)))
                    return True
                except KbError as error:
                    out(translated(f"{error}; {error.hint}" if error.hint else str(error)))
                    continue
                if decision is not None:
                    self._keep(decision)
                    return True
            else:
                show_help()

    def _keep(self, decision: Decision) -> None:
        self._made.append(decision)
        if decision.kind == "skip":
            self._left.add(decision.exchange)

    def _plain(self, case: ReviewCase, kind: Decided) -> Decision:
        """Keep a decision that does nothing else."""
        decision = review.decide(self._journal, case, kind, self._by)
        out(translated(outcome(kind)))
        return decision

    def _bad_source(self, case: ReviewCase, sources: Sequence[CitedSource]) -> Decision | None:
        there = {source.n: source for source in sources if not source.changed}
        if not there:
            why = "no source is left to mark: what it rested on has changed, or there was none"
            out(translated(why))
            return None
        number = next(iter(there)) if len(there) == 1 else _number(sorted(there))
        if number not in there:
            out(translated("none of them; not marked"))
            return None
        decision = review.mark_bad_source(self._journal, case, there[number], self._by)
        out_wrapped(translated(review.bad_source_notice(self._journal, case, there[number])))
        return decision

    def _promoted(self, case: ReviewCase, sources: Sequence[CitedSource]) -> Decision | None:
        file = self._begun.pop(case.exchange.id, None) or _begin(self._journal, case, sources)
        out(translated("promote"))
        try:
            written = file.edit()
            if not written.answer:
                out(translated("not promoted"))
                file.remove()
                return None
            if not (written.saved or _agreed()):
                out(translated("not promoted"))
                self._set_aside(case, file)
                return None
            self._journal.reviews.claim(case.exchange.id, self._claimant)  # writing takes its time
            entry, decision = review.promote(
                self._kb, self._journal, case, sources, written.question, written.answer, self._by
            )
        except (KbError, KeyboardInterrupt):
            self._set_aside(case, file)
            raise
        file.remove()
        out(translated(review.promotion_notice(entry)))
        make_searchable(self._kb, self._journal)
        return decision

    def _set_aside(self, case: ReviewCase, file: EntryFile) -> None:
        """What was written waits for the exchange's next promotion."""
        if file.is_worth_keeping:
            self._begun[case.exchange.id] = file
            out_wrapped(translated(f"what you wrote is kept in {file.path}"))
        else:
            file.remove()

    def _undone(self, current: ReviewCase | None = None) -> bool:
        """Take the last decision back, and show its exchange again; False when there is none."""
        decision = self._made[-1] if self._made else review.last_decision(self._journal, self._by)
        if decision is None:
            out(translated("nothing to undo"))
            return False
        try:
            undo(self._kb, self._journal, decision, self._by)
        except KbError as error:
            out(translated(str(error)))
            if isinstance(error, Undone):
                self._forget(decision)
            return False
        self._forget(decision)
        self._left.discard(decision.exchange)
        for name in ([current.exchange.id] if current else []) + [decision.exchange]:
            with suppress(ValueError):  # it may wait already, as what was voted down since does
                self._pending.remove(name)
            self._pending.appendleft(name)
        return True

    def _forget(self, decision: Decision) -> None:
        if decision in self._made:
            self._made.remove(decision)

    def _quit(self) -> bool:
        out(translated("quit"))
        return False

    def _sum_up(self) -> None:
        if self._made:
            counts = Counter(translated(outcome(decision.kind)) for decision in self._made)
            out(translated("kept: ") + listed(f"{n} × {name}" for name, n in counts.items()))
        others = [name for name in self._others if not self._claimed(name)]
        self._journal.reviews.release(self._claimant)
        if not (self._made or self._shown or others):
            out(translated("nothing to review"))
        if others:
            out_wrapped(translated(f"{len(others)} more: others are looking at them now"))


def undo(kb: KnowledgeBase, journal: Journal, decision: Decision, by: str | None) -> None:
    """Undo a decision, tell the user, and withdraw the FAQ version that it made. Raises KbError."""
    stays = review.undo(journal, decision, by)
    kind, question = outcome(decision.kind), journal.exchange(decision.exchange).question
    out(labelled("undone", listed((translated(kind), clip(question, 60)))))
    if stays is not None:
        notice = f"{stays.id} was edited since, so it stays; take it out: kb faq remove {stays.id}"
        out_wrapped(translated(notice))
    elif decision.kind == "promoted":
        make_searchable(kb, journal)


def make_searchable(kb: KnowledgeBase, journal: Journal) -> None:
    """Bring the FAQ into the index. What fails now, the next command does: the decision is
    kept.
    """
    from ingest.faq_entries import publish

    try:
        publish(kb, journal)
    except (KbError, KeyboardInterrupt) as error:
        notify(f"kept, but not searchable yet; the next command goes on: {error or 'interrupted'}")


def read_key() -> str:
    """A key, as a lower-case letter where it is one; that to quit when the terminal is gone."""
    sys.stdout.flush()
    try:
        typed = click.getchar()
    except (
        EOFError,
        OSError,
        RuntimeError,
    ):  # the last is what click makes of a terminal that hung up
        return _QUIT
    return unicodedata.normalize("NFKC", typed).lower() if typed else _QUIT


def _number(numbers: Sequence[int]) -> int:
    """Which source: a key, or with Enter where there are more than keys; 0 for none."""
    out(translated(f"bad source: which one? {', '.join(map(str, numbers))}"))
    if numbers[-1] <= _ONE_KEY:
        click.echo("> ", nl=False)
        typed = read_key()
    else:
        typed = click.prompt(translated("number and Enter"), default="", show_default=False)
    return int(typed) if typed.isdecimal() and len(typed) < _ONE_KEY else 0


def _agreed() -> bool:
    out_wrapped(translated("the file was not changed: promote it as it stands? y yes · n no"))
    return read_key() == "y"


def _begin(journal: Journal, case: ReviewCase, sources: Sequence[CitedSource]) -> EntryFile:
    draft = review.draft(journal, case, sources)
    cited = sources if case.exchange.payload.get("citations") else ()
    lines = [
        translated(
            "Promote to the FAQ. Save and close to keep it; leave nothing under Answer to cancel."
        )
    ]
    for source in cited:
        place = f"{source.source} {source.label}"
        lines.append(translated("The answer rested on {place}", place=place))
    if cited:
        lines.append(translated("The entry will rest on what of this still bears it out."))
    return EntryFile(
        draft.question, draft.answer, "\n".join(" ".join(line.split()) for line in lines)
    )


@contextmanager
def closing_is_interrupting() -> Iterator[None]:
    """When the terminal is closed, what is claimed is given back as for Ctrl-C."""
    names = [
        number
        for name in ("SIGHUP", "SIGTERM")
        if (number := getattr(signal, name, None)) is not None
    ]
    before = [(number, signal.signal(number, signal.default_int_handler)) for number in names]
    try:
        yield
    finally:
        for number, handler in before:
            signal.signal(number, handler)
