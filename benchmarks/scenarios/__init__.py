"""The scenarios by name; each takes the stage and returns its report."""

from collections.abc import Callable

from benchmarks.results import Report
from benchmarks.scenarios import fanout, latency, pages, posts, resume, search, sockets, workers
from benchmarks.stage import Stage

SCENARIOS: dict[str, Callable[[Stage], Report]] = {
    "fanout": fanout.run,
    "crowds": fanout.crowds,
    "posts": posts.run,
    "latency": latency.run,
    "loads": latency.loads,
    "idle": sockets.idle,
    "join": sockets.join,
    "resume": resume.run,
    "pages": pages.run,
    "workers": workers.run,
    "search": search.run,
}
