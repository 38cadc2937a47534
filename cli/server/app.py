"""The server's application: its routes, what stands before them, and what it holds while it runs."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from fastapi import FastAPI, Request, Response
from fastapi.concurrency import run_in_threadpool
from starlette.routing import Route

from cli.server import deliveries, openai_api, routes, service
from cli.server.assistants import PATH, AssistantsRoute
from cli.server.desk import Desk
from cli.server.gate import Gate, Gatekeeper
from cli.server.metrics import Counted, Metrics
from cli.server.page.page_route import error_reply
from cli.server.page.page_routes import add_page
from cli.server.replies import Json, add_error_replies
from cli.server.workers import Workers
from kb import __version__
from kb.access import Access
from kb.audience import OWNER
from kb.home import Home


def make_app(home: Home) -> FastAPI:
    """The application over one home. Raises KbError for settings that are wrong."""
    workers = Workers(home)
    settings = workers.settings()
    metrics = Metrics()

    @asynccontextmanager
    async def running(app: FastAPI) -> AsyncIterator[None]:
        access = Access(home.path)
        app.state.gatekeeper = Gatekeeper(access, settings)
        app.state.desk = Desk(workers, settings, metrics)
        app.state.streams = deliveries.Streams(app.state.desk)
        await run_in_threadpool(workers.warm_up)
        assistants = AssistantsRoute(app.state.gatekeeper, app.state.desk, settings)
        app.router.routes.append(Route(PATH, assistants))
        delivering = asyncio.create_task(deliveries.deliver(app.state.desk, settings))
        async with assistants.running():
            yield
        delivering.cancel()
        await asyncio.wait([delivering])
        workers.stop()
        access.close()

    app = FastAPI(
        title="kb",
        version=__version__,
        summary="Answers that cite their sources, in Chinese and English",
        lifespan=running,
        docs_url=None,  # its page loads scripts from elsewhere; /openapi.json is for all tools
        redoc_url=None,
    )
    app.state.metrics = metrics
    add_error_replies(app, error_reply)
    app.include_router(routes.router)
    app.include_router(openai_api.router)
    _add_probes(app)
    add_page(app)
    app.add_middleware(Counted, metrics=metrics)
    app.add_middleware(Gate, settings=settings, reply=error_reply)
    return app


def _add_probes(app: FastAPI) -> None:
    @app.get("/health", response_model=None, summary="Whether the process runs")
    async def health() -> Response:
        return Json({"status": "ok", "version": __version__})

    @app.get("/ready", response_model=None, summary="Whether questions can be answered")
    async def ready(request: Request) -> Response:
        state = request.app.state  # asked once a second at most: anybody may ask
        if time.monotonic() > getattr(state, "ready_until", 0.0):
            state.ready_until = time.monotonic() + 1.0
            try:
                await state.desk.run(service.counts, OWNER)
            except BaseException:
                state.ready_until = 0.0
                raise
        return Json({"status": "ready"})

    @app.get("/metrics", response_model=None, summary="Figures for Prometheus")
    async def metrics(request: Request) -> Response:
        request.app.state.gatekeeper.caller(request)
        text = request.app.state.metrics.text()
        return Response(text, media_type="text/plain; version=0.0.4; charset=utf-8")
