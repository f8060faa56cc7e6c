"""A TCP relay that stands for the network: what passes can be cut, swallowed, slowed or changed."""

import asyncio
import socket as sockets
import struct
from collections.abc import Callable, Iterable

CHUNK = 64 * 1024

Change = Callable[[bytes], Iterable[bytes]]
"""Gets what the server sent on one connection, piece by piece, and yields what arrives instead."""


class Proxy:
    """Relays connections on a port of its own to another port of this machine.

    Its attributes may be set at any time and hold for connections that stand and those to come:
    `stalled` lets nothing through in either direction, while everybody believes in the line;
    `refusing` cuts newcomers at once; `delay` is in seconds each way; `rate` in bytes a second
    each way, 0 for no bound. `changing` makes one `Change` for each new connection.
    """

    def __init__(self, target: int, changing: Callable[[], Change] | None = None) -> None:
        self.target = target
        self.changing = changing
        self.delay = 0.0
        self.rate = 0
        self.refusing = False
        self.port = 0
        self.opened = 0
        self._flowing = asyncio.Event()
        self._flowing.set()
        self._far: set[int] = set()
        self._server: asyncio.Server | None = None
        self._lines: set[asyncio.Task[None]] = set()

    @property
    def stalled(self) -> bool:
        return not self._flowing.is_set()

    @stalled.setter
    def stalled(self, stalled: bool) -> None:
        if stalled:
            self._flowing.clear()
        else:
            self._flowing.set()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def socket(self, path: str) -> str:
        """The address of a WebSocket path behind it."""
        return f"ws://127.0.0.1:{self.port}{path}"

    async def start(self) -> None:
        """Listen from now on."""
        self._server = await asyncio.start_server(self._take, "127.0.0.1", 0, limit=CHUNK)
        self.port = self._server.sockets[0].getsockname()[1]

    async def stop(self) -> None:
        """Cut everything and listen no longer."""
        if self._server is not None:
            self._server.close()
        self.cut()
        await asyncio.gather(*self._lines, return_exceptions=True)

    def cut(self) -> None:
        """Reset all connections that stand."""
        for line in self._lines:
            line.cancel()

    def far_ports(self) -> list[int]:
        """The ports from which it speaks to its target."""
        return sorted(self._far)

    async def _take(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        line = asyncio.current_task()
        assert line is not None
        self._lines.add(line)
        self.opened += 1
        far: asyncio.StreamWriter | None = None
        far_port = 0
        try:
            if self.refusing:
                return
            far_reader, far = await asyncio.open_connection(sock=await self._reach(), limit=CHUNK)
            far_port = far.get_extra_info("sockname")[1]
            self._far.add(far_port)
            change = self.changing() if self.changing is not None else None
            async with asyncio.TaskGroup() as group:
                group.create_task(self._relay(reader, far, None))
                group.create_task(self._relay(far_reader, writer, change))
        except* (OSError, asyncio.CancelledError):
            pass
        finally:
            self._lines.discard(line)
            self._far.discard(far_port)
            for end in (writer, far):
                if end is not None:
                    reset(end)

    async def _reach(self) -> sockets.socket:
        """A connection to the target, which can't run far ahead of a slow line."""
        reaching = sockets.socket()
        reaching.setblocking(False)
        if self.rate:
            reaching.setsockopt(sockets.SOL_SOCKET, sockets.SO_RCVBUF, CHUNK)
        try:
            loop = asyncio.get_running_loop()
            await loop.sock_connect(reaching, ("127.0.0.1", self.target))
        except BaseException:
            reaching.close()
            raise
        return reaching

    async def _relay(
        self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, change: Change | None
    ) -> None:
        """Pass on what comes until one side ends, and then its end as well."""
        loop = asyncio.get_running_loop()
        on_its_way: asyncio.Queue[tuple[float, bytes]] = asyncio.Queue(64)

        async def arrive() -> None:
            while True:
                due, data = await on_its_way.get()
                if (wait := due - loop.time()) > 0:
                    await asyncio.sleep(wait)
                await self._flowing.wait()
                for piece in change(data) if change is not None and data else (data,):
                    if piece:
                        writer.write(piece)
                await writer.drain()
                if not data:
                    if writer.can_write_eof():
                        writer.write_eof()
                    return
                if self.rate:
                    await asyncio.sleep(len(data) / self.rate)

        arriving = asyncio.create_task(arrive())
        try:
            while not arriving.done():
                await self._flowing.wait()
                data = await reader.read(self.rate // 10 or CHUNK)
                await on_its_way.put((loop.time() + self.delay, data))
                if not data:
                    break
            await arriving
        finally:
            arriving.cancel()


def reset(writer: asyncio.StreamWriter) -> None:
    """End a connection at once, so that the other side hears a reset."""
    raw = writer.get_extra_info("socket")
    if raw is not None and raw.fileno() >= 0:
        raw.setsockopt(sockets.SOL_SOCKET, sockets.SO_LINGER, struct.pack("ii", 1, 0))
    writer.transport.abort()
