"""The pages that only show: FAQ, sources, gaps and the report."""

from __future__ import annotations

from datetime import timedelta
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Query, Request, Response
from markupsafe import Markup

from cli.formats.inert import live_url
from cli.language import Language, addressed_in
from cli.server import service
from cli.server.gate import Caller
from cli.server.page.page_route import PageRoute, visitor
from cli.server.page.rendering import language_of, page
from cli.server.routes import DeskOf
from cli.server.workers import View

router = APIRouter(route_class=PageRoute, include_in_schema=False)
Searcher = Annotated[Caller, Depends(visitor("search"))]
Reviewer = Annotated[Caller, Depends(visitor("review"))]
Days = Annotated[int, Query(ge=1, le=3650)]
PERIODS = (7, 30, 90, 365)


@router.get("/faq", response_model=None)
async def faq(request: Request, caller: Searcher, desk: DeskOf) -> Response:
    """The FAQ entries that hold."""
    return page(request, "faq", entries=await desk.run(service.faq, caller.viewer))


@router.get("/sources", response_model=None)
async def sources(request: Request, caller: Searcher, desk: DeskOf) -> Response:
    """What was ingested and when; for reviewers also what was skipped, and why."""
    is_reviewer = caller.may("review")
    shown = await desk.run(lambda view: _sources(view, is_reviewer), caller.viewer)
    return page(request, "sources", **shown)


def _sources(view: View, is_reviewer: bool) -> dict[str, Any]:
    rows = service.sources(view)
    skips = view.kb.catalog.skips().values() if is_reviewer else ()
    return {
        "sources": [{**row, "link": live_url(str(row["meta"].get("url") or ""))} for row in rows],
        "skips": sorted(skips, key=lambda skip: skip.source),
        "passages": sum(row["passages"] for row in rows),
        "last": max((row["ingested_at"] for row in rows), default=""),
    }


@router.get("/gaps", response_model=None)
async def gaps(request: Request, caller: Reviewer, desk: DeskOf, days: Days = 30) -> Response:
    """What could not be answered in the last `days`, grouped, each with a draft for the FAQ."""
    shown = await desk.run(lambda view: service.gaps(view, days), caller.viewer)
    return page(request, "gaps", gaps=shown, days=days, periods=PERIODS)


@router.get("/report", response_model=None)
async def report(request: Request, caller: Reviewer, desk: DeskOf, days: Days = 90) -> Response:
    """How much was asked in the last `days`, how it was answered, and what people say."""
    language = language_of(request)
    body = await desk.run(lambda view: _report(view, days, language), caller.viewer)
    return page(request, "report", body=body, days=days, periods=PERIODS)


def _report(view: View, days: int, language: Language) -> Markup:
    """The report's figures, charts and tables, which `report_body` has escaped."""
    from cli.report_html import report_body
    from retrieval.feedback.gaps import today
    from retrieval.feedback.report import report

    last = today()
    figures = report(view.journal, view.kb, last - timedelta(days=days - 1), last)
    with addressed_in(language):
        return Markup(report_body(figures))
