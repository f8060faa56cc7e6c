"""A19, both languages are whole: nothing untranslated or glued, no particle after a placeholder."""

import ast
import re
import subprocess
from collections.abc import Iterator
from html.parser import HTMLParser
from pathlib import Path

import pytest
from django.utils import translation

from chat import errors
from tests.support import catalogue
from tests.support.catalogue import ROOT

pytestmark = pytest.mark.static

KOREAN = catalogue.read(ROOT / "chat/locale/ko/LC_MESSAGES/django.po")
SAME_IN_BOTH = {"English"}
"""Sentences that Korean leaves as they are."""

PLACE = r"(?:%\(\w+\)[sd]|\{\w*\}|%[sd])"
# After a consonant and after a vowel these differ, so behind an unknown word one of them is wrong.
PARTICLE = "은|는|이|가|을|를|와|과|으로|로|아|야|이랑|랑|이나|나|이라|라|이에요|예요|이야|입니다"
AFTER_PLACE = re.compile(rf"{PLACE}[\"'’”»」』)]*(?:{PARTICLE})(?![가-힣])")
DOUBLE = re.compile(
    r"[가-힣]?\((?:을|를|은|는|이|가|와|과|으)\)|(?:을|를|은|는|이|가)/(?:을|를|은|는|이|가)"
)


@pytest.fixture(scope="module")
def marked(tmp_path_factory: pytest.TempPathFactory) -> dict[str, catalogue.Entry]:
    """The sentences that the sources mark for translation now."""
    found = catalogue.extracted(tmp_path_factory.mktemp("sources"))
    assert len(found) > 150
    return found


def test_every_sentence_has_its_korean(marked: dict[str, catalogue.Entry]) -> None:
    missing = [key for key in marked if key not in KOREAN or not all(KOREAN[key].translations)]
    assert missing == []
    assert [key for key, entry in KOREAN.items() if entry.fuzzy] == []


def test_no_translation_is_left_of_a_sentence_that_is_gone(
    marked: dict[str, catalogue.Entry],
) -> None:
    assert sorted(set(KOREAN) - set(marked)) == []


def test_the_compiled_catalogue_is_the_written_one(tmp_path: Path) -> None:
    folder = ROOT / "chat/locale/ko/LC_MESSAGES"
    fresh = tmp_path / "django.mo"
    subprocess.run(["msgfmt", "-o", fresh, folder / "django.po"], check=True)
    assert fresh.read_bytes() == (folder / "django.mo").read_bytes()


def test_korean_is_korean_and_keeps_the_placeholders() -> None:
    for key, entry in KOREAN.items():
        if key in SAME_IN_BOTH:
            continue
        for text in entry.translations:
            assert re.search("[가-힣]", text), key
            assert set(re.findall(PLACE, text)) <= set(re.findall(PLACE, "".join(entry.sources)))
            needed = set(re.findall(PLACE, entry.sources[-1]))
            assert needed <= set(re.findall(PLACE, text)), key


@pytest.mark.parametrize(
    ("text", "wrong"),
    [("%(name)s은 여기 없어요", True), ("{name}이 왔어요", True), ("‘%(room)s’으로", True),
     ("%(count)s개를 지웠어요", False), ("{name} 님이 왔어요", False), ("%(host)s에서", False)],
)  # fmt: skip
def test_particles_are_found(text: str, wrong: bool) -> None:
    assert bool(AFTER_PLACE.search(text)) is wrong


def test_no_particle_follows_a_placeholder() -> None:
    page = (ROOT / "chat/static/chat/js/strings/ko.js").read_text(encoding="utf-8")
    texts = [text for entry in KOREAN.values() for text in entry.translations]
    for text in [*texts, *page.splitlines()]:
        assert not AFTER_PLACE.search(text), text
        assert not DOUBLE.search(text), text


def test_every_refusal_speaks_korean() -> None:
    def family(kind: type[errors.ChatError]) -> Iterator[type[errors.ChatError]]:
        yield kind
        for sub in kind.__subclasses__():
            yield from family(sub)

    for kind in family(errors.ChatError):
        if kind.sentence:
            with translation.override("ko"):
                assert re.search("[가-힣]", translation.gettext(kind.sentence)), kind


TAG = re.compile(r"{%.*?%}|{{.*?}}|{#.*?#}", re.DOTALL)
COMMENT = re.compile(r"{% comment %}.*?{% endcomment %}", re.DOTALL)
BLOCK = re.compile(r"{% blocktranslate.*?{% endblocktranslate %}", re.DOTALL)
SHOWN = {"aria-label", "title", "placeholder", "alt", "aria-description"}
OWN_NAMES = {"한국어", "English"}
"""A language is called by its own name, whatever the page's."""


