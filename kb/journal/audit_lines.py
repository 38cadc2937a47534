"""Lines of the audit log about decisions that the journal has just kept."""

from __future__ import annotations

from pathlib import Path

from kb.audit import Act, AuditLog, plain_id
from kb.journal.held_answers import HoldDecision
from kb.types import Decision


def audit(journal: Path, decision: Decision | HoldDecision) -> None:
    """Add a decision about an exchange to the audit log of the journal's home. Raises KbError.

    That somebody skipped an exchange decides nothing, and is not added.
    """
    if decision.kind == "skip":
        return
    detail: dict[str, object] = {
        "exchange": plain_id(decision.exchange),
        "decision": plain_id(decision.uid),
    }
    if decision.undoes:
        detail["undoes"] = plain_id(decision.undoes)
    else:
        detail["kind"] = decision.kind
    if decision.kind == "promoted":
        detail["entry"] = plain_id(str(decision.detail["entry"]))
        detail["version"] = int(decision.detail["version"])
    act: Act = "undo" if decision.undoes else "decide"
    AuditLog(journal.parent).append(act, decision.by, detail)
