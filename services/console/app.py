"""The application: routes, errors, health, around a store."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from fastapi import FastAPI, Request, Response
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse, PlainTextResponse
from fastapi.staticfiles import StaticFiles
from prometheus_client import generate_latest
from starlette.exceptions import HTTPException

from services.console import api, pages
from services.console.calling import Calling
from services.console.core import Refused
from services.console.guard import HEADERS, SecurityHeaders
from services.console.live import Hub
from services.console.state import Services
from services.console.view import Console, Missing, templates
from services.kit import logs
from services.kit.clock import Clock
from services.kit.health import Health
from services.kit.query import QueryError
from services.kit.settings import Settings
from services.store.protocol import Store, StoreUnavailable

STORE = "store"  # the condition under which the console is ready
AGAIN = 1.0  # seconds until a store that is out of reach is set up again


def create_app(
    store: Store, settings: Settings, clock: Clock, health: Health, hub: Hub | None = None
) -> FastAPI:
    """The console over a store. `health` has the condition STORE; `app.state.hub` can end all streams."""
    services = Services(settings.data / "run.json")
    console = Console(store, settings, clock, services, templates(), Calling(store))
    hub = hub or Hub(console.look)

    @asynccontextmanager
    async def lifespan(_: FastAPI) -> AsyncIterator[None]:
        preparing = asyncio.create_task(_prepare(store, health))
        yield
        preparing.cancel()
        hub.close()

    app = FastAPI(
        title="newswatch",
        docs_url=None,  # FastAPI's pages of documentation load scripts from elsewhere
        redoc_url=None,
        openapi_url="/api/openapi.json",
        lifespan=lifespan,
    )
    app.state.hub = hub
    app.add_middleware(SecurityHeaders)
    app.include_router(pages.router(console, hub))
    app.include_router(api.router(console))
    app.mount("/static", StaticFiles(packages=[("services.console", "static")]), name="static")
    _answer_errors(app, console)
    _answer_health(app, store, health)
    return app


async def _prepare(store: Store, health: Health) -> None:
    """Set the store up as soon as it can be reached."""
    while True:
        try:
            await asyncio.to_thread(store.setup)
        except StoreUnavailable as error:
            health.unmet(STORE, str(error))
            logs.get(__name__).warning("waiting for the store", cause=str(error))
            await asyncio.sleep(AGAIN)
        else:
            health.met(STORE)
            return


def _answer_health(app: FastAPI, store: Store, health: Health) -> None:
    @app.get("/healthz", include_in_schema=False)
    def healthz() -> Response:
        return JSONResponse({"status": "alive"})

    @app.get("/readyz", include_in_schema=False)
    def readyz() -> Response:
        try:
            store.check()
        except StoreUnavailable as error:
            health.unmet(STORE, str(error))
        else:
            health.met(STORE)
        reasons = health.reasons()
        body = {"service": health.service, "ready": not reasons, "waiting_for": reasons}
        return JSONResponse(body, 503 if reasons else 200)

    @app.get("/metrics", include_in_schema=False)
    def metrics() -> Response:
        return PlainTextResponse(
            generate_latest(health.metrics.registry), media_type="text/plain; version=0.0.4; charset=utf-8"
        )


def _answer_errors(app: FastAPI, console: Console) -> None:
    def told(request: Request, status: int, message: str, **more: int) -> Response:
        if request.url.path.startswith("/api"):
            return JSONResponse({"error": message, **more}, status)
        return console.problem(status, message)

    @app.exception_handler(StoreUnavailable)
    def unavailable(request: Request, error: StoreUnavailable) -> Response:
        response = told(request, 503, str(error))
        response.headers["Retry-After"] = "2"
        return response

    @app.exception_handler(Missing)
    def missing(request: Request, error: Missing) -> Response:
        return told(request, 404, str(error))

    @app.exception_handler(QueryError)
    def unreadable(request: Request, error: QueryError) -> Response:
        return told(request, 422, str(error), position=error.position)

    @app.exception_handler(Refused)
    def refused(request: Request, error: Refused) -> Response:
        return told(request, error.status, str(error))

    @app.exception_handler(RequestValidationError)
    def invalid(request: Request, error: RequestValidationError) -> Response:
        problems = [
            f"{'.'.join(str(part) for part in each['loc'])}: {each['msg']}" for each in error.errors()
        ]
        return told(request, 422, "; ".join(problems))

    @app.exception_handler(HTTPException)
    def failed(request: Request, error: HTTPException) -> Response:
        lost = error.status_code == 404
        message = f"There is no page {request.url.path} here." if lost else str(error.detail)
        return told(request, error.status_code, message)

    @app.exception_handler(Exception)
    def bug(request: Request, error: Exception) -> Response:
        response = told(request, 500, f"The console failed ({type(error).__name__}); its log says more.")
        response.headers.update(HEADERS)  # this answer is made outside of all middleware
        return response
