"""Every setting, from the environment; unset means the embedded default of `bin/run`."""

import logging
import os
import secrets
import sys
from pathlib import Path
from urllib.parse import urlsplit

from django.utils.translation import gettext_lazy as _

from chatsite.addresses import own_hosts
from chatsite.endpoints import database, public_url, redis_urls
from chatsite.environment import env, env_bool, env_choice, env_int, env_networks, wrong

BASE_DIR = Path(__file__).resolve().parent.parent


def secret_key(data_dir: Path) -> str:
    """SECRET_KEY, or a random key kept in the data folder since the first start."""
    if key := env("SECRET_KEY"):
        return key
    path = data_dir / "secret_key"
    try:
        return kept_key(path)
    except (OSError, ValueError):
        raise wrong(
            "SECRET_KEY is not set, and the file secret_key in DATA_DIR can't be read or made.",
            "SECRET_KEY: 설정되지 않았고, DATA_DIR 안의 secret_key 파일도 쓸 수 없어요.",
        ) from None


def kept_key(path: Path) -> str:
    """The key in this file, made at the first time."""
    if not path.exists():
        # Written aside and linked, so of two first starts at once both read one key.
        fresh = path.with_name(f".secret_key.{secrets.token_hex(4)}")
        fresh.touch(mode=0o600)
        fresh.write_text(secrets.token_urlsafe(64), encoding="ascii")
        try:
            os.link(fresh, path)
        except FileExistsError:
            pass
        finally:
            fresh.unlink()
    if key := path.read_text(encoding="ascii").strip():
        return key
    raise ValueError


def data_dir(path: Path) -> Path:
    """The folder of all that is kept, made where it is missing."""
    try:
        path = path.resolve()
        path.mkdir(mode=0o700, parents=True, exist_ok=True)
        # With Postgres and a given key nothing has to be written there.
        needed = not (env("DATABASE_URL").startswith("postgres") and env("SECRET_KEY"))
        if needed and not os.access(path, os.W_OK | os.X_OK):
            raise PermissionError
    except (OSError, RuntimeError):
        raise wrong(
            "DATA_DIR must be a folder that can be written to.",
            "DATA_DIR: 쓸 수 있는 폴더여야 해요.",
        ) from None
    return path


# --- where and for whom -----------------------------------------------------------------

DEBUG = env_bool("DEBUG", False)
DATA_DIR = data_dir(Path(env("DATA_DIR") or BASE_DIR / "var"))
SECRET_KEY = secret_key(DATA_DIR)
SECRET_KEY_FALLBACKS = [key for key in env("SECRET_KEY_FALLBACKS").split(",") if key]

HOST = env("HOST") or "127.0.0.1"
PORT = env_int("PORT", 8000, most=65_535)
WORKERS = env_int("WORKERS", 1, most=1_024)
PUBLIC_URL = public_url(env("PUBLIC_URL"))
REDIS_URL = ",".join(redis_urls(env("REDIS_URL")))
RATE_LIMITS = env_bool("RATE_LIMITS", True)
FAILPOINTS = env("FAILPOINTS")
TRUSTED_PROXIES = env_networks("TRUSTED_PROXIES", "", everyone=True)
PLAIN_INTERFACE = env_choice("PLAIN_INTERFACE", "any", ("off", "own", "any"))
METRICS_ALLOW = env_networks("METRICS_ALLOW", "127.0.0.0/8,::1/128")

_public = urlsplit(PUBLIC_URL)
HTTPS = _public.scheme == "https"

# Hosts that are this machine itself; with PUBLIC_URL only that name, and loopback for checks.
OWN_HOSTS = own_hosts()
ALLOWED_HOSTS = (
    [str(_public.hostname), "localhost", "127.0.0.1", "[::1]"] if PUBLIC_URL else OWN_HOSTS
)
CSRF_TRUSTED_ORIGINS = [PUBLIC_URL] if PUBLIC_URL else []

# --- Django -----------------------------------------------------------------------------

INSTALLED_APPS = [
    # Daphne's app installs a Twisted reactor when imported; only its own command needs that.
    *(["daphne"] if "runserver" in sys.argv[:2] else []),
    "chat",
    "chatsite",
    "django.contrib.admin",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "channels",
]
MIDDLEWARE = [
    "chat.middleware.response_headers",
    "django.middleware.security.SecurityMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.locale.LocaleMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "chat.middleware.known_devices",
    "chatsite.fairness.fair",
]
ROOT_URLCONF = "chatsite.urls"
ASGI_APPLICATION = "chatsite.asgi.application"
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.template.context_processors.i18n",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
            ],
        },
    },
]
DATABASES = {
    "default": database(
        env("DATABASE_URL"),
        DATA_DIR,
        env("DATABASE_PASSWORD"),
        env_int("DATABASE_POOL", 12, most=10_000),
    )
}
ATOMIC_REQUESTS = False
CHANNEL_LAYERS = {
    "default": (
        {
            "BACKEND": "channels_redis.pubsub.RedisPubSubChannelLayer",
            "CONFIG": {
                "hosts": [
                    {"address": url, "socket_connect_timeout": 2, "socket_keepalive": True}
                    for url in REDIS_URL.split(",")
                ],
                "prefix": "madang",
            },
        }
        if REDIS_URL
        else {
            "BACKEND": "channels.layers.InMemoryChannelLayer",
            "CONFIG": {"capacity": 10_000},
        }
    )
}

AUTH_USER_MODEL = "chat.User"
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": f"django.contrib.auth.password_validation.{name}"}
    for name in ("MinimumLengthValidator", "CommonPasswordValidator", "NumericPasswordValidator")
]
LOGIN_URL = "/login"
LOGIN_REDIRECT_URL = "/rooms"
LOGOUT_REDIRECT_URL = "/"

