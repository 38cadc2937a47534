"""Held answers: drafts that wait for a person, what was decided about them, and their delivery.

The exchange of a held answer has no answer of its own: its draft stands here, and what was decided
is read over the exchange (see `Journal.exchange`), so that nothing shows a draft by mistake.
Append-only; who looks at which is claimed as in `kb.journal.reviews`.

A delivery is claimed before it is tried. One that failed, or whose process died in between, is a
dead letter: it may have arrived, so it is not tried again but by `requeue_delivery`.
"""

from __future__ import annotations

import json
import sqlite3
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any, cast, get_args

from kb.errors import KbError
from kb.journal import cells
from kb.journal.audit_lines import audit
from kb.journal.held_answers import (
    DeadLetter,
    DeliveryState,
    Hold,
    HoldDecided,
    HoldDecision,
    HoldReason,
)
from kb.journal.ids import new_name, now
from kb.journal.reviews import is_gone, new_claimant
from kb.sqlite import transaction, translated

_FINAL = ("approved", "edited", "declined", "timed_out")
_ASKED_AS = "coalesce(json_extract(x.payload, '$.rewritten'), x.question)"
UNDELIVERED = (
    "coalesce((SELECT state FROM deliveries d WHERE d.exchange = h.exchange"
    " ORDER BY d.at DESC, d.id DESC LIMIT 1), 'requeued') = 'requeued'"
)
_DECIDED = (
    "EXISTS (SELECT 1 FROM hold_decisions d WHERE d.exchange = h.exchange AND d.kind IN ({})"
    " AND d.uid NOT IN (SELECT undoes FROM hold_decisions WHERE undoes IS NOT NULL))"
)
FINALLY = _DECIDED.format(", ".join(f"'{kind}'" for kind in _FINAL))
_BY_PERSON = _DECIDED.format("'approved', 'edited', 'declined'")
_UNKNOWN_END = "nobody knows whether it arrived"


class HoldOvertaken(KbError):
    """Another reviewer decided about the held answer meanwhile. `decision` is theirs."""

    def __init__(self, decision: HoldDecision) -> None:
        by, decided = decision.by or "somebody", decision.kind.replace("_", " ")
        super().__init__(f"{by} has decided meanwhile: {decided}", "look at it once more")
        self.decision = decision


