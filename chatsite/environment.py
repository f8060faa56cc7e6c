"""What the environment says: each setting as NAME, or in a file that NAME_FILE points to.

A value that can't work ends the start. What is said of it names the setting and never shows the
value, which may be a secret in the wrong place.
"""

import ipaddress
import os
import re
from collections.abc import Sequence
from pathlib import Path

from django.core.exceptions import ImproperlyConfigured

BOOLS = {
    **dict.fromkeys(("1", "true", "yes", "on"), True),
    **dict.fromkeys(("0", "false", "no", "off"), False),
}
HIGHEST = 2**53


def wrong(english: str, korean: str) -> ImproperlyConfigured:
    """The error that says both: which language the reader knows is not settled yet."""
    return ImproperlyConfigured(f"{english}\n{korean}")


def env(name: str, default: str = "") -> str:
    """The variable's text, or the content of the file that NAME_FILE points to.

    Raises ImproperlyConfigured for both at once, of which one would be ignored in silence, and
    for a file that can't be read.
    """
    path, text = os.environ.get(f"{name}_FILE"), os.environ.get(name)
    if not path:
        return (default if text is None else text).strip()
    if text:
        raise wrong(
            f"{name} and {name}_FILE are both set, and only one can count. "
            f"Set the other one to nothing, such as {name}_FILE= in the environment.",
            f"{name}, {name}_FILE: 둘 중 하나만 쓸 수 있으니 다른 하나는 비워 주세요.",
        )
    try:
        return Path(path).read_text(encoding="utf-8").strip()
    except (OSError, ValueError) as error:
        why = error.strerror if isinstance(error, OSError) else "it is no text in UTF-8"
        raise wrong(
            f"{name}_FILE can't be read: {why}.",
            f"{name}_FILE: 이 경로의 파일을 읽을 수 없어요. 경로와 권한을 확인해 주세요.",
        ) from None


def env_bool(name: str, default: bool) -> bool:
    """Whether the variable says so; `default` when unset."""
    text = env(name).lower()
    if not text:
        return default
    if text not in BOOLS:
        raise wrong(
            f"{name} must be on or off (or 1, true, yes, 0, false, no).",
            f"{name}: on 아니면 off여야 해요(1, true, yes, 0, false, no도 돼요).",
        )
    return BOOLS[text]


def env_int(name: str, default: int, *, least: int = 1, most: int = HIGHEST) -> int:
    """The variable as a whole number from `least` to `most`; `default` when unset."""
    text = env(name)
    if not text:
        return default
    if not re.fullmatch(r"[0-9]{1,16}", text) or not least <= int(text) <= most:
        raise wrong(
            f"{name} must be a whole number from {least} to {most}.",
            f"{name}: {least} 이상 {most} 이하의 정수여야 해요.",
        )
    return int(text)


def env_choice(name: str, default: str, choices: Sequence[str]) -> str:
    """Which of the words the variable says, in whatever case; `default` when unset."""
    text = env(name) or default
    for choice in choices:
        if choice.lower() == text.lower():
            return choice
    listed = ", ".join(choices)
    raise wrong(f"{name} must be one of {listed}.", f"{name}: 다음 중 하나여야 해요: {listed}.")


def env_networks(name: str, default: str, *, everyone: bool = False) -> str:
    """Addresses and networks, separated by commas, or `*` where that may be said.

    Bits of a network's address behind its mask are cleared: uvicorn would believe nobody there.
    """
    text = env(name, default)
    if everyone and text == "*":
        return text
    found = []
    for part in filter(None, (part.strip() for part in text.split(","))):
        try:
            read = ipaddress.ip_network(part, strict=False) if "/" in part else None
            found.append(str(read or ipaddress.ip_address(part)))
        except ValueError:
            star = " or * for all" if everyone else ""
            raise wrong(
                f"{name} must be addresses or networks such as 10.0.0.0/8, "
                f"separated by commas{star}.",
                f"{name}: 10.0.0.0/8 같은 주소나 대역을 쉼표로 나누어 적어 주세요.",
            ) from None
    return ",".join(found)