SESSION_ENGINE = "chat.services.session_store"
SESSION_COOKIE_AGE = 400 * 24 * 3600
SESSION_COOKIE_NAME = "__Host-madang" if HTTPS else "sessionid"
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = HTTPS
SESSION_COOKIE_HTTPONLY = CSRF_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = CSRF_COOKIE_SAMESITE = "Lax"
DEVICE_COOKIE_NAME = "__Host-device" if HTTPS else "madang_device"
CSRF_COOKIE_NAME = "__Host-csrf" if HTTPS else "csrftoken"
CSRF_FAILURE_VIEW = "chat.views.page.csrf_failure"

SECURE_SSL_REDIRECT = HTTPS
SECURE_REDIRECT_EXEMPT = [r"^(healthz|readyz|metrics)$"]
SECURE_HSTS_SECONDS = 365 * 24 * 3600 if HTTPS else 0
SECURE_REFERRER_POLICY = "same-origin"
SECURE_CROSS_ORIGIN_OPENER_POLICY = "same-origin"
X_FRAME_OPTIONS = "DENY"
SILENCED_SYSTEM_CHECKS = [
    "security.W002",  # frame-ancestors of our CSP does what X-Frame-Options did, and both are sent.
    "security.W005",  # HSTS for subdomains and preload: other services there are not ours
    "security.W021",  # to decide about.
]

LANGUAGE_CODE = "en"
LANGUAGES = [("ko", _("Korean")), ("en", _("English"))]
LANGUAGE_COOKIE_NAME = "madang_language"
LANGUAGE_COOKIE_AGE = 400 * 24 * 3600
LANGUAGE_COOKIE_SAMESITE = "Lax"
LANGUAGE_COOKIE_SECURE = HTTPS
TIME_ZONE = "UTC"
USE_TZ = True

STATIC_URL = "/static/"
STATIC_ROOT = Path(env("STATIC_ROOT") or DATA_DIR / "static")
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {"BACKEND": "chatsite.storage.HashedStaticFiles"},
}
# Comments and types stay in the sources; what is sent compressed comes without them.
SERVESTATIC_MINIFY = True
DATA_UPLOAD_MAX_MEMORY_SIZE = 128 * 1024
DATA_UPLOAD_MAX_NUMBER_FIELDS = 200

LOG_FORMAT = env_choice("LOG_FORMAT", "line", ("line", "json"))
LOG_LEVEL = env_choice("LOG_LEVEL", "INFO", tuple(logging.getLevelNamesMapping()))
LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {
        "line": {"()": "chatsite.logs.Lines"},
        "json": {"()": "chatsite.logs.JsonLines"},
    },
    "handlers": {"stderr": {"class": "logging.StreamHandler", "formatter": LOG_FORMAT}},
    "root": {"handlers": ["stderr"], "level": LOG_LEVEL},
    "loggers": {
        # Every refused page would be a line otherwise.
        "django.request": {"level": "ERROR"},
        "daphne": {"level": "WARNING"},
        # A bus that is away is a traceback a second there, and one line of the broker's.
        "channels_redis": {"level": "CRITICAL"},
        # uvicorn names the path of every socket, and a plain client's path is a room's code.
        "uvicorn.error": {"level": "WARNING"},
    },
}

# --- the chat's own numbers; read by realtime.node and limits, and passed down as values --

CHAT = {
    "text_graphemes": env_int("LIMIT_TEXT", 2_000),
    "text_bytes": env_int("LIMIT_TEXT_BYTES", 8 * 1024),
    "frame_bytes": env_int("LIMIT_FRAME_BYTES", 64 * 1024),
    "nickname": env_int("LIMIT_NICKNAME", 20),
    "title": env_int("LIMIT_TITLE", 60),
    "posts_per_second": env_int("LIMIT_POSTS_PER_SECOND", 5),
    "posts_per_minute": env_int("LIMIT_POSTS_PER_MINUTE", 60),
    "frames_per_second": env_int("LIMIT_FRAMES_PER_SECOND", 200),
    "frames_per_minute": env_int("LIMIT_FRAMES_PER_MINUTE", 3_000),
    "wrong_codes_per_10_minutes": env_int("LIMIT_WRONG_CODES", 10),
    "wrong_codes_per_hour_address": env_int("LIMIT_WRONG_CODES_ADDRESS", 100),
    "sockets_person": env_int("LIMIT_SOCKETS_PERSON", 20),
    "sockets_address": env_int("LIMIT_SOCKETS_ADDRESS", 500),
    "rooms_per_day": env_int("LIMIT_ROOMS_PER_DAY", 20),
    "guests_per_minute_address": env_int("LIMIT_GUESTS_PER_MINUTE", 60),
    "logins_per_10_minutes": env_int("LIMIT_LOGINS", 10),
    "answers_person": env_int("LIMIT_ANSWERS", 32 * 1024 * 1024),
    "answers_address": env_int("LIMIT_ANSWERS_ADDRESS", 192 * 1024 * 1024),
    "searches_per_minute": env_int("LIMIT_SEARCHES", 120),
    "edit_minutes": env_int("EDIT_MINUTES", 15, least=0, most=5_000_000),
    "heartbeat": env_int("HEARTBEAT_SECONDS", 20),
    "head_check": env_int("HEAD_CHECK_SECONDS", 3),
    "outbox_events": env_int("OUTBOX_EVENTS", 1_000),
    "outbox_bytes": env_int("OUTBOX_BYTES", 1024 * 1024),
    "unsent_bytes": env_int("UNSENT_BYTES", 128 * 1024 * 1024),
    "compression": env_bool("COMPRESSION", True),
}
