"""The review of held answers: one after the other, the oldest first, one key for each decision."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import TYPE_CHECKING

import click

from cli.entry_editor import EditedFile
from cli.held_screen import not_in_sources, show_held, show_help, show_keys
from cli.language import labelled, translated
from cli.render import clip, out, out_wrapped
from cli.reviewing import closing_is_interrupting, make_searchable, read_key, undo
from kb.errors import KbError
from kb.journal.holds import HoldOvertaken
from kb.journal.reviews import new_claimant
from retrieval.feedback import review
from retrieval.feedback.cited_sources import cited_sources
from retrieval.feedback.review_queue import case
from retrieval.holding import release
from retrieval.holding.precedents import earlier_decisions

if TYPE_CHECKING:
    from kb.journal import Journal
    from kb.journal.held_answers import Hold, HoldDecision
    from kb.knowledge import KnowledgeBase

_EARLIER = 3  # earlier decisions that are shown


class HeldReview:
    """One reviewer's session over the held answers."""

    def __init__(self, kb: KnowledgeBase, journal: Journal, by: str | None) -> None:
        self._kb = kb
        self._journal = journal
        self._by = by
        self._claimant = new_claimant()
        self._left: set[str] = set()  # skipped in this session
        self._made: list[HoldDecision] = []
        self._begun: dict[str, EditedFile] = {}  # what was written and could not be kept

    def run(self) -> bool:
        """Show the held answers until none is left; False when the reviewer quits before."""
        with closing_is_interrupting():
            try:
                while True:
                    pending = self._pending()
                    hold = next(filter(self._claimed, pending), None)
                    if hold is None:
                        if not self._undone_at_end():
                            return True
                    elif not self._decided(hold, len(pending)):
                        return False
            finally:
                self._journal.reviews.release(self._claimant)

    def _pending(self) -> list[Hold]:
        return [each for each in self._journal.holds.waiting() if each.exchange not in self._left]

    def _claimed(self, hold: Hold) -> bool:
        self._journal.reviews.release(self._claimant)
        return self._journal.reviews.claim(hold.exchange, self._claimant)

    def _decided(self, hold: Hold, left: int) -> bool:
        """Take keys until one of them is done with the held answer; False to quit."""
        self._show(hold, left)
        actions: dict[str, Callable[[Hold], bool]] = {
            "a": self._approved,
            "e": self._edited,
            "d": self._declined,
            "s": self._skipped,
            "u": lambda hold: self._undone(),
        }
        while True:
            show_keys()
            key = read_key()
            if key == "q":
                out(translated("quit"))
                return False
            if key not in actions:
                show_help()
                continue
            try:
                if actions[key](hold):
                    return True
            except HoldOvertaken as error:
                out(translated(str(error)))
                return True
            except KbError as error:
                out_wrapped(translated(f"{error}; {error.hint}" if error.hint else str(error)))

    def _show(self, hold: Hold, left: int) -> None:
        exchange = self._journal.exchange(hold.exchange)
        drafted = replace(exchange, payload={**exchange.payload, **hold.draft})
        marks = self._journal.reviews.stale(hold.exchange)
        sources = cited_sources(self._kb, drafted, marks)
        earlier = earlier_decisions(self._kb, self._journal, hold, _EARLIER)
        show_held(hold, sources, earlier, left)

    def _approved(self, hold: Hold) -> bool:
        self._keep(hold, release.approve(self._journal, hold, self._by), "approved")
        return True

    def _declined(self, hold: Hold) -> bool:
        out(translated("decline"))
        question = translated("note to the asker, and Enter")
        note = click.prompt(question, default="", show_default=False)
        self._made.append(release.decline(self._journal, hold, note, self._by))
        out(translated("declined"))
        return True

    def _skipped(self, hold: Hold) -> bool:
        self._left.add(hold.exchange)
        out(translated("skipped"))
        return True

    def _edited(self, hold: Hold) -> bool:
        """Have the reviewer write another answer; False where nothing came of it."""
        name = hold.exchange
        file = self._begun.pop(name, None) or EditedFile(str(hold.draft.get("answer", "")))
        out(translated("edit"))
        try:
            text, saved = file.written()
            if not (saved and text.strip() and self._agreed(hold, text)):
                out(translated("not edited"))
                self._set_aside(hold, file)
                return False
            self._journal.reviews.claim(name, self._claimant)  # writing takes its time
            decision = release.edit(self._kb, self._journal, hold, text, self._by)
        except (KbError, KeyboardInterrupt):
            self._set_aside(hold, file)
            raise
        file.remove()
        self._keep(hold, decision, "edited")
        return True

    def _agreed(self, hold: Hold, text: str) -> bool:
        """Whether a text is to be let out, though not all its sentences are in the sources."""
        checked = release.verified(self._kb, hold, text.strip())
        missing = [sentence for sentence in checked.sentences if not sentence.supported]
        if not missing:
            return True
        for sentence in missing:
            out_wrapped(not_in_sources(sentence.text))
        out_wrapped(translated("let it out all the same? y yes · n no"))
        return read_key() == "y"

    def _set_aside(self, hold: Hold, file: EditedFile) -> None:
        """What was written waits until this answer is edited again."""
        if file.is_worth_keeping:
            self._begun[hold.exchange] = file
            out_wrapped(translated(f"what you wrote is kept in {file.path}"))
        else:
            file.remove()

    def _keep(self, hold: Hold, decision: HoldDecision, outcome: str) -> None:
        """Tell what was decided, and offer to make the answer an entry of the FAQ."""
        self._made.append(decision)
        out(translated(outcome))
        out_wrapped(
            translated("a candidate for the FAQ: f makes it an entry · any other key goes on")
        )
        if read_key() != "f":
            return
        try:
            make_entry(self._kb, self._journal, hold.exchange, self._by)
        except KbError as error:
            out_wrapped(translated(str(error)))

    def _undone(self) -> bool:
        """Take the last decision of this session back; False when there is none."""
        if not self._made:
            out(translated("nothing to undo"))
            return False
        take_back(self._kb, self._journal, self._made[-1], self._by)
        self._made.pop()
        return True

    def _undone_at_end(self) -> bool:
        """Offer to undo the last decision when nothing is left; whether that was done."""
        if not self._made:
            return False
        out()
        out_wrapped(translated("no more held answers: u undo · any other key goes on"))
        click.echo("> ", nl=False)
        if read_key() != "u":
            return False
        try:
            return self._undone()
        except KbError as error:
            out_wrapped(translated(str(error)))
            return False


def make_entry(kb: KnowledgeBase, journal: Journal, exchange: str, by: str | None) -> None:
    """Make an answer that was let out an entry of the FAQ, and tell the user. Raises KbError."""
    candidate = case(journal, exchange)
    sources = cited_sources(kb, candidate.exchange, journal.reviews.stale(exchange))
    draft = review.draft(journal, candidate, sources)
    entry, _ = review.promote(kb, journal, candidate, sources, draft.question, draft.answer, by)
    out(translated(review.promotion_notice(entry)))
    make_searchable(kb, journal)


def take_back(kb: KnowledgeBase, journal: Journal, decision: HoldDecision, by: str | None) -> None:
    """Undo a decision about a held answer and the FAQ entry that came of it, and tell the user.
    Raises KbError where it was delivered.
    """
    journal.holds.undo(decision, by)
    for made in journal.reviews.standing(decision.exchange):
        if made.kind == "promoted":
            undo(kb, journal, made, by)
    question = journal.exchange(decision.exchange).question
    out(labelled("undone", f"{translated(decision.kind)}, {clip(question, 60)}"))
