"""A hundred clients who all post, each message to all of them: how many posts a second?"""

from benchmarks.figures import RIGHT, SERVER, count, part, ratio, time
from benchmarks.loading import Load
from benchmarks.peers import FASTEST
from benchmarks.results import Report
from benchmarks.scenarios import beside
from benchmarks.stage import Stage


def run(stage: Stage) -> Report:
    """The product, which stores each post, beside the fastest peers, which don't."""
    if stage.quick:
        load = Load(clients=20, senders=20, window=20, warmup=0.5, duration=2)
    else:
        load = Load(clients=100, senders=100, window=100, duration=8)
    report = Report(
        "posts",
        f"Posts: {load.clients} clients, all posting, {load.window} messages in flight",
        [],
    )
    beside.run(stage, report, [load], FASTEST)
    report.columns = [
        SERVER,
        count("posts/s", "completed_per_second"),
        ratio(report.rows, "completed_per_second"),
        time("ack p50 ms", "ack_ms", "p50"),
        time("ack p99", "ack_ms", "p99"),
        time("all p50", "all_ms", "p50"),
        time("all p99", "all_ms", "p99"),
        count("deliveries/s", "deliveries_per_second"),
        part("server CPU", "server_cpu"),
        part("load CPU", "client_cpu"),
        RIGHT,
    ]
    return report
