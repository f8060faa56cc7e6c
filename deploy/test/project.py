"""A compose project under test, in Docker or in podman: its commands, containers and logs."""

import asyncio
import json
import os
import signal
import subprocess
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, cast

ROOT = Path(__file__).resolve().parents[2]
NAME = "madang-test"
COMMAND_SECONDS = 300
"""No command takes longer, unless it waits for what never comes."""
NEEDS = (("proxy", "web"), ("web", "postgres"), ("web", "valkey"))
"""Which service asks for which by name."""
NAME_SERVER = Path("/run/containers/networks/aardvark-dns")
"""Where podman's name server is told of the containers, a file a network, and leaves its number."""


class Failed(Exception):
    """A command that should have worked did not. Says which, and what it printed."""


class Nobody(asyncio.DatagramProtocol):
    """The name server behind podman's: nobody has the name, it says, and at once.

    aardvark-dns 1.4 asks it for what it doesn't know yet, such as a service that starts a moment
    later, and answers no one else meanwhile.
    """

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast("asyncio.DatagramTransport", transport)

    def datagram_received(self, data: bytes, address: tuple[str, int]) -> None:
        # The question as an answer (RFC 1035, 4.1): recursion, NXDOMAIN, no records.
        head = data[:2] + bytes([0x81 | (data[2] & 0x78), 0x83, 0, 1]) + bytes(6)
        self._transport.sendto(head + data[12 : data.index(0, 12) + 5], address)


