"""A packed script does what its modules do; what is not understood is refused."""

import subprocess
from pathlib import Path

import pytest

from chatsite.packing import SCRIPTS, Unpackable, pack_script, pack_style
from tests.conftest import missing

pytestmark = pytest.mark.static

MODULES = {
    "js/main.js": """
/** @typedef {import("./parts/menu.js").Menu} Menu */
import * as counting from "./count.js";
import { say, log as told } from "./say.js";

say("main", counting.next());
const open = () => import("./parts/menu.js");
open().then(async ({ Menu }) => {
  say(new Menu().name, counting.next());
  const again = await open();
  say("same", Number(again.Menu === Menu));
  console.log(told.join(" "));
});
""",
    "js/count.js": """
import { say } from "./say.js";
let count = 0;
say("count", count);
export function next() {
  count += 1;
  return count;
}
""",
    "js/say.js": """
const SHARED = "say";
export const log = [SHARED];
export function say(word, number) {
  log.push(`${word}${number}`);
}
""",
    "js/parts/menu.js": """
import {
  say,
} from "../say.js";
const SHARED = "menu";
say("late", 0);
export class Menu {
  name = SHARED;
}
""",
}


def test_modules_run_once_each_in_their_order_and_later_ones_later() -> None:
    script = pack_script("js/main.js", MODULES.__getitem__)
    try:
        ran = subprocess.run(
            ["node", "--input-type=module", "-"],
            input=script,
            capture_output=True,
            text=True,
            check=True,
        )
    except FileNotFoundError:
        missing("node")
    assert ran.stdout.split() == ["say", "count0", "main1", "late0", "menu2", "same1"]


@pytest.mark.parametrize(
    ("source", "named"),
    [
        ('import { a } from "./main.js";\n', "cycle"),
        ('import "./effect.js";\n', "import"),
        ('import { a } from "./say.js"\n', "import"),
        ('import a from "elsewhere";\n', "import"),
        ("export let a = 1;\n", "export"),
        ("export default 1;\n", "export"),
        ('export { say } from "./say.js";\n', "export"),
    ],
)
def test_other_forms_are_refused_by_name(source: str, named: str) -> None:
    modules = MODULES | {"js/count.js": source}
    with pytest.raises(Unpackable, match=named):
        pack_script("js/main.js", modules.__getitem__)


def test_a_stylesheet_holds_what_it_imports_in_order() -> None:
    sheets = {
        "css/page.css": '@import "a.css";\n@import "b.css";\nbody { color: red; }\n',
        "css/a.css": "a { color: blue; }\n",
        "css/b.css": '@import "../more/c.css";\n',
        "more/c.css": "c { color: green; }\n",
    }
    packed = pack_style("css/page.css", sheets.__getitem__)
    assert packed.count("color") == 3
    assert packed.index("blue") < packed.index("green") < packed.index("red")


def test_every_page_with_a_script_of_its_own_has_it_packed() -> None:
    found = {
        name
        for path in Path("templates").rglob("*.html")
        for name in path.read_text(encoding="utf-8").split("'")
        if name.endswith(".js")
    }
    assert found == set(SCRIPTS)
