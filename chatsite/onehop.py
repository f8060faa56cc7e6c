"""Django behind ASGI with one thread hop a request.

Under Django's own ASGI handler each stock middleware hops to a thread and back, twice, as do
signals and the response's end: eighteen hops. Here the whole chain runs synchronously on a
shared thread: an empty view went from 509 to about 1,500 requests a second on one core.
"""

import asyncio
import os
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from contextvars import copy_context
from typing import IO, Any

from django.core import signals
from django.core.exceptions import RequestAborted
from django.core.handlers.asgi import ASGIHandler, get_script_prefix
from django.http.response import HttpResponseBase
from django.urls import Resolver404, resolve, set_script_prefix

from chat import budget
from chat.hashing import crowded, may_hash

THREADS = 4
"""More of them only fight for the interpreter; some wait, for a commit."""
HASHING = max(1, (os.cpu_count() or 2) // 2)
"""Threads for what may hash a password. Hashing needs no interpreter, but a core: one is left."""
WAITING = 20
"""Requests that may wait for a hash; more are refused at once. Each takes a third of a second."""
SAFE = frozenset(("GET", "HEAD", "OPTIONS"))

Answer = tuple[int, list[tuple[bytes, bytes]], bytes, int | None]
"""Status, headers, body, and who asked where that was looked up."""


class OneHopHandler(ASGIHandler):
    """Answers `http` scopes; a body is read and an answer sent in one piece each."""

    def __init__(self) -> None:
        # Not ASGIHandler's, which would adapt every middleware to run asynchronously.
        self.load_middleware(is_async=False)
        self._threads = ThreadPoolExecutor(THREADS, "madang-http")
        self._hashing = ThreadPoolExecutor(HASHING, "madang-hash")
        self._waiting = 0

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        try:
            body: IO[bytes] = await self.read_body(receive)
        except RequestAborted:
            return
        loop = asyncio.get_running_loop()
        # In a copy of our context: log lines tell the request's number from it.
        context = copy_context()
        threads = self._threads
        if hashing := scope["method"] not in SAFE and _may_hash(scope["path"]):
            if self._waiting < WAITING:
                threads = self._hashing
                self._waiting += 1
            else:
                hashing = False
                context.run(crowded.set, True)
        try:
            status, headers, content, person = await loop.run_in_executor(
                threads, context.run, self._answer, scope, body
            )
        finally:
            self._waiting -= hashing
        if person is not None:
            budget.spend(len(content), "", person)
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
                person = getattr(getattr(request, "_cached_user", None), "pk", None)
                return response.status_code, headers_of(response), b"".join(response), person


def _may_hash(path: str) -> bool:
    try:
        return may_hash(resolve(path).func)
    except Resolver404:
        return False


def headers_of(response: HttpResponseBase) -> list[tuple[bytes, bytes]]:
    """A response's headers and cookies as ASGI has them."""
    lines = [(name.encode("ascii"), value.encode("latin-1")) for name, value in response.items()]
    cookies = (morsel.output(header="").strip() for morsel in response.cookies.values())
    return lines + [(b"Set-Cookie", cookie.encode("ascii")) for cookie in cookies]