class Holds:
    """The held answers and what was decided about them. Shares the journal's connection."""

    def __init__(self, db: sqlite3.Connection, path: Path) -> None:
        self._db = db
        self._path = path

    def hold(self, exchange: str) -> Hold | None:
        """The held answer of an exchange, if it was held."""
        found = self._holds("h.exchange = ?", (exchange,))
        return found[0] if found else None

    def waiting(self) -> list[Hold]:
        """The held answers that nobody has decided about, oldest first."""
        return self._holds(f"NOT {FINALLY}")

    def all(self) -> list[Hold]:
        """Every held answer, oldest first."""
        return self._holds()

    def precedents(self, channel: str) -> list[tuple[str, str]]:
        """The exchange and the question, as it stands alone, of each held answer of a channel about
        which a person decided, newest first.
        """
        query = (
            f"SELECT h.exchange, {_ASKED_AS} AS asked_as FROM holds h"
            f" JOIN exchanges x ON x.id = h.exchange WHERE h.channel = ? AND x.question <> '' AND {_BY_PERSON}"
            " ORDER BY h.at DESC, h.exchange DESC"
        )
        return [(row["exchange"], str(row["asked_as"])) for row in self._read(query, (channel,))]

    def exchanges(self) -> set[str]:
        """The exchanges whose answers were held, whatever became of them."""
        return {row["exchange"] for row in self._read("SELECT exchange FROM holds")}

    def count(self, channel: str, asker: str) -> int:
        """How many answers to an asker were held in a channel."""
        query = "SELECT count(*) FROM holds WHERE channel = ? AND asker = ?"
        return int(self._read(query, (channel, asker))[0][0])

    def decide(
        self,
        exchange: str,
        kind: HoldDecided,
        *,
        by: str | None,
        detail: Mapping[str, Any] | None = None,
        seen: int,
    ) -> HoldDecision:
        """Keep a decision. `seen` is the newest decision that the reviewer knew of, 0 for none.

        Raises HoldOvertaken when there is a newer one than that, or a final one that stands.
        """
        with transaction(self._db, self._path) as db:
            query = "SELECT * FROM hold_decisions WHERE exchange = ? ORDER BY id DESC LIMIT 1"
            newest = db.execute(query, (exchange,)).fetchone()
            if newest and (newest["id"] > seen or newest["kind"] in _FINAL):
                raise HoldOvertaken(_decision(newest))
            decision = _insert(db, exchange, kind, by, detail or {})
        audit(self._path, decision)
        return decision

    def undo(self, decision: HoldDecision, by: str | None) -> HoldDecision:
        """Take a decision back, so that the answer waits again. Raises KbError once it was decided
        anew, or delivery has begun.
        """
        with transaction(self._db, self._path) as db:
            query = "SELECT * FROM hold_decisions WHERE exchange = ? ORDER BY id DESC LIMIT 1"
            if db.execute(query, (decision.exchange,)).fetchone()["uid"] != decision.uid:
                raise KbError("this decision is not the newest one any more")
            query = "SELECT 1 FROM deliveries WHERE exchange = ?"
            if db.execute(query, (decision.exchange,)).fetchone():
                raise KbError(
                    "this was delivered already, so it can't be undone",
                    "tell the asker, and correct it: kb feedback add ID down --correct TEXT",
                )
            undone = _insert(db, decision.exchange, "undo", by, {}, decision.uid)
        audit(self._path, undone)
        return undone

    # --- delivery ---------------------------------------------------------------------------------

    def deliverable(self, channel: str | None) -> list[Hold]:
        """The answers of a channel, or of all for None, that are decided and not delivered, in the
        order of their questions.
        """
        where, values = ("h.channel = ?", (channel,)) if channel is not None else ("true", ())
        return self._holds(f"{where} AND {FINALLY} AND {UNDELIVERED}", values)

    def claim_delivery(self, hold: Hold, by: str) -> bool:
        """Take the delivery of a decided answer: true for one caller only.

        `by` is a name of `reviews.new_claimant`.
        """
        with transaction(self._db, self._path) as db:
            found = self._holds(f"h.exchange = ? AND {UNDELIVERED}", (hold.exchange,))
            decision = found[0].decision if found else None
            if decision is None or decision != hold.decision:
                return False
            _keep_delivery(db, hold, "claimed", by)
        return True

    def delivered(self, hold: Hold, by: str) -> None:
        """Keep that an answer has reached its asker."""
        with transaction(self._db, self._path) as db:
            _keep_delivery(db, hold, "delivered", by)

    def hand_over(self, exchange: str) -> None:
        """Keep that the asker of a held answer, if it was decided, has come for it by its id."""
        wanted, values = f"h.exchange = ? AND {FINALLY} AND {UNDELIVERED}", (exchange,)
        if self._holds(wanted, values):  # nobody waits for the lock otherwise
            with transaction(self._db, self._path) as db:
                for hold in self._holds(wanted, values):
                    _keep_delivery(db, hold, "delivered", new_claimant())

    def release_delivery(self, hold: Hold, by: str) -> None:
        """Give a delivery back that the caller has claimed, and of which nothing has left."""
        with transaction(self._db, self._path) as db:
            _keep_delivery(db, hold, "requeued", by)

    def failed_delivery(self, hold: Hold, by: str, reason: str) -> None:
        """Keep that an answer could not be delivered: it is a dead letter from now on."""
        with transaction(self._db, self._path) as db:
            _keep_delivery(db, hold, "failed", by, reason)

    def requeue_delivery(self, hold: Hold, by: str) -> None:
        """Let a dead letter be delivered once more; others stay as they are."""
        with transaction(self._db, self._path) as db:
            if any(letter.hold.exchange == hold.exchange for letter in self.dead_letters()):
                _keep_delivery(db, hold, "requeued", by)

    def dead_letters(self) -> list[DeadLetter]:
        """The deliveries that failed, or whose process died before it said how they ended."""
        rows = self._deliveries()
        return [
            DeadLetter(hold, row["by"], row["at"], row["reason"] or _UNKNOWN_END)
            for hold in self.all()
            if (row := rows.get(hold.exchange)) is not None
            and (row["state"] == "failed" or (row["state"] == "claimed" and is_gone(row["by"])))
        ]

    def _deliveries(self) -> dict[str, sqlite3.Row]:
        """The newest row of each delivery, by exchange."""
        rows = self._read("SELECT * FROM deliveries ORDER BY at, id")
        return {row["exchange"]: row for row in rows}

    def _holds(self, condition: str = "true", values: Sequence[Any] = ()) -> list[Hold]:
        """The held answers that meet a condition on `h`, the table of holds, oldest first."""
        which = f"SELECT h.exchange FROM holds h WHERE {condition}"
        query = f"SELECT * FROM hold_decisions WHERE exchange IN ({which}) ORDER BY at, id"
        histories: dict[str, list[HoldDecision]] = defaultdict(list)
        for row in self._read(query, values):
            histories[row["exchange"]].append(_decision(row))
        rows = self._read(
            f"SELECT h.*, x.question, {_ASKED_AS} AS asked_as"
            " FROM holds h JOIN exchanges x ON x.id = h.exchange"
            f" WHERE {condition} ORDER BY h.at, h.exchange",
            values,
        )
        return [_decided(_hold(row), histories[row["exchange"]]) for row in rows]

    def _read(self, query: str, values: Sequence[Any] = ()) -> list[sqlite3.Row]:
        with translated(self._path):
            return self._db.execute(query, values).fetchall()


