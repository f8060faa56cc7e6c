"""The house keeps its word: what the docs, the README and the requirements say is so."""

import re
import shutil
import subprocess
import sys
from importlib.metadata import packages_distributions
from pathlib import Path

import pytest

from chat import errors, protocol

ROOT = Path(__file__).resolve().parent.parent
READS_SETTING = re.compile(r"""\benv(?:_bool|_int|_choice|_networks)?\(\s*"([A-Z][A-Z_]+)\"""")

pytestmark = pytest.mark.static


def text(path: str) -> str:
    return (ROOT / path).read_text(encoding="utf-8")


def table(path: str, heading: str) -> list[list[str]]:
    """The cells of the first table under HEADING, without its head."""
    after = text(path).split(f"\n{heading}\n", 1)[1]
    rows = re.search(r"(?:^\|.*\n)+", after, re.MULTILINE)
    assert rows is not None, f"no table under {heading}"
    return [
        [cell.strip() for cell in re.split(r"(?<!\\)\|", line)[1:-1]]
        for line in rows.group().splitlines()[2:]
    ]


def documented_settings() -> set[str]:
    return set(re.findall(r"^\| `([A-Z][A-Z_]+)`", text("docs/operations.md"), re.MULTILINE))


def test_every_setting_is_documented_and_every_documented_one_is_read() -> None:
    read = set(READS_SETTING.findall(text("chatsite/settings.py")))
    assert len(read) > 30
    compose = set(re.findall(r"\$\{([A-Z_]+)", text("docker-compose.yml"))) - read
    assert documented_settings() == read | compose


def test_documented_limits_have_the_default_that_the_settings_have() -> None:
    source = text("chatsite/settings.py")
    for row in table("docs/operations.md", "### Limits") + table(
        "docs/operations.md", "### Inside"
    ):
        name, default = row[0].strip("`"), int(row[1].strip("`"))
        found = re.search(rf'env_int\("{name}", ([0-9_* ]+)[,)]', source)
        assert found is not None, name
        factors = [int(part) for part in found.group(1).replace("_", "").split("*")]
        product = 1
        for factor in factors:
            product *= factor
        assert product == default, name


def test_documented_commands_are_the_protocols() -> None:
    documented = {
        row[0].strip("`"): set(re.findall(r"`(\w+)`(\??)", row[1]))
        for row in table("docs/protocol.md", "### Commands")
    }
    actual = {
        name: {(field, "") for field in required} | {(field, "?") for field in optional}
        for name, (_make, required, optional) in protocol.COMMANDS.items()
    }
    assert documented == actual


def test_documented_events_are_the_protocols() -> None:
    documented = [row[0].strip("`") for row in table("docs/protocol.md", "### Events")]
    assert sorted(documented) == sorted(protocol.EVENTS)


def test_documented_close_codes_are_the_protocols() -> None:
    rows = table("docs/protocol.md", "### Close codes")
    assert [tuple(row) for row in rows] == [
        (str(close.value), f"`{close.name}`", protocol.CLOSE_MEANING[close])
        for close in protocol.Close
    ]


def test_the_page_knows_the_same_close_codes() -> None:
    source = text("chat/static/chat/js/protocol.js")
    block = re.search(r"CLOSE = Object\.freeze\(\{(.*?)\}\)", source, re.DOTALL)
    assert block is not None
    found = {name: int(code) for name, code in re.findall(r"(\w+): (\d+)", block.group(1))}
    assert found == {close.name: close.value for close in protocol.Close}


def test_documented_error_codes_are_those_that_exist() -> None:
    def family(kind: type[errors.ChatError]) -> list[type[errors.ChatError]]:
        return [kind, *(leaf for sub in kind.__subclasses__() for leaf in family(sub))]

    documented = {row[0].strip("`"): int(row[1]) for row in table("docs/protocol.md", "### Errors")}
    ours = [kind for kind in family(errors.ChatError) if kind.__module__ == errors.__name__]
    assert documented == {kind.code: kind.status for kind in ours}


def test_links_and_commands_in_the_docs_lead_somewhere() -> None:
    pages = [ROOT / "README.md", ROOT / "CONTRIBUTING.md", *(ROOT / "docs").rglob("*.md")]
    for page in pages:
        words = page.read_text(encoding="utf-8")
        for target in re.findall(r"\]\(([^)#]+)(?:#[^)]*)?\)", words):
            if not target.startswith(("http:", "https:")):
                assert (page.parent / target).exists(), f"{page.name} → {target}"
        for command in re.findall(r"\bbin/[a-z-]+", words):
            path = ROOT / command
            inside_venv = command == "bin/ruff"
            assert inside_venv or path.stat().st_mode & 0o100, f"{page.name}: {command}"


def test_every_package_that_the_code_imports_is_required() -> None:
    own = {"chat", "chatsite", *sys.stdlib_module_names}
    required = {
        re.split(r"[\[=]", line)[0].lower().replace("_", "-")
        for line in text("requirements.txt").splitlines()
        if line and not line.startswith("#")
    }
    installed = packages_distributions()
    wanted = required | {"asgiref"}  # Django's own other half
    for path in [*(ROOT / "chat").rglob("*.py"), *(ROOT / "chatsite").rglob("*.py")]:
        for module in re.findall(r"^(?:from|import) (\w+)", path.read_text("utf-8"), re.MULTILINE):
            if module not in own:
                names = {name.lower().replace("_", "-") for name in installed.get(module, [])}
                assert names & wanted, f"{path.relative_to(ROOT)} imports {module}"


def test_requirements_are_pinned_exactly() -> None:
    for file in ("requirements.txt", "requirements-dev.txt"):
        for line in text(file).splitlines():
            if line and not line.startswith(("#", "-r ")):
                assert re.fullmatch(r"[\w.-]+(\[[\w,]+\])?==[\w.]+", line), line


def test_the_newest_pins_are_of_the_same_packages() -> None:
    def packages(name: str) -> list[str]:
        lines = (ROOT / name).read_text().splitlines()
        return [line.partition("==")[0] for line in lines if line and not line.startswith("#")]

    assert packages("requirements-next.txt") == packages("requirements.txt")


def test_run_says_in_one_sentence_that_python_is_missing(tmp_path: Path) -> None:
    tools, house = tmp_path / "tools", tmp_path / "house"
    (house / "bin").mkdir(parents=True)
    tools.mkdir()
    shutil.copy(ROOT / "bin/run", house / "bin/run")
    shutil.copy(ROOT / "requirements.txt", house)
    for tool in ("sh", "dirname", "cat", "cksum"):
        (tools / tool).symlink_to(shutil.which(tool) or tool)
    ended = subprocess.run(
        [tools / "sh", house / "bin/run"],
        env={"PATH": str(tools)}, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert ended.returncode == 1
    assert ended.stderr == "bin/run: Madang needs Python 3.11 or newer (python3).\n"
