"""A compose project under test, in Docker or in podman: its commands, containers and logs."""

import asyncio
import json
import os
import subprocess
import sys
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[2]
NAME = "madang-test"
COMMAND_SECONDS = 300
"""No command takes longer, unless it waits for what never comes."""


class Failed(Exception):
    """A command that should have worked did not. Says which, and what it printed."""


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
