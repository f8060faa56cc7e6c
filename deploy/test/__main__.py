"""`python -m deploy.test docker|podman build|run`: make the image; run the compose file with it,
from an empty disk on, which fetches nothing.
"""

import asyncio
import signal
import ssl
import sys
import time
from collections.abc import Coroutine, Iterator
from contextlib import contextmanager
from typing import TypeVar

import httpx
from websockets.asyncio.client import connect

from deploy.test.confinement import flaws
from deploy.test.crowd import Person, Site, breaches
from deploy.test.door import faults, unsafe
from deploy.test.project import NAME, Failed, Project
from tests.support.live import Live
from tests.support.services import free_port

T = TypeVar("T")

FIRST_MESSAGE_SECONDS = 90
"""From `up` on an empty disk, with the images there."""
BACK_SECONDS = 40
"""How long a restarted service may keep people from talking."""


@contextmanager
def step(name: str) -> Iterator[None]:
    """Say what is done and how long it took."""
    began = time.monotonic()
    yield
    print(f"{time.monotonic() - began:7.1f} s  {name}", flush=True)


async def reachable(site: Site, seconds: float, bus: str = "up") -> None:
    """Wait until the chat is ready behind the proxy. Raises TimeoutError."""
    said = "nothing"
    try:
        async with asyncio.timeout(seconds), site.client() as http:
            while True:
                try:
                    answer = await http.get("/readyz", timeout=3)
                    said = f"{answer.status_code} {answer.text:.200}"
                    if answer.status_code == 200 and answer.json()["bus"] == bus:
                        return
                except (httpx.TransportError, ValueError) as error:
                    said = repr(error)
                await asyncio.sleep(0.2)
    except TimeoutError:
        raise TimeoutError(f"{site.url} was not ready after {seconds} s; last: {said}") from None


async def first_message(site: Site, name: str) -> Person:
    """A newcomer says something on the board, and reads it back."""
    person = await site.enter(name)
    async with person.dial() as socket:
        live = Live(socket)
        await live.event("hello")
        await live.subscribe("board")
        ack = await live.post("board", f"{name}: 안녕하세요", "first")
    rows = await person.history()
    assert rows[-1]["seq"] == ack["seq"], (rows, ack)
    return person


async def across(project: Project, person: Person) -> None:
    """A message from a client on each web container to a client on the other."""
    names = await project.containers("web")
    assert len(names) == 2, names
    addresses = [(await project.addresses(name))[0] for name in names]
    async with person.dial(addresses[0]) as one, person.dial(addresses[1]) as other:
        lives = [Live(one), Live(other)]
        for live in lives:
            await live.event("hello")
            await live.subscribe("board")
        for speaker, listener in (lives, lives[::-1]):
            text = f"from one container to the other {time.monotonic_ns()}"
            await speaker.post("board", text, f"x{time.monotonic_ns()}")
            await listener.event("message", text=text)


async def restarts(project: Project, site: Site) -> list[str]:
    """Restart every service while people talk. What was wrong."""
    people = [await site.enter(f"사람 {number}") for number in range(10)]
    made = await people[0].http.post("/api/v1/rooms", json={"title": "방"})
    for person in people[:5]:
        joined = await person.http.post("/api/v1/rooms/join", json={"code": made.json()["code"]})
        assert joined.status_code == 200, joined.text
        person.room = made.json()["id"]
    staying = [asyncio.create_task(person.stay()) for person in people]
    quiet = asyncio.Event()
    talking = [asyncio.create_task(person.talk(quiet)) for person in people]
    for person in people:
        await person.settled(20)
    for service in ("valkey", "postgres", "web", "proxy"):
        with step(f"restart {service} under load, until everyone is heard again"):
            await project.restart(service)
            await asyncio.gather(*(person.settled(BACK_SECONDS) for person in people))
    with step("upgrade to another image under load, until everyone is heard again"):
        await project.upgrade()
        await asyncio.gather(*(person.settled(BACK_SECONDS) for person in people))
    quiet.set()
    await asyncio.gather(*talking)
    await asyncio.gather(*(person.settled(20) for person in people))
    heads = {person.room: max(person.acked.values()) for person in people}
    for person in people:
        heads[person.room] = max(heads[person.room], *person.acked.values())
    async with asyncio.timeout(20):
        while any(person.view.head < heads[person.room] for person in people):
            await asyncio.sleep(0.1)
    found = await breaches(people)
    for person in people:
        person.done.set()
    await asyncio.gather(*staying)
    said = sum(len(person.acked) for person in people)
    sockets = sum(person.sockets for person in people)
    print(f"           {said} messages acked over {sockets} sockets, {len(found)} breaches")
    return found


async def leaks(project: Project, person: Person) -> list[str]:
    """Which service's log holds something that was said, a code or a cookie."""
    made = await person.http.post("/api/v1/rooms", json={"title": "비밀스러운 방"})
    code = made.json()["code"]
    async with connect(
        f"{person.site.url.replace('http', 'ws', 1)}/ws/{code}", proxy=None
    ) as plain:
        await plain.send("쉿")
    secrets = {"a room's code": code, "a title": "비밀스러운", "a text": "안녕하세요"}
    secrets |= {f"the cookie {c.name}": c.value for c in person.http.cookies.jar if c.value}
    found = []
    for service in ("proxy", "web", "migrate", "postgres", "valkey"):
        log = await project.logs(service)
        found += [f"{service} logs {what}" for what, secret in secrets.items() if secret in log]
    return found


