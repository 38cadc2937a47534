"""The pages of reviewers: the queue, one exchange with its sources, and what is decided of it.

Each form says which decisions and votes its reviewer saw, so that nobody overwrites what another
decided meanwhile.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Depends, Form, Request, Response

from cli.held_screen import reasons_text
from cli.server import service
from cli.server.gate import Caller
from cli.server.page import exchange_page
from cli.server.page.page_route import PageRoute, see, visitor
from cli.server.page.rendering import page
from cli.server.routes import DeskOf
from cli.server.workers import View
from kb.errors import KbError
from kb.journal.held_answers import HoldDecision
from kb.journal.reviews import Overtaken
from kb.text import without_halves
from kb.types import Decision
from retrieval.feedback import review
from retrieval.feedback import review_queue as queue
from retrieval.feedback.cited_sources import CitedSource, cited_sources
from retrieval.feedback.decisions import outcome
from retrieval.feedback.review_queue import ReviewCase
from retrieval.holding.policy import load_community
from retrieval.holding.timeouts import apply_timeouts

router = APIRouter(route_class=PageRoute, include_in_schema=False)
Reviewer = Annotated[Caller, Depends(visitor("review"))]
Long = Annotated[str, Form(max_length=20_000)]
_SHOWN = 100  # of a queue


@dataclass(frozen=True, slots=True)
class Seen:
    """What a reviewer saw when the form was made: the newest decision, and the votes down."""

    decision: int
    votes: tuple[str, ...]

    def of(self, view: View, name: str) -> ReviewCase:
        """The case as the reviewer saw it. Raises NotFound."""
        case = _case(view, name)
        known = (v for v in case.verdicts if v.value != "down" or v.uid in self.votes)
        return replace(case, seen=self.decision, verdicts=tuple(known))


@dataclass(frozen=True, slots=True)
class LastDecision:
    """What a reviewer decided last: the page of it, under which it is undone, and its outcome."""

    page: str
    uid: str
    outcome: str
    question: str


async def _seen(
    seen: Annotated[int, Form(ge=0)], votes: Annotated[str, Form(max_length=100_000)] = ""
) -> Seen:
    return Seen(seen, tuple(votes.split()))


SeenOf = Annotated[Seen, Depends(_seen)]


@router.get("/review", response_model=None)
async def review_queue(request: Request, caller: Reviewer, desk: DeskOf) -> Response:
    """What is to be reviewed, and the reviewer's last decision."""
    shown = await desk.run(lambda view: _queue(view, caller.name), caller.viewer)
    return page(request, "queue", **shown)


@router.get("/review/{name}", response_model=None)
async def case(request: Request, name: str, caller: Reviewer, desk: DeskOf) -> Response:
    """An exchange that is to be reviewed."""
    shown = await desk.run(lambda view: _shown(view, name), caller.viewer)
    return page(request, "case", **shown, notice="")


@router.post("/review/{name}/decide", response_model=None)
async def decide(
    request: Request,
    name: str,
    caller: Reviewer,
    desk: DeskOf,
    seen: SeenOf,
    kind: Annotated[Literal["fine", "gap", "skip"], Form()],
) -> Response:
    """Keep a decision that does nothing else."""

    def work(view: View) -> None:
        review.decide(view.journal, seen.of(view, name), kind, caller.name)

    return await _decided(request, caller, desk, name, work)


@router.post("/review/{name}/bad-source", response_model=None)
async def bad_source(
    request: Request,
    name: str,
    caller: Reviewer,
    desk: DeskOf,
    seen: SeenOf,
    n: Annotated[int, Form(ge=1)],
    reason: Long = "",
) -> Response:
    """Mark one of the sources as a bad one."""

    def work(view: View) -> None:
        case = seen.of(view, name)
        source = next((each for each in _sources(view, case) if each.n == n), None)
        if source is None:
            raise service.NotFound(f"{name} has no source {n}")
        reason_text = without_halves(reason).strip()
        review.mark_bad_source(view.journal, case, source, caller.name, reason_text)

    return await _decided(request, caller, desk, name, work)


@router.post("/review/{name}/promote", response_model=None)
async def promote(
    request: Request,
    name: str,
    caller: Reviewer,
    desk: DeskOf,
    seen: SeenOf,
    question: Long = "",
    answer: Long = "",
) -> Response:
    """Make the exchange a FAQ entry in the reviewer's words."""
    texts = without_halves(question), without_halves(answer)

    def work(view: View) -> None:
        case = seen.of(view, name)
        sources = _sources(view, case)
        review.promote(view.kb, view.journal, case, sources, *texts, caller.name)
        publish(view)

    return await _decided(request, caller, desk, name, work, texts)


