"""The journal: what can't be rebuilt. Questions, answers with what they were made from, feedback,
and what came of it.

Append-only: a later row supersedes an earlier one. Only claims, which tell who looks at what now,
come and go.
"""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, cast, get_args

from kb.errors import KbError
from kb.journal import cells
from kb.journal.ids import new_name, now
from kb.journal.masked_writes import provide
from kb.journal.migrations import MIGRATIONS
from kb.sqlite import connect, transaction, translated
from kb.types import Decision, Exchange, FaqEntry, Outcome, Support, Verdict

if TYPE_CHECKING:
    from kb.journal.cases import CaseRuns
    from kb.journal.faq_entries import FaqEntries
    from kb.journal.held_answers import Hold
    from kb.journal.holds import Holds
    from kb.journal.retention import Retention
    from kb.journal.reviews import Reviews
    from kb.journal.transfer import Transfer
    from kb.privacy.redactor import Redactor
    from kb.settings import Settings
    from kb.sight import Sight


def open_journal(path: Path, settings: Settings, sight: Sight | None = None) -> Journal:
    """The journal of the home whose settings these are, which masks what they say, and the names of
    who was forgotten; narrowed to a sight, if one is given. Raises KbError.
    """
    from kb.erasure.ledger import rules_of

    rules = rules_of(path.parent)
    if not (settings.privacy_mask or settings.privacy_journal or rules.changes_texts):
        return Journal(path, sight=sight)
    from kb.privacy.masking import masking
    from kb.privacy.redactor import Redactor

    kinds = settings.privacy_mask, settings.privacy_journal
    masked = masking(path.parent, *kinds)
    if rules.changes_texts:
        masked = replace(masked, forgotten=rules.data)
    return Journal(path, Redactor(masked), sight)


