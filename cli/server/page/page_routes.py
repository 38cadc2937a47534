"""All routes of the page, put onto the server's application."""

from __future__ import annotations

from fastapi import FastAPI, Response
from fastapi.staticfiles import StaticFiles

from cli.report_html import STYLE
from cli.server.page import ask_pages, held_pages, overview_pages, review_pages, sign_in
from cli.server.page.rendering import FOLDER


def add_page(app: FastAPI) -> None:
    """Have the application serve the page, with its script and its looks."""
    for part in (sign_in, ask_pages, overview_pages, review_pages, held_pages):
        app.include_router(part.router)

    @app.get("/static/report.css", include_in_schema=False)
    async def report_style() -> Response:
        return Response(STYLE, media_type="text/css")

    app.mount("/static", StaticFiles(directory=FOLDER / "static"), "static")
