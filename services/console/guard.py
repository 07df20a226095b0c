"""Keeping strangers out: security headers on every answer, and no writes on behalf of other sites."""

from collections.abc import Callable

from fastapi import HTTPException, Request
from starlette.datastructures import MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from services.console.core import foreign

HEADERS = {
    "Content-Security-Policy": (
        "default-src 'self'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'; object-src 'none'"
    ),
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    # Not no-referrer: browsers would then name no origin on our own forms either.
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
}


class SecurityHeaders:
    """Around the whole application, streams included."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        async def guarded(message: Message) -> None:
            if message["type"] == "http.response.start":
                MutableHeaders(scope=message).update(HEADERS)
            await send(message)

        await self._app(scope, receive, guarded if scope["type"] == "http" else send)


def own_origin(console_url: str) -> Callable[[Request], None]:
    """A dependency that refuses (403) what a page of another site sends."""

    def check(request: Request) -> None:
        headers = request.headers
        host = headers.get("host", "")
        why = foreign(host, headers.get("origin"), headers.get("sec-fetch-site"), console_url)
        if why is not None:
            raise HTTPException(403, f"Refused: {why}.")

    return check
