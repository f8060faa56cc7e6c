"""Django behind ASGI with one thread hop a request.

Under Django's own ASGI handler each stock middleware hops to a thread and back, twice, as do
signals and the response's end: eighteen hops. Here the whole chain runs synchronously on a
shared thread: an empty view went from 509 to about 1,500 requests a second on one core.
"""

import asyncio
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from contextvars import copy_context
from typing import IO, Any

from django.core import signals
from django.core.exceptions import RequestAborted
from django.core.handlers.asgi import ASGIHandler, get_script_prefix
from django.http.response import HttpResponseBase
from django.urls import set_script_prefix

THREADS = 4
"""More of them only fight for the interpreter; some wait, for a commit or a password's hash."""

Answer = tuple[int, list[tuple[bytes, bytes]], bytes]
"""Status, headers, body."""


class OneHopHandler(ASGIHandler):
    """Answers `http` scopes; a body is read and an answer sent in one piece each."""

    def __init__(self) -> None:
        # Not ASGIHandler's, which would adapt every middleware to run asynchronously.
        self.load_middleware(is_async=False)
        self._threads = ThreadPoolExecutor(THREADS, "madang-http")

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        try:
            body: IO[bytes] = await self.read_body(receive)
        except RequestAborted:
            return
        loop = asyncio.get_running_loop()
        # In a copy of our context: log lines tell the request's number from it.
        context = copy_context()
        status, headers, content = await loop.run_in_executor(
            self._threads, context.run, self._answer, scope, body
        )
        await send({"type": "http.response.start", "status": status, "headers": headers})
        await send({"type": "http.response.body", "body": content})

    def _answer(self, scope: Any, body: IO[bytes]) -> Answer:
        with closing(body):
            set_script_prefix(get_script_prefix(scope))
            signals.request_started.send(sender=type(self), scope=scope)
            request, refusal = self.create_request(scope, body)
            response: Any = refusal if request is None else self.get_response(request)
            response._handler_class = type(self)
            with closing(response):
                return response.status_code, headers_of(response), b"".join(response)


def headers_of(response: HttpResponseBase) -> list[tuple[bytes, bytes]]:
    """A response's headers and cookies as ASGI has them."""
    lines = [(name.encode("ascii"), value.encode("latin-1")) for name, value in response.items()]
    cookies = (morsel.output(header="").strip() for morsel in response.cookies.values())
    return lines + [(b"Set-Cookie", cookie.encode("ascii")) for cookie in cookies]
