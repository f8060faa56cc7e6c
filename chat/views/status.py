"""How the process is, for supervisors and Prometheus: `/healthz`, `/readyz`, `/metrics`."""

import ipaddress
import shutil
from typing import Any

import orjson
from asgiref.sync import sync_to_async
from django.conf import settings
from django.core import signing
from django.db import DatabaseError, connection
from django.db.migrations.executor import MigrationExecutor
from django.http import HttpRequest, HttpResponse
from django.views.decorators.http import require_safe
from prometheus_client import CONTENT_TYPE_LATEST

from chat.errors import NotFound
from chat.models import Room
from chat.realtime import bridge, peers
from chat.views.page import refused

FREE_DISK = 0.05
"""The share of the disk below which we are not ready: SQLite and uploads need room."""


STATUS_PATHS = ("/healthz", "/readyz", "/metrics")
ASKED_HOST = "X-Asked-Host"
"""Where the site keeps the name that was asked for, which these pages do not look at."""
PROOF = "X-Madang-Doctor"
PROOF_SALT = "doctor"
"""The header in which `manage.py doctor` shows that it knows the secret key."""


@require_safe
def healthz(request: HttpRequest) -> HttpResponse:
    """The process lives and answers; the doctor is told how its request came here."""
    if (proof := request.headers.get(PROOF)) and _is_doctor(proof):
        seen = {
            "remote": request.META.get("REMOTE_ADDR") or "",
            "scheme": request.scheme,
            "host": request.headers.get(ASKED_HOST, ""),
            "forwarded": request.headers.get("X-Forwarded-For", ""),
        }
        return HttpResponse(orjson.dumps(seen), content_type="application/json")
    return HttpResponse("ok\n", content_type="text/plain")


def _is_doctor(proof: str) -> bool:
    try:
        signing.loads(proof, salt=PROOF_SALT, max_age=60)
    except signing.BadSignature:
        return False
    return True


@require_safe
def readyz(request: HttpRequest) -> HttpResponse:
    """Whether this process should get requests: 200 also when degraded, 503 when not ready."""
    checks: dict[str, Any] = {
        "database": _database(),
        "migrations": _migrations(),
        "disk": _disk(),
        "bus": bridge.bus_state(),
        "draining": bridge.draining(),
    }
    ready = all(checks[name] == "ok" for name in ("database", "migrations", "disk"))
    ready = ready and not checks["draining"]
    degraded = ready and checks["bus"] == "down"
    state = "degraded" if degraded else "ready" if ready else "not ready"
    return HttpResponse(
        orjson.dumps({"state": state, **checks}),
        status=200 if ready else 503,
        content_type="application/json",
    )


@require_safe
async def metrics(request: HttpRequest) -> HttpResponse:
    """Prometheus' text, for the addresses of METRICS_ALLOW; others find no such page."""
    if not _may_read(request.META.get("REMOTE_ADDR") or ""):
        return await sync_to_async(refused)(request, NotFound())
    return HttpResponse(await peers.exposition(), content_type=CONTENT_TYPE_LATEST)


def _may_read(address: str) -> bool:
    try:
        parsed = ipaddress.ip_address(address)
    except ValueError:
        return False
    networks = (part.strip() for part in settings.METRICS_ALLOW.split(",") if part.strip())
    return any(parsed in ipaddress.ip_network(network, strict=False) for network in networks)


def _database() -> str:
    """`ok`, `down`, or `read only`: a Postgres turned standby stores nothing."""
    try:
        Room.objects.filter(pk=0).exists()
        if connection.vendor == "postgresql":
            with connection.cursor() as cursor:
                cursor.execute("SHOW transaction_read_only")
                if cursor.fetchone() == ("on",):
                    return "read only"
    except DatabaseError:
        return "down"
    return "ok"


_migrated = False


def _migrations() -> str:
    """Asked until they are applied: they can't be undone under a running server."""
    global _migrated
    if not _migrated:
        try:
            executor = MigrationExecutor(connection)
            _migrated = not executor.migration_plan(executor.loader.graph.leaf_nodes())
        except DatabaseError:
            return "unknown"
    return "ok" if _migrated else "missing"


def _disk() -> str:
    usage = shutil.disk_usage(settings.DATA_DIR)
    return "ok" if usage.free > usage.total * FREE_DISK else "full"