class Journal:
    """One SQLite file, synced to disk at every write: what was acknowledged is kept.

    `reviews`, `holds`, `faq`, `cases` and `transfer` are its further parts, on the
    same connection; each is imported when it is first asked for, which most questions never do.

    An exchange whose answer was held has the answer that a person let out, and none before. With a
    sight only what that leaves is read, in all parts; what is written is kept as ever.
    """

    def __init__(
        self, path: Path, redactor: Redactor | None = None, sight: Sight | None = None
    ) -> None:
        """Open the journal. What the redactor masks is never written to it."""
        self._path = path
        self._redactor = redactor
        self._db = connect(path, MIGRATIONS, synchronous="FULL")
        provide(self._db, redactor)
        if sight is not None:
            from kb.journal.visible_exchanges import narrow

            with translated(path):
                narrow(self._db, sight)

    @cached_property
    def reviews(self) -> Reviews:
        """What reviewers decided about exchanges."""
        from kb.journal.reviews import Reviews

        return Reviews(self._db, self._path)

    @cached_property
    def holds(self) -> Holds:
        """The answers that wait, or waited, for a person, and their delivery."""
        from kb.journal.holds import Holds

        return Holds(self._db, self._path)

    @cached_property
    def faq(self) -> FaqEntries:
        """The FAQ entries in all their versions."""
        from kb.journal.faq_entries import FaqEntries

        return FaqEntries(self._db, self._path)

    @cached_property
    def cases(self) -> CaseRuns:
        """The runs of the test cases that feedback made."""
        from kb.journal.cases import CaseRuns

        return CaseRuns(self._db, self._path)

    @cached_property
    def transfer(self) -> Transfer:
        """Export to other journals, and import from them."""
        from kb.journal.transfer import Transfer

        return Transfer(self._db, self._path, self._redactor)

    @cached_property
    def retention(self) -> Retention:
        """What becomes of exchanges that are old."""
        from kb.journal.retention import Retention

        return Retention(self._db, self._path)

    def close(self) -> None:
        """Close the file."""
        self._db.close()

    def add(self, exchange: Exchange, hold: Hold | None = None) -> None:
        """Keep an exchange, and the answer that is held of it: both or neither."""
        with transaction(self._db, self._path) as db:
            db.execute(
                "INSERT INTO main.exchanges VALUES (?,?,masked(?),?,?,masked(?),?,?,?,masked_json(?))",
                (
                    exchange.id, exchange.at, exchange.question, exchange.status, exchange.confidence,
                    exchange.answer, exchange.writer, exchange.seconds, exchange.terminal,
                    json.dumps(exchange.payload, ensure_ascii=False),
                ),
            )  # fmt: skip
            if hold is not None:
                from kb.journal.holds import keep

                keep(db, hold)

    def exchanges(self, limit: int = -1) -> list[Exchange]:
        """The newest exchanges, newest first; all of them with a limit below 0."""
        return [
            self._exchange(row)
            for row in self._read(
                "SELECT * FROM exchanges ORDER BY at DESC, id DESC LIMIT ?", (limit,)
            )
        ]

    def asked(self, first: str, after: str) -> Iterator[Exchange]:
        """The exchanges from one time to just before another, oldest first, one at a time."""
        query = "SELECT * FROM exchanges WHERE at >= ? AND at < ? ORDER BY at, id"
        with translated(self._path):
            yield from map(self._exchange, self._db.execute(query, (first, after)))

    def exchange(self, name: str) -> Exchange:
        """The exchange whose id is `name` or, alone of all, begins with it. Raises KbError."""
        rows = self._read("SELECT * FROM exchanges WHERE id = ?", (name,))
        rows = rows or self._read(
            "SELECT * FROM exchanges WHERE substr(id, 1, length(:n)) = :n LIMIT 2", {"n": name}
        )
        if len(rows) != 1:
            raise KbError(
                f"{'more than one' if rows else 'no'} exchange is called {name}", "see: kb log list"
            )
        return self._exchange(rows[0])

    def newest(self, terminal: str) -> Exchange | None:
        """The newest exchange of a terminal, if there is one."""
        rows = self._read(
            "SELECT * FROM exchanges WHERE terminal = ? ORDER BY at DESC, id DESC LIMIT 1",
            (terminal,),
        )
        return self._exchange(rows[0]) if rows else None

    def asked_in(self, terminal: str, limit: int) -> list[Exchange]:
        """The newest exchanges of a terminal, newest first."""
        query = "SELECT * FROM exchanges WHERE terminal = ? ORDER BY at DESC, id DESC LIMIT ?"
        return [self._exchange(row) for row in self._read(query, (terminal, limit))]

    def last(self, terminal: str) -> Exchange:
        """The newest exchange of a terminal. Raises KbError when there is none."""
        newest = self.newest(terminal)
        if newest is None:
            raise KbError(
                "nothing was asked in this terminal yet",
                "name the exchange instead; see: kb log list",
            )
        return newest

    def outlines(self) -> list[Exchange]:
        """All exchanges, newest first, without their payloads, which are most of what there is to
        read.
        """
        query = (
            "SELECT id, at, question, status, confidence, answer, writer, seconds, terminal, '{}' AS payload"
            " FROM exchanges ORDER BY at DESC, id DESC"
        )
        exchanges = [_exchange(row) for row in self._read(query)]
        if all(exchange.status != "held" for exchange in exchanges):
            return exchanges
        holds = {hold.exchange: hold for hold in self.holds.all()}
        return [_let_out(exchange, holds.get(exchange.id)) for exchange in exchanges]

    def add_verdict(
        self,
        exchange: str,
        value: Literal["up", "down"],
        *,
        comment: str | None = None,
        correct: str | None = None,
        by: str | None = None,
        client: str | None = None,
    ) -> Verdict:
        """Keep a verdict on an exchange. One whose `client` id is known already is given back as it
        was kept then.
        """
        by = (by or "").strip() or None
        with transaction(self._db, self._path) as db:
            if client is not None:
                known = db.execute("SELECT * FROM verdicts WHERE client = ?", (client,)).fetchone()
                if known:
                    return _verdict(known)
            row = db.execute(
                "INSERT INTO main.verdicts (exchange, value, comment, correct, by, at, uid, client)"
                " VALUES (?,?,masked(?),masked(?),?,?,?,?) RETURNING *",
                (exchange, value, comment, correct, by, now(), new_name("v"), client),
            ).fetchone()
        return _verdict(row)

    def verdicts(self, limit: int = -1, exchange: str | None = None) -> list[Verdict]:
        """The newest verdicts, newest first; of one exchange when it is given; all of them with a
        limit below 0.
        """
        query = "SELECT * FROM verdicts WHERE ? IS NULL OR exchange = ? ORDER BY id DESC LIMIT ?"
        return [_verdict(row) for row in self._read(query, (exchange, exchange, limit))]

    def promote(
        self,
        exchange: str,
        *,
        question: str,
        answer: str,
        also: Sequence[str] = (),
        sources: Sequence[Support] = (),
        by: str | None = None,
        detail: Mapping[str, Any] | None = None,
        seen: int | None = None,
        onto: FaqEntry | None = None,
    ) -> tuple[FaqEntry, Decision]:
        """Make an exchange a FAQ entry, or a further version of `onto`, and keep that as the
        decision: both or neither.

        `detail` is kept beside the entry's name. `seen`: see `decide`. Raises Outdated.
        """
        from kb.journal import faq_entries, reviews
        from kb.journal.audit_lines import audit

        with self.reviews.deciding(exchange, seen) as db:
            texts = (question, also, answer, sources)
            if onto is None:
                entry = faq_entries.insert(db, new_name("f"), 1, "add", *texts, exchange, by)
            else:
                faq_entries.check(db, onto)
                version = onto.version + 1
                entry = faq_entries.insert(db, onto.id, version, "edit", *texts, onto.exchange, by)
            detail = {**(detail or {}), "entry": entry.id, "version": entry.version}
            decision = reviews.insert(db, exchange, "promoted", by, detail)
        audit(self._path, decision)
        return entry, decision

    def undo(self, decision: Decision, by: str | None) -> tuple[Decision, FaqEntry | None]:
        """Take a decision back, and with a promotion the version of the FAQ entry that it made:
        both or neither.

        Gives also the entry that stays as it is because it was edited since. Raises Undone when
        that was done before.
        """
        from kb.journal import faq_entries, reviews
        from kb.journal.audit_lines import audit

        stays = None
        with transaction(self._db, self._path) as db:
            undone = reviews.take_back(db, decision, by)
            if decision.kind == "promoted":
                stays = faq_entries.withdraw(db, decision, by)
        audit(self._path, undone)
        return undone, stays

    def counts(self) -> tuple[int, int]:
        """How many exchanges and verdicts there are."""
        row = self._read(
            "SELECT (SELECT count(*) FROM exchanges), (SELECT count(*) FROM verdicts)"
        )[0]
        return row[0], row[1]

    def check(self) -> list[str]:
        """What is wrong with the file or with what it holds; empty when sound."""
        from kb.journal.integrity import problems

        with translated(self._path):
            return problems(self._db)

    def _exchange(self, row: sqlite3.Row) -> Exchange:
        exchange = _exchange(row)
        is_held = exchange.status == "held"
        return _let_out(exchange, self.holds.hold(exchange.id)) if is_held else exchange

    def _read(self, query: str, values: Sequence[Any] | dict[str, Any] = ()) -> list[sqlite3.Row]:
        with translated(self._path):
            return self._db.execute(query, values).fetchall()


