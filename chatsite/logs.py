"""What a log line holds: ids of connections, rooms, people and requests, never what they said.

`JsonLines` writes one JSON object a line, for machines; `Lines` the same for eyes.
"""

import logging
import re
import traceback
from contextvars import ContextVar
from datetime import UTC, datetime
from types import TracebackType
from typing import Any

import orjson

request_id: ContextVar[str] = ContextVar("request_id", default="")
"""The number of the HTTP request that is being answered, also in the threads that serve it."""

FIELDS = ("connection", "person", "room", "code", "drafts")
"""What callers may add to a line by `extra`."""
QUOTED = re.compile(r"""(["'`])(?:\\.|(?!\1).)*\1""")
LONGEST = 300


class JsonLines(logging.Formatter):
    """A record as a JSON object. Of an error its kind and place, and its words without values."""

    def format(self, record: logging.LogRecord) -> str:
        line: dict[str, Any] = {
            "at": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname,
            "logger": record.name,
            "message": said(record),
            **added(record),
        }
        if record.exc_info and record.exc_info[1] is not None and not provoked(record):
            error = record.exc_info[1]
            line["error"] = named(error)
            line["trace"] = places(record.exc_info[2])
            if (cause := error.__cause__ or error.__context__) is not None:
                line["cause"] = named(cause)
        return orjson.dumps(line, default=str).decode()


class Lines(logging.Formatter):
    """A record as a line with the same fields; errors with their whole traceback."""

    def __init__(self) -> None:
        super().__init__("%(asctime)s %(levelname)s %(name)s %(message)s")

    def format(self, record: logging.LogRecord) -> str:
        if provoked(record):
            record.exc_info = None
        return super().format(record)

    def formatMessage(self, record: logging.LogRecord) -> str:
        record.message = said(record)
        fields = "".join(f" {name}={value}" for name, value in added(record).items())
        return super().formatMessage(record) + fields


def provoked(record: logging.LogRecord) -> bool:
    """Whether a client can bring this line about at will: then where in Django it was is noise."""
    return record.name.startswith("django.security")


def said(record: logging.LogRecord) -> str:
    """The message. Django names the path of a request that failed, and a path may be a secret."""
    request = getattr(record, "request", None)
    if request is None:
        return record.getMessage()
    match = getattr(request, "resolver_match", None)
    route = f"/{match.route}" if match is not None else "an unknown address"
    return f"{record.getMessage().partition(':')[0]}: {route}"


def added(record: logging.LogRecord) -> dict[str, Any]:
    """The record's own fields, those of FIELDS that it has, and the request's number."""
    found = {name: getattr(record, name) for name in FIELDS if hasattr(record, name)}
    if number := request_id.get():
        found["request"] = number
    return {name: value for name, value in found.items() if value is not None}


def named(error: BaseException) -> str:
    """An error's kind and first line, with everything in quotes left out: it may be a text."""
    words = str(error).strip().partition("\n")[0]
    words = QUOTED.sub("…", words)[:LONGEST]
    return f"{type(error).__name__}: {words}" if words else type(error).__name__


def places(trace: TracebackType | None) -> list[str]:
    """Where it happened, the innermost last, without the lines of source."""
    return [
        f"{frame.f_code.co_filename}:{number} {frame.f_code.co_name}"
        for frame, number in traceback.walk_tb(trace)
    ]