@router.post("/review/{name}/undo", response_model=None)
async def undo(
    request: Request,
    name: str,
    caller: Reviewer,
    desk: DeskOf,
    uid: Annotated[str, Form(max_length=100)],
) -> Response:
    """Take the reviewer's own decision back, with what came of it."""

    def work(view: View) -> None:
        standing = view.journal.reviews.standing(name)
        decision = next((each for each in standing if each.uid == uid), None)
        if decision is None or decision.by != caller.name:
            raise service.NotFound("you have no such decision to take back")
        review.undo(view.journal, decision, caller.name)
        if decision.kind == "promoted":
            publish(view)

    await desk.run(work, caller.viewer)
    return see(f"/review/{name}")


async def _decided(
    request: Request,
    caller: Caller,
    desk: Any,
    name: str,
    work: Any,
    texts: tuple[str, str] | None = None,
) -> Response:
    """Go on to the queue after a decision; show the exchange again where another reviewer was
    first, or what was written can't be kept, with that as it was written.
    """
    try:
        await desk.run(work, caller.viewer)
    except (service.NotFound, OSError):
        raise
    except KbError as error:
        shown = await desk.run(lambda view: _shown(view, name, texts), caller.viewer)
        status = 409 if isinstance(error, Overtaken) else 422
        return page(request, "case", status, **shown, notice=str(error))
    return see("/review")


def _case(view: View, name: str) -> ReviewCase:
    try:
        return queue.case(view.journal, name)
    except KbError as error:
        raise service.NotFound(str(error)) from error


def _sources(view: View, case: ReviewCase) -> tuple[CitedSource, ...]:
    marks = view.journal.reviews.stale(case.exchange.id)
    return cited_sources(view.kb, case.exchange, marks)


def _queue(view: View, by: str) -> dict[str, Any]:
    """Held answers and cases that want a look, and what the reviewer decided last."""
    apply_timeouts(view.journal, load_community(view.kb.home.path))
    cases = queue.queue(view.journal, by)
    held = view.journal.holds.waiting()
    return {
        "held": held,
        "cases": cases[:_SHOWN],
        "count": len(held) + len(cases),
        "last": _last_decision(view, by),
        "reasons_text": reasons_text,
    }


def _last_decision(view: View, by: str) -> LastDecision | None:
    """The reviewer's newest decision that stands, on feedback or on a held answer."""
    own = [h.decision for h in view.journal.holds.all() if h.decision and h.decision.by == by]
    held = max(own, key=lambda decision: (decision.at, decision.id), default=None)
    last = review.last_decision(view.journal, by)
    if held and (last is None or held.at >= last.at or _came_of(held, last)):
        question = view.journal.exchange(held.exchange).question
        return LastDecision(f"/held/{held.exchange}", held.uid, held.kind, question)
    if last is None:
        return None
    question = view.journal.exchange(last.exchange).question
    return LastDecision(f"/review/{last.exchange}", last.uid, outcome(last.kind), question)


def _came_of(held: HoldDecision, last: Decision) -> bool:
    """Whether a decision is the FAQ entry that was made with the approval of a held answer."""
    return last.kind == "promoted" and last.exchange == held.exchange


def _shown(view: View, name: str, texts: tuple[str, str] | None = None) -> dict[str, Any]:
    """What the page of a case shows; in the form of its FAQ entry `texts`, where they are given."""
    case = _case(view, name)
    sources = _sources(view, case)
    draft = review.draft(view.journal, case, sources)
    question, answer = texts or (draft.question, draft.answer)
    return {
        "case": case,
        "turn": exchange_page.turn(case.exchange.payload),
        "sources": sources,
        "entry": review.entry_of(view.journal, case),
        "question": question,
        "answer_text": answer,
        "decided": outcome(case.decision.kind) if case.decision else "",
    }


def publish(view: View) -> None:
    """Bring the FAQ into the index. What fails now, the next question does: the decision is kept."""
    from ingest.faq_entries import publish

    whole = view.whole or view
    try:
        publish(whole.kb, whole.journal)
    except KbError as error:
        view.notices.append(str(error))
