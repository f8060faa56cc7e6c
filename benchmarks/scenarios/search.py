"""Searching a million messages over HTTP, kind by kind; every answer is held to a scan of all rows.

The archive is filled once and kept in `build/`, since that takes minutes. `--quick` has 20,000
messages; `--only postgres` searches beside Postgres, whose archive is not kept.
"""

import json
import math
import os
import shutil
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from hashlib import sha256
from http.client import HTTPConnection
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

from benchmarks.product import Product
from benchmarks.results import Report
from benchmarks.services import services
from benchmarks.stage import BUILD, ROOT, Stage, busy_cores
from benchmarks.tables import Column, milliseconds, whole

MESSAGES = 1_000_000
QUICK = 20_000
ROUNDS = 10
"""How often each question is asked; the first time counts like the others."""
LIMIT = 20
GOAL_MS = 50
QUIET = 0.1
ENV = {"LIMIT_SEARCHES": "1000000"}
MADE_OF = (
    *("chat/services/search/words.py", "chat/services/search/sqlite.py"),
    *("chat/services/search/folding.py", "chat/services/search/readings.py"),
    *("benchmarks/archive.py", "benchmarks/vocabulary.txt"),
)
"""What an archive depends on: another version of these makes it anew."""


@dataclass(frozen=True, slots=True)
class Kind:
    """Questions of one kind: what is typed, and filters that all of them have."""

    about: str
    queries: tuple[str, ...]
    filters: dict[str, str] = field(default_factory=dict)

    def questions(self) -> Iterator[dict[str, str]]:
        """The parameters of each question."""
        for query in self.queries:
            yield {"q": query, "limit": str(LIMIT), **self.filters}


KINDS = (
    Kind("common words", ("회의", "시간", "친구", "커피", "여행", "학교")),
    Kind("rare words", ("은행잎계단", "수영장텃밭", "도서관박물관", "텃밭씨앗", "마감발표")),
    Kind("one syllable", ("의", "커", "딸", "텃", "국")),
    Kind("two consonants", ("ㅎㅇ", "ㅊㄱ", "ㅋㅍ", "ㅅㅂ", "ㅋㅋ")),
    Kind("more consonants", ("ㄷㅅㄱ", "ㅇㅎㅇㄱㄷ", "ㅌㅂㅆㅇ", "ㅂㅁㄱ", "ㄱㅅㅎㄴㄷ")),
    Kind("Latin words", ("meeting", "umbrella", "library", "deadline", "the")),
    Kind("parts of Latin words", ("mbrel", "riverb", "eadlin", "ting")),
    Kind("two words", ("회의 커피", "텃밭 우유", "meeting umbrella", "수영장 라디오")),
    Kind("phrases", ('"회의 시간"', '"the meeting"', '"내일 회의"')),
    Kind("not there", ("없는말", "쀍", "zzzqq", "회의없음", "ㅃㅉㄸ", "ㅋㅌㅍㅊ")),
    Kind("in one room", ("회의", "의", "ㅎㅇ", "텃밭씨앗"), {"room": "15"}),
    Kind("on the board", ("회의", "의", "ㅎㅇ", "텃밭씨앗"), {"room": "board"}),
    Kind("by a busy person", ("회의", "ㅎㅇ", "텃밭씨앗"), {"person": "2"}),
    Kind("by a quiet person", ("회의", "ㅎㅇ", "텃밭씨앗"), {"person": "290"}),
    Kind("in one week", ("회의", "ㅎㅇ", "텃밭"), {"from": "2024-03-01", "to": "2024-03-07"}),
    Kind("before a day", ("회의", "ㅎㅇ", "텃밭"), {"to": "2023-02-01"}),
)


def run(stage: Stage) -> Report:
    """Each kind's questions one after the other, beside SQLite unless Postgres is asked for."""
    count = QUICK if stage.quick else MESSAGES
    if "postgres" not in stage.only:
        report = Report("search", f"Search: {count:,} messages, SQLite, one question at a time", [])
        measure(stage, kept(stage, count, report), report)
        return report
    title = f"Search: {count:,} messages, Postgres, one question at a time"
    report = Report("search-postgres", title, [])
    with services(stage) as (url, _valkey):
        product = Product(stage, env={**ENV, "DATABASE_URL": url})
        seconds = json.loads(call(product, "fill", count=count))
        report.notes.append(filled(seconds))
        measure(stage, product, report)
    return report


