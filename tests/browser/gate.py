"""A gate before the chat, as owners put it there: who does not carry its cookie is not let in."""

import asyncio
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress

COOKIE = "gate=open"
REFUSED = b"HTTP/1.1 401 Unauthorized\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"


class Gate:
    """`url` is where it stands; `refused` the request lines that it has turned away."""

    def __init__(self, port: int) -> None:
        self.url = ""
        self.refused: list[str] = []
        self._port = port
        self._open: set[asyncio.StreamWriter] = set()

    async def serve(self, ready: threading.Event, ended: asyncio.Event) -> None:
        server = await asyncio.start_server(self._meet, "127.0.0.1", 0)
        self.url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
        ready.set()
        await ended.wait()
        server.close()
        for writer in self._open:
            writer.transport.abort()

    async def _meet(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._open.add(writer)
        with suppress(OSError, asyncio.IncompleteReadError):
            head = await reader.readuntil(b"\r\n\r\n")
            lines = head.decode("latin-1").split("\r\n")
            cookies = [line for line in lines if line.lower().startswith("cookie:")]
            if any(COOKIE in line for line in cookies):
                await self._pass_on(lines, reader, writer)
            else:
                self.refused.append(lines[0])
                writer.write(REFUSED)
                await writer.drain()
        writer.close()

    async def _pass_on(
        self, lines: list[str], reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> None:
        """One request a connection, so that the next one is looked at too."""
        kept = lines
        if not any(line.lower().startswith("upgrade:") for line in lines):
            kept = [line for line in lines if not line.lower().startswith("connection:")]
            kept.insert(1, "Connection: close")
        behind, before = await asyncio.open_connection("127.0.0.1", self._port)
        self._open.add(before)
        before.write("\r\n".join(kept).encode("latin-1"))
        ways = [
            asyncio.create_task(pump(reader, before)),
            asyncio.create_task(pump(behind, writer)),
        ]
        await ways[1]
        ways[0].cancel()
        before.close()


async def pump(source: asyncio.StreamReader, target: asyncio.StreamWriter) -> None:
    with suppress(OSError):
        while part := await source.read(65536):
            target.write(part)
            await target.drain()


@contextmanager
def gate_before(port: int) -> Iterator[Gate]:
    """A gate on a free port before the server on `port`."""
    gate, ready = Gate(port), threading.Event()
    loop = asyncio.new_event_loop()
    ended = asyncio.Event()

    def run() -> None:
        loop.run_until_complete(gate.serve(ready, ended))
        tasks = asyncio.all_tasks(loop)
        for task in tasks:
            task.cancel()
        loop.run_until_complete(asyncio.gather(*tasks, return_exceptions=True))
        loop.close()

    thread = threading.Thread(target=run)
    thread.start()
    ready.wait(10)
    try:
        yield gate
    finally:
        loop.call_soon_threadsafe(ended.set)
        thread.join(10)
