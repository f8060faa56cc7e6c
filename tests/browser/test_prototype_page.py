"""A page written for the prototype, served from another origin, works unchanged."""

import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer

import pytest
from playwright.sync_api import Browser, expect

from tests.browser.site import Site

PAGE = """<!doctype html><meta charset="utf-8"><title>board</title>
<input id="text"><button id="send">send</button><button id="make">make</button>
<ul id="log"></ul><p id="groups"></p>
<script>
const host = decodeURIComponent(location.hash.slice(1));
const socket = new WebSocket(`ws://${host}/ws/notice_board`);
socket.onopen = () => { document.title = "open"; };
socket.onmessage = (event) => {
  const row = document.createElement("li");
  row.textContent = event.data;
  document.querySelector("#log").append(row);
};
document.querySelector("#send").onclick = () => {
  socket.send(document.querySelector("#text").value);
};
document.querySelector("#make").onclick = async () => {
  const made = await fetch(`http://${host}/create_group`, {
    method: "POST",
    headers: { "Content-Type": "application/json" },
    body: JSON.stringify({ title: 4321 }),
  });
  const groups = await (await fetch(`http://${host}/get_group`)).json();
  document.querySelector("#groups").textContent = `${await made.json()} ${groups.includes(4321)}`;
};
</script>"""


class _Page(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        body = PAGE.encode()
        self.send_response(200)
        self.send_header("Content-Type", "text/html; charset=utf-8")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: object) -> None:
        """Say nothing."""


@pytest.fixture
def elsewhere() -> Iterator[str]:
    with HTTPServer(("127.0.0.1", 0), _Page) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()
        thread.join()


def test_a_page_of_another_origin_talks_on_the_board(
    chromium: Browser, site: Site, elsewhere: str
) -> None:
    host = site.url.removeprefix("http://")
    pages = [chromium.new_page() for _ in range(2)]
    for page in pages:
        page.goto(f"{elsewhere}/#{host}")
        expect(page).to_have_title("open")
    one, two = pages
    one.fill("#text", "안녕, 마당")
    one.click("#send")
    expect(two.locator("#log li", has_text="안녕, 마당")).to_have_count(1)
    expect(one.locator("#log li", has_text="안녕, 마당")).to_have_count(0)
    one.click("#make")
    expect(one.locator("#groups")).to_have_text("true true")
    for page in pages:
        page.close()