def keep(db: sqlite3.Connection, hold: Hold) -> None:
    """Keep a held answer within the transaction that keeps its exchange."""
    reasons = [{"kind": reason.kind, "detail": reason.detail} for reason in hold.reasons]
    db.execute(
        "INSERT INTO main.holds (exchange, at, channel, asker, reasons, draft)"
        " VALUES (?,?,?,?,masked_json(?),masked_json(?))",
        (
            hold.exchange, hold.at, hold.channel, hold.asker,
            json.dumps(reasons, ensure_ascii=False), json.dumps(hold.draft, ensure_ascii=False),
        ),
    )  # fmt: skip


def _insert(
    db: sqlite3.Connection,
    exchange: str,
    kind: HoldDecided,
    by: str | None,
    detail: Mapping[str, Any],
    undoes: str | None = None,
) -> HoldDecision:
    row = db.execute(
        "INSERT INTO main.hold_decisions (uid, exchange, kind, by, at, detail, undoes)"
        " VALUES (?,?,?,?,?,masked_json(?),?) RETURNING *",
        (new_name("r"), exchange, kind, by, now(), json.dumps(detail, ensure_ascii=False), undoes),
    ).fetchone()
    return _decision(row)


def _decided(hold: Hold, history: Sequence[HoldDecision]) -> Hold:
    """The held answer with what was decided about it and not undone."""
    undone = {decision.undoes for decision in history}
    standing = [each for each in history if each.kind != "undo" and each.uid not in undone]
    final = [decision for decision in standing if decision.kind in _FINAL]
    moves = [decision for decision in standing if decision.kind == "rerouted"]
    return replace(
        hold,
        queue=str(moves[-1].detail["channel"]) if moves else hold.channel,
        since=moves[-1].at if moves else hold.at,
        decision=final[-1] if final else None,
        seen=max((each.id for each in history), default=0),
    )


def _hold(row: sqlite3.Row) -> Hold:
    reasons = cells.listed(row, "reasons", dict)
    return Hold(
        cells.text(row, "exchange"), cells.text(row, "at"), cells.text(row, "question"),
        cells.text(row, "channel"), cells.text(row, "asker"),
        tuple(HoldReason(str(each.get("kind")), str(each.get("detail", ""))) for each in reasons),
        cells.table(row, "draft"), str(row["asked_as"]),
    )  # fmt: skip


def _decision(row: sqlite3.Row) -> HoldDecision:
    kind = cells.text(row, "kind")
    if kind not in get_args(HoldDecided):
        raise cells.DamagedCell(row, "kind")
    detail = cells.table(row, "detail")
    needed = {"edited": ("answer", dict), "rerouted": ("channel", str)}.get(kind)
    if needed and not isinstance(detail.get(needed[0]), needed[1]):
        raise cells.DamagedCell(row, "detail")
    return HoldDecision(
        cells.whole(row, "id"), cells.text(row, "uid"), cells.text(row, "exchange"),
        cast(HoldDecided, kind), cells.text_or_none(row, "by"), cells.text(row, "at"), detail,
        cells.text_or_none(row, "undoes"),
    )  # fmt: skip


def _keep_delivery(
    db: sqlite3.Connection, hold: Hold, state: DeliveryState, by: str, reason: str = ""
) -> None:
    db.execute(
        "INSERT INTO main.deliveries (uid, exchange, state, by, at, reason) VALUES (?,?,?,?,?,?)",
        (new_name("y"), hold.exchange, state, by, now(), reason),
    )
