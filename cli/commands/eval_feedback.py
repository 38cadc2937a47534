"""`kb eval --from-feedback`: whether what reviewers promoted and people confirmed still holds."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from cli.context import catch_up, open_for_reading, open_journal
from cli.language import listed, translated
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
    advance, stop = progress_bar(translated("asking"))
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
        out(
            translated(
                "there is no case yet: no FAQ entry was promoted and no answer was confirmed"
            )
        )
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
    rows = [
        (_title(state), str(count), translated(_ABOUT[state])) for state, count in counts.items()
    ]
    table(("outcome", "cases", "meaning"), rows)
    for state in ("filled", "newly_passing", "failing", "failed_before", "regressed"):
        cases = [outcome for outcome in outcomes if outcome.state == state]
        title = _title(state).upper() if state == "regressed" else _title(state)
        for outcome in cases if state == "regressed" else cases[:_NAMED]:
            _tell_case(title, outcome)
        if state != "regressed" and (more := len(cases) - _NAMED) > 0:
            out()
            out(translated("{outcome}: {more} more; all are in --json", outcome=title, more=more))


def _title(state: str) -> str:
    """What an outcome is called in the user's language."""
    return translated(state.replace("_", " "))


def _tell_case(title: str, outcome: CaseResult) -> None:
    """A case, what was expected of its answer, and what came."""
    out()
    out(listed((title, outcome.case.id), ": "))
    question = clip(outcome.case.question, _LONGEST)
    out(translated("  question: {question}", question=question))
    out(translated("  expected: {answer}", answer=_expected(outcome.case)))
    out(translated("  got: {answer}", answer=_got(outcome)))
    if outcome.gone:
        out(translated("  its source is gone: {sources}", sources=listed(outcome.gone)))


def _expected(case: FeedbackCase) -> str:
    if case.expected == "silence":
        return translated("no answer, as nothing in the sources answered it")
    places = dict.fromkeys(f"{place.source} {place.label}".rstrip() for place in case.places)
    if case.expected == "otherwise":
        return translated("no answer from {places}, which was wrong", places=listed(places))
    quote = next((place.quote for place in case.places if place.quote), "")
    answer = translated("an answer from {places}", places=translated(" or ").join(places))
    return listed((answer, f"“{clip(quote, _LONGEST)}”"), ": ") if quote else answer


def _got(outcome: CaseResult) -> str:
    answer = outcome.answer
    if answer.error:
        message = "an answer that breaks off: {error}"
        return translated(message, error=translated(answer.error))
    confidence = f"{answer.confidence:.2f}"
    if answer.status == "abstained":
        return translated("no answer (confidence {confidence})", confidence=confidence)
    places = dict.fromkeys(f"{c.hit.document.source} {c.anchor.label}" for c in answer.citations)
    return translated(
        "“{answer}” from {places} (confidence {confidence})",
        answer=clip(answer.text, _LONGEST),
        places=listed(places) or translated("nothing"),
        confidence=confidence,
    )
