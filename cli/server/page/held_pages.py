"""The pages of reviewers for held answers: approve, edit or decline one, and take that back."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Annotated, Any

from fastapi import APIRouter, Form, Request, Response

from cli.held_screen import reasons_text
from cli.server import service
from cli.server.gate import Caller
from cli.server.page import exchange_page
from cli.server.page.page_route import PageRoute, see
from cli.server.page.rendering import page
from cli.server.page.review_pages import Long, Reviewer, publish
from cli.server.routes import DeskOf
from cli.server.workers import View
from kb.errors import KbError
from kb.journal.held_answers import Hold
from kb.journal.holds import HoldOvertaken
from kb.text import without_halves
from retrieval.feedback import review, review_queue
from retrieval.feedback.cited_sources import cited_sources
from retrieval.holding import release
from retrieval.holding.precedents import earlier_decisions

router = APIRouter(route_class=PageRoute, include_in_schema=False)
_EARLIER = 3  # decisions on like questions that are shown
Seen = Annotated[int, Form(ge=0)]
Faq = Annotated[bool, Form()]


@dataclass(frozen=True, slots=True)
class Draft:
    """What a reviewer wrote in place of a held answer, and which of its sentences no source
    supports: those it is to be let out with all the same.
    """

    text: str
    unsupported: tuple[str, ...] = ()


class Unsupported(KbError):
    """A reviewer's answer has sentences that no source supports, and nobody agreed to that yet."""

    def __init__(self, sentences: tuple[str, ...]) -> None:
        super().__init__("the sources don't support all of it")
        self.sentences = sentences


@router.get("/held/{name}", response_model=None)
async def held(request: Request, name: str, caller: Reviewer, desk: DeskOf) -> Response:
    """A held answer with its sources, and what was decided about questions like it."""
    shown = await desk.run(lambda view: _shown(view, name), caller.viewer)
    return page(request, "held", **shown, notice="")


@router.post("/held/{name}/approve", response_model=None)
async def approve(
    request: Request, name: str, caller: Reviewer, desk: DeskOf, seen: Seen, faq: Faq = False
) -> Response:
    """Let a held answer out as it stands."""

    def work(view: View) -> None:
        release.approve(view.journal, _waiting(view, name, seen), caller.name)

    return await _decided(request, caller, desk, name, work, faq_of=caller.name if faq else None)


@router.post("/held/{name}/edit", response_model=None)
async def edit(
    request: Request,
    name: str,
    caller: Reviewer,
    desk: DeskOf,
    seen: Seen,
    text: Long = "",
    anyway: Annotated[bool, Form()] = False,
    faq: Faq = False,
) -> Response:
    """Let another answer out, once its sentences are supported or the reviewer wants it anyway."""
    written = without_halves(text).replace("\r\n", "\n").strip()

    def work(view: View) -> None:
        hold = _waiting(view, name, seen)
        if written and not anyway:
            checked = release.verified(view.kb, hold, written).sentences
            if missing := tuple(each.text for each in checked if not each.supported):
                raise Unsupported(missing)
        release.edit(view.kb, view.journal, hold, written, caller.name)

    faq_of = caller.name if faq else None
    return await _decided(request, caller, desk, name, work, Draft(written), faq_of=faq_of)


@router.post("/held/{name}/decline", response_model=None)
async def decline(
    request: Request, name: str, caller: Reviewer, desk: DeskOf, seen: Seen, note: Long = ""
) -> Response:
    """Give no answer, but a note to the asker if there is one."""

    def work(view: View) -> None:
        hold = _waiting(view, name, seen)
        release.decline(view.journal, hold, without_halves(note), caller.name)

    return await _decided(request, caller, desk, name, work)


@router.post("/held/{name}/undo", response_model=None)
async def undo(request: Request, name: str, caller: Reviewer, desk: DeskOf) -> Response:
    """Take the reviewer's own decision back, with the FAQ entry that came of it."""

    def work(view: View) -> None:
        hold = _hold(view, name)
        if hold.decision is None or hold.decision.by != caller.name:
            raise service.NotFound("you have no such decision to take back")
        view.journal.holds.undo(hold.decision, caller.name)
        for decision in view.journal.reviews.standing(name):
            if decision.kind == "promoted":
                review.undo(view.journal, decision, caller.name)
        publish(view)

    return await _decided(request, caller, desk, name, work, to=f"/held/{name}")


async def _decided(
    request: Request,
    caller: Caller,
    desk: DeskOf,
    name: str,
    work: Callable[[View], None],
    draft: Draft | None = None,
    to: str = "/review",
    faq_of: str | None = None,
) -> Response:
    """Go on after a decision; where it can't be kept, show the held answer again, saying why, with
    what was written. `faq_of` makes what was let out an entry of the FAQ, too; where that fails,
    it is let out all the same.
    """
    try:
        await desk.run(work, caller.viewer)
    except service.NotFound:
        raise
    except KbError as error:
        if draft and isinstance(error, Unsupported):
            draft = replace(draft, unsupported=error.sentences)
        shown = await desk.run(lambda view: _shown(view, name, draft), caller.viewer)
        status = 409 if isinstance(error, HoldOvertaken) else 422
        return page(request, "held", status, **shown, notice=str(error))
    if faq_of is not None:
        try:
            await desk.run(lambda view: _keep_in_faq(view, name, faq_of), caller.viewer)
        except KbError as error:
            shown = await desk.run(lambda view: _shown(view, name), caller.viewer)
            return page(request, "held", 422, **shown, let_out=str(error), notice="")
    return see(to)


def _hold(view: View, name: str) -> Hold:
    try:
        return release.held_answer(view.journal, name)
    except KbError as error:
        raise service.NotFound(str(error)) from error


def _waiting(view: View, name: str, seen: int) -> Hold:
    """The held answer as the reviewer saw it: what was decided since overtakes them."""
    return replace(_hold(view, name), seen=seen)


def _shown(view: View, name: str, draft: Draft | None = None) -> dict[str, Any]:
    """What the page of a held answer shows; in the form of another answer `draft`, if given."""
    hold = _hold(view, name)
    exchange = view.journal.exchange(hold.exchange)
    drafted = replace(exchange, payload={**exchange.payload, **hold.draft})
    marks = view.journal.reviews.stale(hold.exchange)
    return {
        "hold": hold,
        "turn": exchange_page.turn(drafted.payload),
        "sources": cited_sources(view.kb, drafted, marks),
        "earlier": earlier_decisions(view.kb, view.journal, hold, _EARLIER),
        "draft": draft or Draft(str(hold.draft.get("answer", ""))),
        "reasons_text": reasons_text,
    }


def _keep_in_faq(view: View, name: str, by: str) -> None:
    """Make an answer that was let out an entry of the FAQ. Raises KbError."""
    case = review_queue.case(view.journal, name)
    sources = cited_sources(view.kb, case.exchange, view.journal.reviews.stale(name))
    draft = review.draft(view.journal, case, sources)
    review.promote(view.kb, view.journal, case, sources, draft.question, draft.answer, by)
    publish(view)