@dataclass
class Project:
    """`docker-compose.yml` under a project name of its own, published on the loopback address."""

    engine: str
    """`docker` or `podman`."""
    http_port: int
    https_port: int
    public_url: str
    settings: dict[str, str] = field(default_factory=dict)

    @property
    def environment(self) -> dict[str, str]:
        return {
            **os.environ,
            "PUBLIC_URL": self.public_url,
            "HTTP_PORT": str(self.http_port),
            "HTTPS_PORT": str(self.https_port),
            "BIND": "127.0.0.1",
            "MADANG_IMAGE": "localhost/madang-web-test",
            **self.settings,
        }

    async def compose(self, *arguments: str) -> str:
        """What `compose ARGUMENTS` prints. Raises Failed."""
        if self.engine == "docker":
            program = ["docker", "compose"]
        else:
            program = [str(Path(sys.executable).with_name("podman-compose"))]
            program += ["--podman-build-args=--network=host --isolation=chroot"]
        return await self.run(*program, "-p", NAME, *arguments)

    @asynccontextmanager
    async def names(self) -> AsyncIterator[None]:
        """Keeps podman's name server running, by a container that does nothing.

        Else it ends when `prepare` does, the only one there then, and the next container may take
        it for running still: for a minute, or for good, nothing is found by name. Beside it
        runs `_find_all`.
        """
        if self.engine == "docker":
            yield
            return
        name = f"{NAME}-names"
        with suppress(Failed):  # As a rule there is none.
            await self.run(self.engine, "network", "rm", "-f", name)
        await self.run(self.engine, "network", "create", name)
        try:
            run = ("run", "-d", "--rm", "--name", name, "--network", name)
            await self.run(self.engine, *run, "localhost/madang-debian", "sleep", "infinity")
            finding = asyncio.create_task(self._find_all())
            loop = asyncio.get_running_loop()
            nobody, _protocol = await loop.create_datagram_endpoint(Nobody, ("127.0.0.1", 53))
            try:
                yield
            finally:
                nobody.close()
                finding.cancel()
        finally:
            await self.run(self.engine, "network", "rm", "-f", name)

    async def _find_all(self) -> None:
        """Has podman's name server read its files again when a service is not found by name.

        A signal to read again that reaches aardvark-dns 1.4 while it is reading is lost, as when
        two containers start together, and with it a name. So that is looked for after each change.
        """
        found = seen = _name_files()
        while True:
            await asyncio.sleep(1)
            before, seen = seen, _name_files()
            if seen == found or seen != before:
                continue
            if await self._not_found() and seen == _name_files():
                print("           the name server is told again", flush=True)
                with suppress(OSError, ValueError):  # It has not written its number, or has ended.
                    os.kill(int((NAME_SERVER / "aardvark.pid").read_text()), signal.SIGHUP)
            else:
                found = seen

    async def _not_found(self) -> list[str]:
        """Which service that runs is not found by name by one that needs it."""
        missing = []
        for asking, asked in NEEDS:
            try:
                there = await self.containers(asked)
                for name in (await self.containers(asking)) if there else []:
                    await self.inside(name, "getent", "hosts", asked)
            except Failed:  # Or that container has just gone; then there is another change.
                missing.append(asked)
        return missing

    async def restart(self, service: str) -> None:
        """Stop and start every container of a service, as `compose restart` does."""
        if self.engine == "docker":
            await self.compose("restart", service)
            return
        # Nor podman nor podman-compose restart what depends on a container that has ended.
        names = await self.containers(service)
        await self.run(self.engine, "stop", "-t", "20", *names)
        await self.run(self.engine, "start", *names)

    async def upgrade(self) -> None:
        """Put another image in place of the one that runs, as `pull` and `up -d` do."""
        image = self.environment["MADANG_IMAGE"]
        arguments = ["--network=host"] if self.engine == "podman" else []
        await self.run(
            self.engine, "build", "-q", *arguments, "--label", "edition=next", "-t", image, "."
        )
        if self.engine == "docker":
            await self.compose("up", "-d", "--scale", "web=2")
            return
        # podman-compose does not see that a tag means another image, nor what `--scale` made.
        await self.run(self.engine, "rm", "-f", "-t", "20", *await self.containers("web"))
        for service in ("prepare", "migrate"):
            await self.compose("up", "-d", "--no-deps", "--force-recreate", service)
        await self.compose("up", "-d", "--no-deps", "--scale", "web=2", "web")

    async def down(self, *arguments: str) -> None:
        """Stop and remove all containers; `-v`: the volumes too."""
        await self.compose("down", *arguments)
        if self.engine == "podman":
            # Those of `--scale` are not known to podman-compose any more.
            names = await self.containers("web", every=True)
            if names:
                await self.run(self.engine, "rm", "-f", "-t", "20", *names)
            if "-v" in arguments:
                await self.compose("down", *arguments)

    async def run(self, *command: str) -> str:
        """What a command prints, run in the project's folder. Raises Failed, also when it hangs."""
        process = await asyncio.create_subprocess_exec(
            *command, cwd=ROOT, env=self.environment,
            stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
        )  # fmt: skip
        stop = asyncio.get_running_loop().call_later(COMMAND_SECONDS, process.kill)
        output, _none = await process.communicate()
        stop.cancel()
        text = output.decode(errors="replace")
        if process.returncode:
            raise Failed(f"{' '.join(command)} ended with {process.returncode}:\n{text[-3000:]}")
        return text

    async def containers(self, service: str, *, every: bool = False) -> list[str]:
        """The names of a service's running containers, in order; `every`: of stopped ones too."""
        label = "com.docker.compose"
        filters = (f"{label}.project={NAME}", f"{label}.service={service}")
        arguments = [part for value in filters for part in ("--filter", f"label={value}")]
        arguments += ["--all"] if every else []
        listed = await self.run(self.engine, "ps", *arguments, "--format", "{{.Names}}")
        return sorted(listed.split())

    async def inside(self, container: str, *command: str, user: str | None = None) -> str:
        """What a command prints inside a container. Raises Failed."""
        who = ["--user", user] if user else []
        return await self.run(self.engine, "exec", *who, container, *command)

    async def inspect(self, container: str) -> dict[str, Any]:
        """What the engine knows about a container."""
        found: list[dict[str, Any]] = json.loads(await self.run(self.engine, "inspect", container))
        return found[0]

    async def addresses(self, container: str) -> list[str]:
        """The container's addresses, one a network."""
        networks = (await self.inspect(container))["NetworkSettings"]["Networks"]
        return [network["IPAddress"] for network in networks.values() if network["IPAddress"]]

    async def logs(self, service: str) -> str:
        """All that the service's containers have printed since they were made."""
        texts = [
            await self.run(self.engine, "logs", name) for name in await self.containers(service)
        ]
        return "\n".join(texts)

    async def volumes(self) -> list[str]:
        """The project's volumes."""
        listed = await self.run(self.engine, "volume", "ls", "--format", "{{.Name}}")
        return sorted(name for name in listed.split() if name.startswith(f"{NAME}_"))


def _name_files() -> dict[str, int]:
    """When the name server's file of each network was last written, in nanoseconds."""
    with suppress(OSError):  # A network went while we looked.
        return {file.name: file.stat().st_mtime_ns for file in NAME_SERVER.iterdir()}
    return {}
