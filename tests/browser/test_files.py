"""Files that are dropped or pasted: no page is left for them, and a sentence answers."""

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import NewPerson
from tests.browser.site import Site

# Sends a real event with a real file to what the selector finds; whether it was prevented.
SEND = """
([type, selector, text]) => {
    const data = new DataTransfer();
    data.items.add(new File(['x'], 'picture.png', {type: 'image/png'}));
    if (text) data.setData('text/plain', text);
    const options = {bubbles: true, cancelable: true, composed: true};
    const event = type === 'paste'
        ? new ClipboardEvent(type, {...options, clipboardData: data})
        : new DragEvent(type, {...options, dataTransfer: data});
    document.querySelector(selector).dispatchEvent(event);
    return event.defaultPrevented;
}
"""
SENTENCES = {
    "ko": "사진과 파일은 아직 보낼 수 없어요.",
    "en": "Pictures and files can’t be sent yet.",
}


def send(page: Page, type: str, selector: str, text: str = "") -> bool:
    prevented: bool = page.evaluate(SEND, [type, selector, text])
    return prevented


@pytest.mark.parametrize("lang", ["ko", "en"])
@pytest.mark.parametrize(
    ("type", "selector"),
    [("drop", ".log"), ("drop", "textarea"), ("dragover", "room-list"), ("paste", "textarea"),
     ("paste", "body")],
)  # fmt: skip
def test_the_conversation_stays_and_says_so(
    new_person: NewPerson, lang: str, type: str, selector: str
) -> None:
    page = new_person(f"{lang}{type}{selector.strip('.')}"[:20], lang=lang).page
    url = page.url
    page.fill("textarea", "반쯤")
    assert send(page, type, selector)
    expect(page.locator(".toast")).to_have_text(SENTENCES[lang])
    expect(page.locator("textarea")).to_have_value("반쯤")
    assert page.url == url


def test_text_beside_a_picture_goes_into_the_field(new_person: NewPerson) -> None:
    page = new_person("표에서복사").page
    for type in ("paste", "drop", "dragover"):
        assert not send(page, type, "textarea", "문서의 글")
    assert send(page, "drop", ".log", "문서의 글")


def test_over_a_dialog_the_sentence_is_in_sight_and_outlives_it(new_person: NewPerson) -> None:
    page = new_person("대화상자").page
    page.click(".room-head .now")
    assert send(page, "drop", "people-panel dialog")
    toast = page.locator(".toast")
    expect(toast).to_have_text(SENTENCES["ko"])
    # On the top layer: what is seen at its place is the dialog that holds it, not a veil.
    assert toast.evaluate("(one) => one.closest('dialog:modal') !== null")
    box = toast.bounding_box()
    assert box is not None
    assert box["y"] >= 0
    assert box["y"] + box["height"] <= page.evaluate("innerHeight")
    page.keyboard.press("Escape")
    expect(page.locator("chat-app > .toast")).to_have_text(SENTENCES["ko"])


def test_a_dialog_that_goes_from_the_page_does_not_take_the_toast_with_it(
    new_person: NewPerson,
) -> None:
    person = new_person("사라질창")
    page = person.page
    person.make_room("창이 있는 방")
    page.reload()
    person.connected()
    page.click("[data-section=mine] .room-link", button="right")
    expect(page.locator("dialog.panel")).to_be_visible()
    assert send(page, "drop", "dialog.panel")
    expect(page.locator("dialog.panel .toast")).to_have_text(SENTENCES["ko"])
    page.keyboard.press("Escape")
    expect(page.locator("dialog.panel")).to_have_count(0)
    expect(page.locator("chat-app > .toast")).to_have_text(SENTENCES["ko"])
    assert send(page, "paste", "textarea")
    expect(page.locator("chat-app > .toast")).to_have_text(SENTENCES["ko"])


@pytest.mark.parametrize("lang", ["ko", "en"])
@pytest.mark.parametrize("path", ["/", "/login", "/offline"])
def test_pages_before_the_conversation(
    new_person: NewPerson, site: Site, lang: str, path: str
) -> None:
    page = new_person(lang=lang).page
    if path == "/offline":
        # It leads on as soon as the server answers, which would take the page away.
        page.route("**/healthz", lambda route: route.fulfill(status=204, body=""))
        page.add_init_script("Object.defineProperty(document, 'hidden', {value: true})")
        path += f"?lang={lang}"
    stays(page, site.url + path, lang)


@pytest.mark.parametrize("path", ["/me", "/join", "/rooms/new", "/logout", "/rooms/nowhere"])
def test_pages_beside_the_conversation(new_person: NewPerson, site: Site, path: str) -> None:
    person = new_person(f"곁{path.strip('/').replace('/', '')}")
    person.allow("status of 40")
    stays(person.page, site.url + path, "ko")


def stays(page: Page, address: str, lang: str) -> None:
    page.goto(address)
    url = page.url
    for type, selector in (("drop", "body"), ("paste", "body"), ("drop", "main")):
        assert send(page, type, selector)
    expect(page.locator("main > [role=alert]").first).to_have_text(SENTENCES[lang])
    field = "input.field:not([type=hidden])"
    if page.locator(field).count():
        assert send(page, "drop", field)
        assert not send(page, "drop", field, "글")
    assert page.url == url
