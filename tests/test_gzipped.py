"""Answers compressed over plain http: which, for whom, and that nothing else is touched."""

import gzip
from typing import Any

import pytest

from chatsite.gzipped import ON_THE_LOOP, gzipped

pytestmark = pytest.mark.static
HTML = b"text/html; charset=utf-8"
LONG = "안녕하세요, 마당이에요. ".encode() * 100


async def answered(
    body: bytes = LONG, *, kind: bytes = HTML, accepts: str = "gzip, deflate", scheme: str = "http",
    headers: tuple[tuple[bytes, bytes], ...] = (), pieces: int = 1,
) -> tuple[dict[bytes, bytes], bytes]:  # fmt: skip
    """The headers and the body that a client gets of an application that says this."""
    sent: list[Any] = []

    async def application(_scope: Any, _receive: Any, send: Any) -> None:
        length = (b"Content-Length", str(len(body) * pieces).encode())
        given = [(b"Content-Type", kind), length, *headers]
        await send({"type": "http.response.start", "status": 200, "headers": given})
        for left in range(pieces - 1, -1, -1):
            await send({"type": "http.response.body", "body": body, "more_body": left > 0})

    async def receive() -> Any:
        return {"type": "http.request"}

    async def send(event: Any) -> None:
        sent.append(event)

    asked = [(b"accept-encoding", accepts.encode())] if accepts else []
    scope = {"type": "http", "scheme": scheme, "path": "/", "headers": asked}
    await gzipped(application)(scope, receive, send)
    assert [event["type"] for event in sent] == [
        "http.response.start", *["http.response.body"] * pieces,
    ]  # fmt: skip
    lines = [(name.lower(), value) for name, value in sent[0]["headers"]]
    assert len(lines) == len(dict(lines)), "no header twice"
    return dict(lines), b"".join(event["body"] for event in sent[1:])


@pytest.mark.parametrize("kind", [HTML, b"application/json", b"application/manifest+json"])
@pytest.mark.parametrize("size", [len(LONG), 2 * ON_THE_LOOP])
async def test_text_is_compressed_and_says_so(kind, size):
    body = (LONG * (size // len(LONG) + 1))[:size]
    headers, sent = await answered(body, kind=kind)
    assert gzip.decompress(sent) == body
    assert headers[b"content-length"] == str(len(sent)).encode()
    assert (headers[b"content-encoding"], headers[b"vary"]) == (b"gzip", b"Accept-Encoding")


@pytest.mark.parametrize("accepts", ["gzip", "deflate, gzip;q=0.5", "br, GZIP , zstd", "a,gzip"])
async def test_whoever_takes_gzip_gets_it(accepts):
    assert (await answered(accepts=accepts))[0][b"content-encoding"] == b"gzip"


@pytest.mark.parametrize(
    "case",
    [
        {"accepts": ""},
        {"accepts": "br, deflate"},
        {"accepts": "gzip;q=0, br"},
        {"accepts": "gzip; q=0.0"},
        {"accepts": "xgzip, gzipx"},
        {"scheme": "https"},
        {"kind": b"image/png"},
        {"body": b"short"},
        {"headers": ((b"Content-Encoding", b"br"),)},
        {"pieces": 3},
    ],
    ids=str,
)
async def test_everything_else_is_sent_as_it_is(case):
    headers, sent = await answered(**case)
    assert sent == case.get("body", LONG) * case.get("pieces", 1)
    assert headers.get(b"content-encoding") != b"gzip"
    assert headers[b"content-length"] == str(len(sent)).encode()


async def test_a_proxy_compresses_by_itself(settings):
    settings.TRUSTED_PROXIES = ["10.0.0.0/8"]
    assert (await answered())[1] == LONG