def measure(stage: Stage, product: Product, report: Report) -> None:
    """Ask, compare, and write the rows."""
    if (busy := busy_cores()) > QUIET:
        report.notes.append(f"Before it: others kept {busy:.1f} cores busy.")
    cookies = product.data / "reader"
    cookies.write_text(call(product, "reader"), encoding="ascii")
    everything: list[float] = []
    answers: list[tuple[dict[str, Any], dict[str, str], list[list[Any]]]] = []
    with product.serving(cookies) as address, loading(stage):
        line = HTTPConnection("127.0.0.1", address.ports[0], timeout=30)
        headers = {"Cookie": cookies.read_text(encoding="ascii").strip()}
        for kind in KINDS:
            stage.say(f"Searching: {kind.about} …")
            taken: list[float] = []
            row: dict[str, Any] = {"about": kind.about, "wrong": []}
            worked = cpu_ms(address.pids)
            for question in kind.questions():
                for _ in range(ROUNDS):
                    began = time.perf_counter()
                    line.request("GET", f"/api/v1/search?{urlencode(question)}", headers=headers)
                    answer = line.getresponse()
                    body = answer.read()
                    taken.append((time.perf_counter() - began) * 1000)
                    if answer.status != 200:
                        raise RuntimeError(f"{question}: {answer.status} {body[:200]!r}")
                found = json.loads(body)
                if found["partial"]:
                    row["wrong"].append(f"{question['q']}: partial")
                hits = [[hit["room"], hit["message"]["seq"]] for hit in found["hits"]]
                answers.append((row, question, hits if hits or not found["more"] else []))
            everything += taken
            row["cpu_ms_each"] = (cpu_ms(address.pids) - worked) / len(taken)
            report.rows.append({**row, **figures(taken), "questions": len(kind.queries)})
            row["place"] = len(report.rows) - 1
        line.close()
    compare(product, report, answers)
    worked = sum(row["cpu_ms_each"] * row["asked"] for row in report.rows) / len(everything)
    total = {"about": "all of them", "wrong": [], "questions": len(answers), "cpu_ms_each": worked}
    report.rows.append({**total, **figures(everything)})
    met = "met" if report.rows[-1]["ms"]["p95"] < GOAL_MS else "missed"
    report.notes.append(f"The goal, a 95th percentile under {GOAL_MS} ms: {met}.")
    report.columns = [
        Column("questions", lambda row: str(row["about"]), left=True),
        Column("asked", lambda row: whole(row["asked"])),
        *(
            Column(f"{name} ms" if name == "p50" else name, milliseconds_of(name))
            for name in ("p50", "p95", "p99", "max")
        ),
        Column("server CPU ms", lambda row: milliseconds(row["cpu_ms_each"])),
        Column("as a scan finds", lambda row: "; ".join(row["wrong"]) or "yes", left=True),
    ]


def milliseconds_of(name: str) -> Any:
    """What a column shows of a row's times."""
    return lambda row: milliseconds(row["ms"][name])


def compare(
    product: Product,
    report: Report,
    answers: list[tuple[dict[str, Any], dict[str, str], list[list[Any]]]],
) -> None:
    """Hold each answer to what a look at every message finds."""
    found = json.loads(call(product, "scan", json.dumps([q for _row, q, _hits in answers])))
    for (row, question, hits), expected in zip(answers, found, strict=True):
        if hits != expected:
            wrong = f"{question['q']}: {len(hits)} hits, not {len(expected)}"
            report.rows[row["place"]]["wrong"].append(wrong)
            report.faults.append(f"{question}: {hits[:3]}…, not {expected[:3]}…")


def cpu_ms(pids: tuple[int, ...]) -> float:
    """What these processes have worked so far; on a busy machine the truer figure."""
    ticks = 0
    for pid in pids:
        fields = Path(f"/proc/{pid}/stat").read_text(encoding="ascii").rpartition(")")[2].split()
        ticks += int(fields[11]) + int(fields[12])
    return ticks * 1000 / os.sysconf("SC_CLK_TCK")


def figures(taken: list[float]) -> dict[str, Any]:
    """Nearest-rank percentiles of these milliseconds."""
    ordered = sorted(taken)

    def rank(share: float) -> float:
        return round(ordered[max(0, math.ceil(share * len(ordered)) - 1)], 2)

    ms = {"p50": rank(0.5), "p95": rank(0.95), "p99": rank(0.99), "max": rank(1.0)}
    return {"asked": len(taken), "ms": ms}


def kept(stage: Stage, count: int, report: Report) -> Product:
    """An installation with so many messages, indexed: a copy of the kept one, made if need be."""
    product = Product(stage, env=ENV)
    archive = BUILD / f"archive-{count}-{digest()}"
    if not archive.exists():
        stage.say(f"Filling an archive of {count:,} messages …")
        seconds = call(product, "fill", count=count)
        for old in BUILD.glob(f"archive-{count}-*"):
            shutil.rmtree(old)
        part = archive.with_suffix(".part")
        shutil.copytree(product.data, part)
        (part / "filled.json").write_text(seconds, encoding="ascii")
        part.rename(archive)
    shutil.copytree(archive, product.data, dirs_exist_ok=True)
    seconds = json.loads((archive / "filled.json").read_text(encoding="ascii"))
    rows, index = (
        (archive / name).stat().st_size / 1e6
        for name in ("madang.sqlite3", "madang.search.sqlite3")
    )
    report.notes.append(f"{filled(seconds)} {rows:.0f} MB of messages, {index:.0f} MB of index.")
    return product


def filled(seconds: dict[str, float]) -> str:
    """How long the archive took, in words."""
    return f"Written in {seconds['write']:.0f} s, indexed in {seconds['index']:.0f} s."


def digest() -> str:
    """Names the version of everything that an archive is made of."""
    found = sha256()
    for name in MADE_OF:
        found.update((ROOT / name).read_bytes())
    return found.hexdigest()[:8]


def call(product: Product, what: str, given: str = "", count: int = 0) -> str:
    """Run benchmarks/archive.py beside the product's data; what it prints."""
    command = [str(product.python), "-m", "benchmarks.archive", what, *([str(count)] * bool(count))]
    done = subprocess.run(
        command,
        cwd=ROOT,
        env={**os.environ, **product.env},
        input=given,
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode != 0:
        raise RuntimeError(f"{what} failed:\n{done.stderr[-3000:]}")
    return done.stdout


@contextmanager
def loading(stage: Stage) -> Iterator[None]:
    """This process asks, so it has the load's core meanwhile."""
    before = os.sched_getaffinity(0)
    os.sched_setaffinity(0, stage.load_cores)
    try:
        yield
    finally:
        os.sched_setaffinity(0, before)
