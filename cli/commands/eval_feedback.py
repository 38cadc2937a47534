"""`kb eval --from-feedback`: whether what reviewers promoted and people confirmed still holds."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from cli.context import catch_up, open_for_reading, open_journal
from cli.render import clip, out, out_json, progress_bar, table
from kb.errors import FAILED, OK

if TYPE_CHECKING:
    from collections.abc import Sequence

    from retrieval.feedback.regression import CaseResult, ExpectedSource, FeedbackCase

_ABOUT = {
    "passed": "as they should be, and as they were",
    "newly_passing": "did not pass last time",
    "filled": "rightly refused then, answered now from something new",
    "failing": "fails, run for the first time",
    "failed_before": "fails, and never passed",
    "regressed": "FAILS, AND PASSED BEFORE",
}
_LONGEST = 100
_NAMED = 10


def run(hits: int | None, writer: str, *, keeps: bool, as_json: bool) -> int:
    """Ask every case and compare with earlier runs. Gives FAILED when one fails that passed before."""
    from kb.backends import open_writer
    from retrieval.feedback.regression import STATES, feedback_cases, run_cases, store_run

    journal = open_journal()
    kb = open_for_reading(hits=hits, writer=writer)
    catch_up(kb)
    cases = feedback_cases(journal)
    answering = open_writer(kb.settings, kb.notify)
    advance, stop = progress_bar("asking")
    try:
        outcomes = run_cases(kb, journal, answering, cases, advance)
    finally:
        stop()
    run_id = store_run(journal, answering, outcomes) if keeps and outcomes else None
    counts: dict[str, int] = {
        state: sum(outcome.state == state for outcome in outcomes) for state in STATES
    }
    if as_json:
        figures = {"writer": answering.name, "k": kb.settings.hits, "run": run_id}
        out_json(
            {
                "cases": len(cases),
                **counts,
                **figures,
                "outcomes": [_json(outcome) for outcome in outcomes],
            }
        )
    elif not cases:
        out("there is no case yet: no FAQ entry was promoted and no answer was confirmed")
    else:
        _tell(counts, outcomes)
    return FAILED if counts["regressed"] else OK


def _json(outcome: CaseResult) -> dict[str, Any]:
    case, answer = outcome.case, outcome.answer
    return {
        "case": case.id,
        "question": case.question,
        "state": outcome.state,
        "passed": outcome.passed,
        "passed_last": outcome.before[0] if outcome.before else None,
        "passed_ever": outcome.before[1] if outcome.before else None,
        "expected": case.expected,
        "sources": [_place(place) for place in case.places],
        "gone": list(outcome.gone),
        "got": {
            "status": answer.status,
            "confidence": answer.confidence,
            "sources": _sources(outcome),
            **({"error": answer.error} if answer.error else {}),
        },
    }


def _place(place: ExpectedSource) -> dict[str, str]:
    known = {
        "source": place.source,
        "passage": place.passage,
        "quote": place.quote,
        "label": place.label,
    }
    return {name: value for name, value in known.items() if value}


def _sources(outcome: CaseResult) -> list[str]:
    return list(
        dict.fromkeys(citation.hit.document.source for citation in outcome.answer.citations)
    )


def _tell(counts: dict[str, int], outcomes: Sequence[CaseResult]) -> None:
    rows = [(state.replace("_", " "), str(count), _ABOUT[state]) for state, count in counts.items()]
    table(("outcome", "cases", "meaning"), rows)
    for state in ("filled", "newly_passing", "failing", "failed_before", "regressed"):
        named = [outcome for outcome in outcomes if outcome.state == state]
        for outcome in named if state == "regressed" else named[:_NAMED]:
            title = state.replace("_", " ")
            out()
            out(f"{title.upper() if state == 'regressed' else title}: {outcome.case.id}")
            out(f"  question: {clip(outcome.case.question, _LONGEST)}")
            out(f"  expected: {_expected(outcome.case)}")
            out(f"  got: {_got(outcome)}")
            if outcome.gone:
                out(f"  its source is gone: {', '.join(outcome.gone)}")
        if state != "regressed" and len(named) > _NAMED:
            out()
            out(f"{state.replace('_', ' ')}: {len(named) - _NAMED} more; all are in --json")


def _expected(case: FeedbackCase) -> str:
    if case.expected == "silence":
        return "no answer, as nothing in the sources answered it"
    named = dict.fromkeys(f"{place.source} {place.label}".rstrip() for place in case.places)
    if case.expected == "otherwise":
        return f"no answer from {', '.join(named)}, which was wrong"
    quote = next((place.quote for place in case.places if place.quote), "")
    return f"an answer from {' or '.join(named)}" + (
        f": “{clip(quote, _LONGEST)}”" if quote else ""
    )


def _got(outcome: CaseResult) -> str:
    answer = outcome.answer
    if answer.error:
        return f"an answer that breaks off: {answer.error}"
    if answer.status == "abstained":
        return f"no answer (confidence {answer.confidence:.2f})"
    places = dict.fromkeys(f"{c.hit.document.source} {c.anchor.label}" for c in answer.citations)
    return f"“{clip(answer.text, _LONGEST)}” from {', '.join(places) or 'nothing'} (confidence {answer.confidence:.2f})"