def _exchange(row: sqlite3.Row) -> Exchange:
    status = cells.text(row, "status")
    if status not in get_args(Outcome):
        raise cells.DamagedCell(row, "status")
    return Exchange(
        cells.text(row, "id"), cells.text(row, "at"), cells.text(row, "question"), cast(Outcome, status),
        cells.number(row, "confidence"), cells.text(row, "answer"), cells.text(row, "writer"),
        cells.number(row, "seconds"), cells.text(row, "terminal"), cells.table(row, "payload"),
    )  # fmt: skip


def _let_out(exchange: Exchange, hold: Hold | None) -> Exchange:
    """The exchange with the answer that a person let out of its hold, if one did."""
    released = hold.released if hold else None
    if released is None:
        return exchange
    return replace(
        exchange,
        status=released["status"],
        answer=str(released["answer"]),
        payload={**exchange.payload, **released} if exchange.payload else {},
    )


def _verdict(row: sqlite3.Row) -> Verdict:
    value = cells.text(row, "value")
    if value not in ("up", "down"):
        raise cells.DamagedCell(row, "value")
    return Verdict(
        cells.whole(row, "id"), cells.text(row, "exchange"), cast("Literal['up', 'down']", value),
        cells.text_or_none(row, "comment"), cells.text_or_none(row, "correct"),
        cells.text_or_none(row, "by"), cells.text(row, "at"), cells.text(row, "uid"),
        cells.text_or_none(row, "client"),
    )  # fmt: skip
