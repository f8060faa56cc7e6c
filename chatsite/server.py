"""How the product is served: uvicorn with protocols of ours, and a start and an end of its own.

Written for uvicorn 0.54; tests/test_server.py holds it to that.
"""

import asyncio
import os
import resource
import signal
import socket
import sys
import tempfile
from contextlib import suppress
from types import FrameType

from django.conf import settings
from uvicorn import Config, Server
from uvicorn.supervisors import Multiprocess

from chat.realtime import peers
from chatsite.guard import GuardedHttp
from chatsite.sockets import MadangProtocol

START_WITHIN = 60
"""Seconds for a new worker to be ready, or else the old one stays and the restart ends: with
the five that uvicorn gives a running worker to show life, a busy machine was never replaced."""
FILES = 262_144
"""Files and sockets that a process opens at most."""
HALF_OPEN_MS = 20_000
"""How long sent bytes may stay unacknowledged before the kernel gives a peer up."""


class Quiet(Server):
    """uvicorn's server, which looks up once a second and when told to end, not ten times.

    Each look wakes the process: that was a third of what it took while nothing was said.
    """

    _loop: asyncio.AbstractEventLoop | None = None
    _told: asyncio.Event

    async def main_loop(self) -> None:
        self._told, self._loop = asyncio.Event(), asyncio.get_running_loop()
        while not await self.on_tick(0):
            with suppress(TimeoutError):
                async with asyncio.timeout(1.0):
                    await self._told.wait()

    def handle_exit(self, sig: int, frame: FrameType | None) -> None:
        super().handle_exit(sig, frame)
        if self._loop is not None:
            self._loop.call_soon_threadsafe(self._told.set)


class Supervisor(Multiprocess):
    """uvicorn's supervisor, which lets a new worker take its time when all are replaced."""

    def restart_all(self) -> None:
        patience = self.config.timeout_worker_healthcheck
        self.config.timeout_worker_healthcheck = START_WITHIN
        try:
            super().restart_all()
        finally:
            self.config.timeout_worker_healthcheck = patience


def config(workers: int = 1) -> Config:
    """uvicorn's configuration for this installation."""
    return Config(
        "chatsite.asgi:application",
        workers=workers,
        loop="uvloop",
        http=GuardedHttp,
        ws=MadangProtocol,
        ws_max_size=settings.CHAT["frame_bytes"],
        # Each socket would compress for itself, and encoding once would be for nothing. What is
        # compressed once for all is agreed to by `deflating`.
        ws_per_message_deflate=False,
        # The heads that go out every 20 s find dead peers, by the kernel's own timeout.
        ws_ping_interval=None,
        ws_ping_timeout=None,
        lifespan="on",
        access_log=False,
        log_config=None,
        server_header=False,
        proxy_headers=bool(settings.TRUSTED_PROXIES),
        forwarded_allow_ips=settings.TRUSTED_PROXIES or "127.0.0.1",
        timeout_graceful_shutdown=8,
        backlog=4096,
    )


def listening(host: str, port: int) -> socket.socket:
    """A bound socket whose connections notice a vanished peer. Raises OSError."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    sock = socket.socket(family, socket.SOCK_STREAM)
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    if sys.platform == "linux":
        sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_USER_TIMEOUT, HALF_OPEN_MS)
        sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    sock.bind((host, port))
    sock.set_inheritable(True)
    return sock


def run(host: str, port: int, workers: int = 1) -> None:
    """Serve until told to stop."""
    sock = listening(host, port)
    settled = config(workers)
    for number in (signal.SIGTERM, signal.SIGINT):
        # uvicorn raises what ended it once more when all is done: an orderly end, exit code 0.
        signal.signal(number, _leave)
    _raise_file_limit()
    if workers > 1:
        with tempfile.TemporaryDirectory(prefix="madang-peers-") as folder:
            os.environ[peers.FOLDER] = folder  # The workers inherit it.
            Supervisor(settled, sockets=[sock]).run()
    else:
        Quiet(settled).run(sockets=[sock])


def _raise_file_limit() -> None:
    """Allow as many sockets as the system lets us: a container often begins with 1,024."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = FILES if hard == resource.RLIM_INFINITY else min(hard, FILES)
    if soft < wanted:
        resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, hard))


def _leave(_number: int, _frame: FrameType | None) -> None:
    sys.exit(0)
