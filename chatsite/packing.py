"""One script and one stylesheet a page, made of the modules they ask for.

A first visit over a slow line costs a round trip for every few files, and a conversation's page has
some eighty of them. When the static files are collected, a page's script is written anew with all
its modules inside, and a stylesheet with all that it imports; the sources run as they are.

Only the few forms of `import` and `export` that our modules use are understood, and any other is an
error: this is no bundler for others' code.
"""

import posixpath
import re
from collections.abc import Callable

SCRIPTS = (
    "chat/js/main.js",
    "chat/js/entrance.js",
    "chat/js/me.js",
    "chat/js/offline.js",
    "chat/js/plain.js",
)
STYLES = ("chat/css/room.css", "chat/css/page.css", "chat/css/enter.css")

_IMPORT = re.compile(
    r'^import (?:\* as (?P<all>\w+)|\{(?P<names>[^}]*)\}) from "(?P<path>\.[^"]+)";$', re.MULTILINE
)
_EXPORT = re.compile(
    r"^export (?=(?:async )?(?:function\*?|class|const) (?P<name>\w+))", re.MULTILINE
)
# Types in comments are named `import("./chat.js").Chat` or `typeof import("./api.js")`.
_LATER = re.compile(r'(?<!typeof )\bimport\("(?P<path>\.[^"]+)"\)(?!\.[A-Z])')
_NUMBERED = re.compile(r"\$\$\{(?P<path>[\w./-]+\.js)\}")
_LEFT = re.compile(r"^(?:import|export)\b.*", re.MULTILINE)
_STYLE = re.compile(r'^@import "(?P<path>[\w./-]+)";$', re.MULTILINE)

Read = Callable[[str], str]


class Unpackable(ValueError):
    """A module is written in a way that is not understood here, or needs itself."""


def pack_script(entry: str, read: Read) -> str:
    """The script at this path with every module it asks for, at once or later, inside.

    Each module becomes a function that runs when it is first needed, as it would by itself, so that
    what only a menu needs costs nothing before. `read` gives a path's source. Raises Unpackable.
    """
    numbers: dict[str, int] = {}
    bodies: list[str] = []
    above: list[str] = []

    def number_of(path: str) -> int:
        if path in above:
            raise Unpackable(f"a cycle: {' → '.join([*above, path])}")
        if path not in numbers:
            above.append(path)
            body, later = module(path)
            above.pop()
            numbers[path] = len(numbers)
            bodies.append(f"const $${numbers[path]} = $$once(() => {{\n{body}\n}});")
            waiting.extend(name for name in later if name not in numbers)
        return numbers[path]

    def module(path: str) -> tuple[str, list[str]]:
        later: list[str] = []

        def at_once(found: re.Match[str]) -> str:
            number = number_of(_beside(path, found["path"]))
            return f"const {found['all'] or _unpacked(found['names'])} = $${number}();"

        def afterwards(found: re.Match[str]) -> str:
            later.append(_beside(path, found["path"]))
            return f"Promise.resolve().then($${{{later[-1]}}})"

        source = _IMPORT.sub(at_once, read(path))
        names = [found["name"] for found in _EXPORT.finditer(source)]
        source = _LATER.sub(afterwards, _EXPORT.sub("", source))
        if left := _LEFT.search(source):
            raise Unpackable(f"{path}: {left.group()}")
        return f"{source}\nreturn {{ {', '.join(names)} }};", later

    waiting = [entry]
    while waiting:
        number_of(waiting.pop(0))
    once = "const $$once = (make) => { let made; return () => (made ??= make()); };"
    whole = "\n".join([once, *bodies, f"$${numbers[entry]}();", ""])
    # What is asked for later has its number only now.
    return _NUMBERED.sub(lambda found: f"$${numbers[found['path']]}", whole)


def pack_style(entry: str, read: Read) -> str:
    """The stylesheet at this path with what it imports in place. `read` gives a path's source."""
    return _STYLE.sub(lambda found: pack_style(_beside(entry, found["path"]), read), read(entry))


def _beside(path: str, relative: str) -> str:
    return posixpath.normpath(posixpath.join(posixpath.dirname(path), relative))


def _unpacked(names: str) -> str:
    """What stands between an import's braces, as an object is taken apart."""
    return f"{{ {names.strip().rstrip(',').replace(' as ', ': ')} }}"
