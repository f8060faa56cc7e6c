"""Workers that die, hang, lose their clock, run out of something, or are replaced in order."""

import asyncio
import os
import resource
import signal
import socket
from functools import partial
from itertools import pairwise
from pathlib import Path

from chaos.run import Fault, quantile
from chaos.stage import FAKETIME, Plan, Stage, open_files, processor_seconds


async def killed(stage: Stage) -> None:
    """Kill a random worker three times, 2.5 s apart; the supervisor makes new ones."""
    for last in (False, False, True):
        before = set(stage.workers())
        os.kill(stage.chance.choice(sorted(before)), signal.SIGKILL)
        took = await stage.until("a new worker", partial(others_than, stage, before), 10)
        stage.figures["worker respawned"] = f"{took:.1f} s"
        if not last:
            await asyncio.sleep(2.5)


async def killed_for_good(stage: Stage) -> None:
    """As `killed`, and some people never come back: they must not be seen for long."""
    leavers = stage.chance.sample(stage.clients, 4)
    for leaver in leavers:
        leaver.done = True
    await killed(stage)
    stage.figures["ghosts gone"] = await ghosts_gone(stage, {c.visitor.id for c in leavers})


async def ghosts_gone(stage: Stage, gone: set[str], within: float = 60.0) -> str:
    """How long until nobody is shown these people any more (O11)."""

    def shown() -> bool:
        return not any(
            person["id"] in gone
            for client in stage.staying()
            for event in client.present.values()
            for person in event["people"]
        )

    return f"{await stage.until('O11 ghosts are gone', shown, within):.1f} s"


def others_than(stage: Stage, before: set[int]) -> bool:
    """Whether there is a worker that was not there before."""
    return bool(set(stage.workers()) - before)


async def crashing(stage: Stage) -> None:
    """Let workers crash where they are told to for 6 s; then replace them by sound ones."""
    crashed: set[int] = set()
    for _ in range(60):
        crashed |= set(stage.workers())
        await asyncio.sleep(0.1)
    stage.figures["crashes"] = str(len(crashed) - stage.plan.workers)
    await stage.disarm()


async def frozen(stage: Stage) -> None:
    """Stop a worker for 3 s, which everyone bears, then for 12 s, after which it is replaced."""
    for seconds in (3, 12):
        victim = stage.chance.choice(stage.workers())
        os.kill(victim, signal.SIGSTOP)
        await asyncio.sleep(seconds)
        if os.path.exists(f"/proc/{victim}"):
            os.kill(victim, signal.SIGCONT)


async def blocked_loop(stage: Stage) -> None:
    """The event loop of one server stands still for 2 s now and then."""
    await asyncio.sleep(8)


async def clock_jumps(stage: Stage) -> None:
    """The clock of one server jumps by an hour and by a day, forwards and back."""
    for offset in ("+3600", "-3600", "+86400", "-86400", "+0"):
        stage.set_clock(offset)
        await asyncio.sleep(2)
    rows = await stage.rows("SELECT room_id, seq, at FROM chat_message ORDER BY room_id, seq")
    for (room, seq, at), (next_room, next_seq, next_at) in pairwise(rows):
        if room == next_room and next_at < at:
            stage.findings.append(f"{room} {next_seq} is dated before {seq}")


async def rolled(stage: Stage) -> None:
    """Replace all workers in order, twice, as SIGHUP asks the supervisor to."""
    for _ in range(2):
        before = set(stage.workers())
        stage.servers[0].process.send_signal(signal.SIGHUP)
        took = await stage.until("all workers new", partial(all_new, stage, before), 45)
        stage.figures["rolled in"] = f"{took:.1f} s"
    nothing_refused(stage)
    short_blackout(stage)


async def replaced(stage: Stage) -> None:
    """Replace one server after the other by SIGTERM, as an orchestrator does."""
    longest = 0.0
    for at in range(len(stage.servers)):
        old, door = stage.servers[at], stage.doors[at]
        fresh = await stage.start_server()
        began = stage.now()
        code, ready_again = await asyncio.gather(
            stage.off_loop(old.stop), not_ready_while_it_ends(stage, old.host)
        )
        longest = max(longest, stage.now() - began)
        if code != 0:
            stage.findings.append(f"the server ended with {code}")
        if ready_again:
            stage.findings.append("a draining server said that it is ready")
        door.target = int(fresh.host.rpartition(":")[2])
        stage.servers[at] = stage.servers.pop()
        await stage.doors.pop().stop()
    stage.figures["slowest exit"] = f"{longest:.1f} s"
    nothing_refused(stage)


async def not_ready_while_it_ends(stage: Stage, host: str) -> bool:
    """Whether /readyz still said 200 once the end had begun for half a second."""
    await asyncio.sleep(0.5)
    name, _, port = host.partition(":")
    try:
        reader, writer = await asyncio.open_connection(name, int(port))
        writer.write(b"GET /readyz HTTP/1.0\r\nHost: 127.0.0.1\r\n\r\n")
        answer = await reader.read(64)
        writer.close()
    except OSError:
        return False
    return b" 200 " in answer


