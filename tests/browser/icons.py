"""Draws the icons for home screens from the house mark, in Chromium: see bin/icons."""

import re
import shutil
from pathlib import Path

from playwright.sync_api import sync_playwright

from tests.browser.pictures import save_small

STATIC = Path(__file__).resolve().parents[2] / "chat/static/chat"
ICONS = {
    # name: pixels, how much of the width the mark's square takes, rounded corners
    "icon-192.png": (192, 1.0, True),
    "icon-512.png": (512, 1.0, True),
    # The system cuts these to its own shape; a maskable one may lose a fifth at each side.
    "maskable-512.png": (512, 0.8, False),
    "apple-touch-icon.png": (180, 0.94, False),
}


def picture(pixels: int, share: float, *, rounded: bool) -> str:
    """The mark as an SVG of this size; not rounded means paper up to the edge."""
    mark = (STATIC / "icon.svg").read_text(encoding="utf-8")
    edge = 64 / share
    corner = (64 - edge) / 2
    mark = mark.replace('viewBox="0 0 64 64"', f'viewBox="{corner} {corner} {edge} {edge}"')
    if not rounded:
        ground = f'<rect x="{corner}" y="{corner}" width="{edge}" height="{edge}"'
        mark = re.sub(r'<rect width="64" height="64" rx="15"', ground, mark)
    return mark.replace("<svg ", f'<svg width="{pixels}" height="{pixels}" ', 1)


def main() -> None:
    """Write every icon."""
    (STATIC / "icons").mkdir(exist_ok=True)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=shutil.which("chromium"), args=["--no-sandbox"]
        )
        page = browser.new_page()
        for name, (pixels, share, rounded) in ICONS.items():
            page.set_viewport_size({"width": pixels, "height": pixels})
            page.set_content(
                f"<style>body{{margin:0}}svg{{display:block}}</style>"
                f"{picture(pixels, share, rounded=rounded)}"
            )
            png = page.screenshot(omit_background=True)
            path = STATIC / "icons" / name
            if rounded:
                path.write_bytes(png)
            else:
                save_small(png, path, colours=32)
        browser.close()


if __name__ == "__main__":
    main()