async def tended(project: Project, person: Person) -> list[str]:
    """What is wrong with the commands of an operator: backup, restore and doctor."""
    web = (await project.containers("web"))[0]
    file = "/data/compose-test.tar.gz"
    await project.inside(web, "deploy/entrypoint", "backup", file)
    before = await person.history()
    await person.http.post(
        "/api/v1/rooms/board/messages", json={"text": "after the backup", "nonce": "after"}
    )
    await project.inside(web, "deploy/entrypoint", "restore", "--yes", file)
    found = [] if await person.history() == before else ["restore brought something else back"]
    try:
        said = await project.inside(web, "deploy/entrypoint", "doctor")
    except Failed as failed:
        said = str(failed)  # This name leads nowhere from inside a container.
    for words in ("ok  Postgres", "Redis at valkey:6379 passes messages on", "fit for the public"):
        if words not in said:
            found.append(f"doctor does not say {words!r} but {said[-1500:]}")
    return found


async def late(project: Project, site: Site) -> None:
    """Start the services in the least helpful order."""
    await project.compose("up", "-d", "--no-deps", "proxy", "web")
    await asyncio.sleep(3)  # Long enough for web to ask for a database that isn't there.
    await project.compose("up", "-d", "--no-deps", "postgres")
    await reachable(site, 60, bus="down")
    await project.compose("up", "-d", "--no-deps", "valkey")


async def internal_trust(project: Project) -> ssl.SSLContext:
    """The root certificate that Caddy made for an address without a public name."""
    path = "/data/caddy/pki/authorities/local/root.crt"
    (name,) = await project.containers("proxy")
    async with asyncio.timeout(30):
        while True:
            try:
                return ssl.create_default_context(cadata=await project.inside(name, "cat", path))
            except (Failed, ssl.SSLError):
                await asyncio.sleep(0.3)


async def build(engine: str) -> None:
    """Make the image that `run` runs."""
    with step("build"):
        await Project(engine, 0, 0, "http://localhost").compose("build", "web")


async def run(engine: str) -> list[str]:
    """All steps, from an empty disk on. What was wrong."""
    http_port, https_port = free_port(), free_port()
    site = Site(f"http://localhost:{http_port}")
    settings = {"METRICS_ALLOW": "10.0.0.0/8,172.16.0.0/12,192.168.0.0/16"}
    project = Project(engine, http_port, https_port, site.url, settings)
    found: list[str] = []
    try:
        await project.down("-v")
        began = time.monotonic()
        with step("up on an empty disk, to the first message through the proxy"):
            await project.compose("up", "-d")
            await reachable(site, FIRST_MESSAGE_SECONDS)
            person = await first_message(site, "첫손님")
        if (took := time.monotonic() - began) > FIRST_MESSAGE_SECONDS:
            found.append(f"the first message took {took:.0f} s")
        with step("confinement, and what the proxy lets in"):
            found += await flaws(project)
            found += await faults(site)
        with step("two web containers, a message across each way"):
            await project.compose("up", "-d", "--scale", "web=2", "--no-recreate")
            async with asyncio.timeout(60):
                while len(await project.containers("web")) < 2:
                    await asyncio.sleep(0.5)
            for name in await project.containers("web"):
                await until_healthy(project, name)
            await across(project, person)
        found += await restarts(project, site)
        found += await leaks(project, person)
        with step("backup, restore and doctor in a container"):
            found += await tended(project, person)
        before = await person.history()
        with step("down, and up in the least helpful order, with everything still there"):
            await project.down()
            await late(project, site)
            await reachable(site, 60)
            if await person.history() != before:
                found.append("after down and up the history is another one")
        with step("down, and up at an https address, to a message through TLS"):
            await project.down()
            secure = Site(f"https://localhost:{project.https_port}")
            project.public_url = secure.url
            await project.compose("up", "-d")
            secure.trust = await internal_trust(project)
            await reachable(secure, 90)
            found += await unsafe(secure, site)
            someone = await first_message(secure, "둘째손님")
            if (await someone.history())[: len(before)] != before:
                found.append("under https the history is another one")
    except Exception:
        await show_logs(project)
        raise
    finally:
        await project.down("-v")
    found += [f"down -v left {name}" for name in await project.volumes()]
    return found


async def until_healthy(project: Project, name: str) -> None:
    """Wait until the container's own health check agrees."""
    async with asyncio.timeout(60):
        while True:
            try:
                check = (await project.inspect(name))["Config"]["Healthcheck"]["Test"][1:]
                await project.inside(name, *check)
                return
            except Failed:
                await asyncio.sleep(0.5)


async def show_logs(project: Project) -> None:
    for service in ("proxy", "web", "migrate", "prepare", "postgres", "valkey"):
        label = f"label=com.docker.compose.service={service}"
        names = await project.run(
            project.engine, "ps", "-a", "--filter", label,
            "--filter", f"label=com.docker.compose.project={NAME}", "--format", "{{.Names}}",
        )  # fmt: skip
        for name in names.split():
            try:
                log = await project.run(project.engine, "logs", "--tail", "25", name)
            except Failed as failed:
                log = str(failed)
            print(f"--- {name}\n{log}", file=sys.stderr)


async def interruptible(work: Coroutine[None, None, T]) -> T:
    """The same; SIGTERM too leaves nothing behind."""
    task = asyncio.create_task(work)
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, task.cancel)
    return await task


def main() -> int:
    engine, work = sys.argv[1:]
    if work == "build":
        asyncio.run(interruptible(build(engine)))
        return 0
    found = asyncio.run(interruptible(run(engine)))
    for flaw in found:
        print(f"wrong: {flaw}", file=sys.stderr)
    print("compose: everything held" if not found else f"compose: {len(found)} things are wrong")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