class Untranslated(HTMLParser):
    """Collects what a template shows as it stands there."""

    def __init__(self) -> None:
        super().__init__()
        self.found: list[str] = []
        self._silent = 0

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self._silent += tag in {"script", "style", "svg"}
        for name, value in attrs:
            if name in SHOWN and value:
                self.handle_data(value)

    def handle_endtag(self, tag: str) -> None:
        self._silent -= tag in {"script", "style", "svg"}

    def handle_data(self, data: str) -> None:
        text = data.strip()
        if not self._silent and re.search(r"\w", text) and text not in OWN_NAMES:
            self.found.append(text)


@pytest.mark.parametrize(
    "path", sorted((ROOT / "templates").rglob("*.html")), ids=lambda path: path.name
)
def test_templates_show_no_word_of_their_own(path: Path) -> None:
    source = path.read_text(encoding="utf-8")
    for pattern in (COMMENT, BLOCK, TAG):
        source = pattern.sub("", source)
    parser = Untranslated()
    parser.feed(source)
    assert parser.found == []


MARKS = {"_", "gettext", "gettext_lazy", "ngettext", "ngettext_lazy", "pgettext", "pgettext_lazy"}
SPOKEN = {
    "verbose_name", "verbose_name_plural", "help_text", "label", "short_description",
    "description", "title", "empty_label", "site_header", "site_title", "index_title",
}  # fmt: skip
SENTENCE = re.compile(r"[A-Za-z][\w'’]+ [\w'’]+")


def is_marked(node: ast.AST) -> bool:
    """Whether this is a call that translates."""
    if not isinstance(node, ast.Call):
        return False
    name = node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")
    return name in MARKS


def glued(tree: ast.AST) -> Iterator[int]:
    """Lines where a translated piece is put together with others into a sentence."""
    for node in ast.walk(tree):
        if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Add):
            if is_marked(node.left) or is_marked(node.right):
                yield node.lineno
        elif isinstance(node, ast.JoinedStr):
            inside = [part.value for part in node.values if isinstance(part, ast.FormattedValue)]
            words = "".join(
                str(part.value) for part in node.values if isinstance(part, ast.Constant)
            )
            if any(is_marked(part) for part in inside) and re.search(r"\w", words):
                yield node.lineno
        elif (
            isinstance(node, ast.Call)
            and is_marked(node)
            and any(isinstance(argument, ast.JoinedStr) for argument in node.args)
        ):
            yield node.lineno  # Filled in before it is looked up: never found.


def unmarked(tree: ast.AST) -> Iterator[int]:
    """Lines where words go to people as they stand in the source."""
    for node in ast.walk(tree):
        spoken: list[ast.expr] = []
        if isinstance(node, ast.Call):
            spoken += [keyword.value for keyword in node.keywords if keyword.arg in SPOKEN]
            name = getattr(node.func, "attr", getattr(node.func, "id", ""))
            if name in {"ValidationError", "message_user", "write"}:
                spoken += node.args
        if isinstance(node, ast.Assign):
            names = {getattr(target, "attr", getattr(target, "id", "")) for target in node.targets}
            if names & SPOKEN:
                spoken.append(node.value)
        for value in spoken:
            text = value.value if isinstance(value, ast.Constant) else None
            if isinstance(text, str) and SENTENCE.search(text):
                yield value.lineno


CODE = [path for name in ("chat", "chatsite") for path in sorted((ROOT / name).rglob("*.py"))]


@pytest.mark.parametrize("find", [glued, unmarked])
def test_code_neither_glues_sentences_nor_leaves_them_untranslated(find) -> None:
    found = []
    for path in CODE:
        # The interface's description is read by programmers, the migrations by nobody.
        if path.name == "schema.py" or "migrations" in path.parts:
            continue
        tree = ast.parse(path.read_text(encoding="utf-8"))
        found += [f"{path.relative_to(ROOT)}:{line}" for line in find(tree)]
    assert found == []


LITERAL = re.compile(
    r"""//[^\n]*|/\*.*?\*/|("(?:[^"\\\n]|\\.)*"|'(?:[^'\\\n]|\\.)*'|`[^`]*`)""", re.S
)
SPEAKS = re.compile(r"[A-Za-z]{2,} [a-z]{2,}.*[.!?…]$|^[A-Z][a-z]+ [a-z]{2,}|[가-힣]{2,}")


def test_scripts_show_no_word_outside_the_strings() -> None:
    for path in sorted((ROOT / "chat/static/chat/js").rglob("*.js")):
        # links.js and time.js know Korean endings and halves of the day; those are read, not said.
        if "strings" in path.parts or path.name in {"links.js", "time.js"}:
            continue
        source = re.sub(r"/\*.*?\*/", "", path.read_text("utf-8"), flags=re.DOTALL)
        for line in re.sub(r"\bnew \w*Error\(.*", "", source).splitlines():
            for literal in LITERAL.findall(line):
                assert not SPEAKS.search(literal[1:-1]), f"{path.name}: {line.strip()}"
