"""Behind a gate that asks for a cookie of its own, as an authenticating proxy does."""

from urllib.parse import urlsplit

from playwright.sync_api import Browser

from tests.browser.gate import gate_before
from tests.browser.person import Person
from tests.browser.site import Site
from tests.browser.test_offline import KEPT, installed


def test_the_manifest_and_the_worker_pass_the_gate_with_the_page(
    chromium: Browser, site: Site
) -> None:
    with gate_before(site.port) as gate:
        alice = Person(chromium, gate.url)
        alice.context.add_cookies([{"name": "gate", "value": "open", "url": gate.url}])
        alice.enter("문지기앞")
        installed(alice.page)
        manifest = alice.cdp().send("Page.getAppManifest")
        assert (manifest["errors"], urlsplit(manifest["url"]).path) == ([], "/manifest.webmanifest")
        kept = alice.page.evaluate(KEPT)
        assert any("/offline/rooms" in url for url in kept)
        assert gate.refused == []
        assert alice.troubles == []
        alice.context.close()
