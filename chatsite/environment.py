"""What the environment says: each setting as NAME, or in a file that NAME_FILE points to."""

import os
from pathlib import Path

from django.core.exceptions import ImproperlyConfigured


def env(name: str, default: str = "") -> str:
    """The variable's text, or the content of the file that NAME_FILE points to.

    Raises ImproperlyConfigured for both at once, of which one would be ignored in silence, and
    for a file that can't be read.
    """
    path, text = os.environ.get(f"{name}_FILE"), os.environ.get(name)
    if not path:
        return (default if text is None else text).strip()
    if text:
        raise ImproperlyConfigured(
            f"{name} and {name}_FILE are both set, and only one can count. "
            f"Set the other one to nothing, such as {name}_FILE= in the environment."
        )
    try:
        return Path(path).read_text(encoding="utf-8").strip()
    except OSError as error:
        raise ImproperlyConfigured(f"{name}_FILE can't be read: {error}.") from error


def env_bool(name: str, default: bool) -> bool:
    """Whether the variable says 1, true, yes or on; `default` when unset."""
    text = env(name).lower()
    return text in {"1", "true", "yes", "on"} if text else default


def env_int(name: str, default: int) -> int:
    """The variable as a whole number that is not negative; `default` when unset."""
    text = env(name)
    if not text:
        return default
    if not text.isdecimal():
        raise ImproperlyConfigured(f"{name} must be a whole number, not {text!r}.")
    return int(text)