def all_new(stage: Stage, before: set[int]) -> bool:
    now = set(stage.workers())
    return len(now) == stage.plan.workers and not now & before


def nothing_refused(stage: Stage) -> None:
    """An orderly end refuses nobody anything."""
    harm = stage.marks["harm"]
    refused = [code for c in stage.clients for at, code in c.refusals if at >= harm]
    errors = [code for code in refused if code in {"unavailable", "storage_full"}]
    if errors:
        stage.findings.append(f"{len(errors)} sends were refused: {errors[:5]}")


def short_blackout(stage: Stage, within: float = 3.0) -> None:
    """From a socket's end to everything resumed."""
    harm = stage.marks["harm"]
    took = [seconds for c in stage.clients for at, seconds in c.blackouts if at >= harm]
    if (worst := quantile(took, 0.95)) > within:
        stage.findings.append(f"blackout p95 {worst:.1f} s, not {within:g}")


async def out_of_files(stage: Stage) -> None:
    """Leave a worker a hundred file descriptors, and knock two hundred times."""
    pid = stage.workers()[0]
    soft, hard = resource.prlimit(pid, resource.RLIMIT_NOFILE)
    resource.prlimit(pid, resource.RLIMIT_NOFILE, (open_files(pid) + 20, hard))
    port = int(stage.servers[0].host.rpartition(":")[2])
    knocking = []
    for _ in range(200):
        knock = socket.socket()
        knock.setblocking(False)
        knock.connect_ex(("127.0.0.1", port))
        knocking.append(knock)
    before = processor_seconds(pid)
    await asyncio.sleep(3)
    stage.figures["processor while knocked"] = f"{(processor_seconds(pid) - before) / 3:.0%}"
    for knock in knocking:
        knock.close()
    resource.prlimit(pid, resource.RLIMIT_NOFILE, (soft, hard))


async def out_of_memory(stage: Stage) -> None:
    """A worker may not grow any more: whatever it can't do, others go on and nothing is lost."""
    pid = stage.workers()[0]
    size = int(Path(f"/proc/{pid}/statm").read_text("ascii").split()[0]) * os.sysconf("SC_PAGESIZE")
    resource.prlimit(pid, resource.RLIMIT_AS, (size, resource.RLIM_INFINITY))
    await asyncio.sleep(6)
    stage.figures["worker died of it"] = "no" if os.path.exists(f"/proc/{pid}") else "yes"
    if os.path.exists(f"/proc/{pid}"):
        resource.prlimit(pid, resource.RLIMIT_AS, (resource.RLIM_INFINITY, resource.RLIM_INFINITY))


async def born_without_database(stage: Stage) -> None:
    """A worker dies while Postgres is away: its heir waits instead of taking everyone down."""
    assert stage.postgres is not None
    postgres = stage.postgres
    await stage.off_loop(postgres.stop)
    os.kill(stage.workers()[0], signal.SIGKILL)
    await asyncio.sleep(4)
    if stage.servers[0].process.poll() is not None:
        stage.findings.append("the whole server ended because one worker could not start")
    await stage.off_loop(postgres.start)


DATABASE_AWAY = ("failed", "not read", "not found out", "can't start", "ERROR", "WARNING")

WORKERS: list[Fault] = [
    Fault("C1", "worker killed, three times", killed, each_commit=True),
    Fault(
        "C1b",
        "worker killed while people leave for good",
        killed_for_good,
    ),
    Fault(
        "C2",
        "crash after commit, before publishing, before the ack",
        crashing,
        Plan(failpoints="after_commit=crash@0.02,before_publish=crash@0.02,before_ack=crash@0.01"),
        each_commit=True,
    ),
    Fault("C11", "worker frozen for 3 s, then for 12 s", frozen),
    Fault(
        "C12",
        "event loop blocked for 2 s",
        blocked_loop,
        Plan(servers=2, workers=1, second={"FAILPOINTS": "on_frame=sleep:2@0.01"}),
    ),
    *(
        [
            Fault(
                "C16",
                "clock jumps by an hour and a day",
                clock_jumps,
                Plan(servers=2, workers=1, clock=True),
            )
        ]
        if FAKETIME
        else []
    ),
    Fault("C17", "rolling restart, twice", rolled, heals_within=10, each_commit=True),
    Fault("C17b", "servers replaced one by one", replaced, Plan(servers=2, workers=1)),
    Fault("C21", "no file descriptors left", out_of_files, Plan(servers=2, workers=1)),
    Fault(
        "C22",
        "no memory left in a worker",
        out_of_memory,
        Plan(excused=("",)),
        heals_within=20,
    ),
    Fault(
        "C22b",
        "worker dies while Postgres is away",
        born_without_database,
        Plan(excused=DATABASE_AWAY),
    ),
]
