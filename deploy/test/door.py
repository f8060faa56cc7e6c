"""What the proxy lets in, and under which name and address."""

from urllib.parse import urlsplit

import httpx

from deploy.test.crowd import Site

FORGED = {"X-Forwarded-For": "203.0.113.7", "X-Request-ID": "mine"}


async def faults(site: Site) -> list[str]:
    """What is wrong with limits, addresses and numbers at the proxy."""
    found = []
    async with site.client() as http:
        page = await http.get("/", headers=FORGED)
        if page.status_code != 200:
            found.append(f"the first page answers {page.status_code}")
        number = page.headers.get("X-Request-ID", "")
        if len(number) != 36:
            found.append(f"the request's number is {number!r}")
        if "Server" in page.headers:
            found.append("the proxy tells what it is")
        # Only addresses of the networks between containers may read it: the client's real one.
        if (await http.get("/metrics", headers=FORGED)).status_code != 200:
            found.append("a client can claim another address")
        large = await http.get("/", headers={"Cookie": "x" * 40_000})
        if large.status_code != 431:
            found.append(f"40 KB of headers are answered with {large.status_code}")
        try:
            body = await http.post("/api/v1/guests", content=b"x" * 2_000_000)
            if body.status_code != 413:
                found.append(f"2 MB of body are answered with {body.status_code}")
        except httpx.TransportError:
            pass  # Cut while it was still sending.
        name = page.text.partition("/static/")[2].partition('"')[0]
        file = await http.get(f"/static/{name}")
        if file.status_code != 200 or "immutable" not in file.headers["Cache-Control"]:
            found.append(f"/static/{name} answers {file.status_code}")
        port = urlsplit(site.url).port
        other = await http.get("/", headers={"Host": f"192.0.2.1:{port}"})
        if other.status_code != 421 or site.url not in other.text:
            found.append(f"under another name it answers {other.status_code} {other.text:.80}")
    return found


async def unsafe(secure: Site, plain: Site) -> list[str]:
    """What is wrong with the way from http to https."""
    found = []
    async with plain.client() as http:
        answer = await http.get("/rooms?x=1", follow_redirects=False)
        if answer.headers.get("Location") != f"{secure.url}/rooms?x=1":
            found.append(f"http leads to {answer.headers.get('Location')}")
    async with secure.client() as http:
        page = await http.get("/")
        if "Strict-Transport-Security" not in page.headers:
            found.append("no HSTS under https")
        entered = await http.post("/api/v1/guests", json={"nickname": "셋째"})
        cookie = entered.headers.get("Set-Cookie", "")
        if not cookie.startswith("__Host-") or "Secure" not in cookie:
            found.append(
                f"the session's cookie is {cookie.partition('=')[0]!r}, not __Host-, Secure"
            )
    return found
