"""The web page, in the system's own Chromium where there is one, and by plain requests."""

from __future__ import annotations

import asyncio
import re
import shutil
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path

import httpx
import pytest
from fastapi import FastAPI
from serving import serving

from cli.server.page.page_route import error_reply
from cli.server.replies import add_error_replies
from kb.access import Access
from tests.conftest import Cli
from tests.patience import PATIENCE

CHECKS = (Path(__file__).parent / "page_checks.js").read_text("utf-8")
TEMPLATES = Path(__file__).parents[2] / "cli" / "server" / "page" / "html"
NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
FLAGS = (
    *("--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-sync"),
    *("--disable-background-networking", "--disable-component-update"),
)
# Keeps what was streamed for the next page.
WATCHING = """addEventListener("DOMContentLoaded", () => {
  const text = document.getElementById("text");
  const keep = () => { sessionStorage.streamed = text.textContent; };
  if (text) new MutationObserver(keep).observe(text, { childList: true, characterData: true, subtree: true });
});"""
EVIL = '<img src=x onerror="window.pwned=1">'
FEE = "What does a membership of the Riverton club cost?"
RIGHTS = {
    "mia": "ask,search,feedback",
    "ines": "ask,search,feedback,review",
    "jan": "ask,search,feedback,review",
    "olga": "ask",
    "otto": "ask",
}
PHONE = {"width": 360, "height": 740}
DESKTOP = {"width": 1100, "height": 800}


@pytest.fixture(scope="module")
def community(tmp_path_factory):
    """A home with sources in both languages, a recording, and what somebody hostile wrote."""
    root = tmp_path_factory.mktemp("page")
    folder = root / "sources"
    folder.mkdir()
    sources = {
        "club.md": "# The Riverton club\n\n## Fees\n\nA membership of the Riverton club costs 240 crowns"
        " a year. It is paid in January.\n\n## Room\n\nThe room is open from nine to six.\n",
        "huiwan.md": "# 河湾创业社\n\n## 会费\n\n河湾创业社的会费是每年三百元，一月缴纳。\n",
        "night.vtt": "WEBVTT\n\n00:12:34.000 --> 00:12:48.000\n<v Wen Harlow>Our first paying customer was a"
        " bakery in Riverton, after nine weeks.\n",
        "night.vtt.meta.yaml": "title: Demo night\nurl: https://video.example/night\n",
        "evil.md": f"---\ntitle: '<script>window.pwned=1</script>Harlow'\nurl: 'javascript:window.pwned=1'\n---\n\n"
        f"# Harlow {EVIL}\n\nThe handshake of Harlow is secret {EVIL} <script>window.pwned=1</script>"
        " and [known](javascript:window.pwned=1).\n",
    }
    for name, text in sources.items():
        (folder / name).write_text(text, "utf-8")
    (folder / "<b onclick=pwned>.md").write_text("# Oslo\n\nThe Oslo desk opens at ten.\n", "utf-8")
    (folder / "locked.pdf").write_bytes(b"%PDF-1.4 broken")
    kb = Cli(root / "home")
    assert kb("ingest", folder).code == 0
    (kb.home / "community.toml").write_text('[channel.lobby]\nhold = "always"\n')
    return kb


@pytest.fixture(scope="module")
def tokens(community):
    access = Access(community.home)
    made = {
        name: access.add(
            name,
            can.split(","),
            channel="lobby" if name == "otto" else "",
            expires_at=None,
            by="olga",
        )
        for name, can in RIGHTS.items()
    }
    access.close()
    return made


@pytest.fixture(scope="module")
def served(community, tokens):
    with serving(community, env={"KB_SERVER_RATE": "0"}) as server:
        yield server


@pytest.fixture(scope="module")
def chromium():
    program = next(filter(None, map(shutil.which, NAMES)), None)
    if program is None:
        pytest.skip("needs Chromium: apt-get install chromium")
    playwright = pytest.importorskip("playwright.sync_api")
    with playwright.sync_playwright() as started:
        browser = started.chromium.launch(executable_path=program, args=list(FLAGS))
        yield browser
        browser.close()


@pytest.fixture
def visit(chromium, served, tokens):
    """`visit("mia")` opens a browser window of hers: nothing on its pages may break the policy."""

    @contextmanager
    def opened(name=None, **options):
        options = {"locale": "en-US", "viewport": DESKTOP, **options}
        context = chromium.new_context(base_url=served.url, **options)
        if name:
            cookie = {"name": "kb_token", "value": tokens[name], "url": served.url}
            context.add_cookies([{**cookie, "sameSite": "Strict", "httpOnly": True}])
        wrong = []
        page = context.new_page()
        page.set_default_timeout(PATIENCE * 100)
        page.on("pageerror", lambda error: wrong.append(str(error)))
        page.on("dialog", lambda dialog: wrong.append(dialog.message))
        page.on(
            "console",
            lambda line: wrong.append(line.text) if "Content Security" in line.text else None,
        )
        yield page
        context.close()
        assert wrong == []

    return opened


@pytest.fixture
def client(served, tokens):
    """`client("mia")` asks as her browser does, without one; her forms come from the page."""

    def made(name=None, **headers):
        cookies = {"kb_token": tokens[name]} if name else {}
        return httpx.Client(
            base_url=served.url, cookies=cookies, headers={"Origin": served.url, **headers},
            timeout=PATIENCE, trust_env=False,
        )  # fmt: skip

    return made


def ask(page, question):
    """Ask as a person does, and wait for the answer's page."""
    before = page.url
    page.fill("#question", question)
    page.keyboard.press("Enter")
    page.wait_for_url(lambda url: "/x/" in url and url != before)


# --- in Chromium ----------------------------------------------------------------------------------


def test_an_answer_leads_to_its_source_with_the_quote_marked(visit):
    with visit("mia") as page:
        page.goto("/")
        ask(page, FEE)
        assert "240 crowns a year" in page.inner_text(".turn .answer")
        page.click("a.mark >> nth=0")
        assert page.inner_text("mark").startswith("A membership of the Riverton club costs 240")
        page.click("text=Back to the answer")
        ask(page, "When is it paid?")
        assert page.locator(".turn").count() == 2  # it follows the first question
        ask(page, "Who was the first paying customer?")
        link = page.locator("a.elsewhere").last
        assert link.get_attribute("href") == "https://video.example/night#t=754"
        assert "noopener" in link.get_attribute("rel")


def test_sentences_are_shown_as_they_come_and_failures_are_told(visit):
    with visit("mia") as page:
        page.add_init_script(WATCHING)
        page.goto("/")
        ask(page, FEE)
        assert "240 crowns" in page.evaluate("sessionStorage.streamed")
        page.route("**/v1/ask", lambda route: route.fulfill(status=503, body="{}"))
        page.fill("#question", "thanks")
        page.keyboard.press("Enter")
        page.wait_for_selector("[role=alert]:visible")
        assert page.input_value("#question") == "thanks"  # it can be sent again
        page.unroute("**/v1/ask")
        page.keyboard.press("Enter")
        page.wait_for_selector("#text:not(:empty)")
        page.wait_for_selector("#ask:visible")  # kept nowhere, so it stays on this page


def test_chinese_readers_and_a_refusal(visit):
    with visit("mia", locale="zh-CN", viewport=PHONE, color_scheme="dark") as page:
        page.goto("/")
        assert page.get_attribute("html", "lang") == "zh-Hans"
        ask(page, "河湾创业社的会费是多少？")
        assert "三百元" in page.inner_text(".turn .answer")
        page.click("text=问别的问题")
        ask(page, "钨的沸点是多少？")
        assert page.locator(".turn.abstained .sources li").count() > 0
        page.click("button:text-is('English')")
        page.wait_for_selector("text=Closest, but not an answer")


def test_without_javascript(visit):
    with visit("mia", java_script_enabled=False) as page:
        page.goto("/")
        page.fill("#question", FEE)
        page.click("form.ask button")
        assert "240 crowns" in page.inner_text(".turn .answer")
        page.click("summary")
        page.fill("textarea[name=comment]", "Short and right.")
        page.click("button[value=up]")
        assert "your word is kept" in page.inner_text(".verdict [role=status]")
        page.fill("#question", "thanks")
        page.click("form.ask button")  # kept nowhere, and answered all the same
        assert page.locator(".turn .answer").count() == 1


def test_keyboard_alone(visit):
    with visit() as page:
        page.goto("/")
        page.wait_for_url("**/login?next=**")

    def tab_to(selector):
        for _ in range(60):
            page.keyboard.press("Tab")
            if page.evaluate("selector => document.activeElement.matches(selector)", selector):
                return
        raise AssertionError(f"Tab never gets to {selector}")

    with visit("mia") as page:
        page.goto("/")
        tab_to("a.skip")
        page.keyboard.press("Enter")
        tab_to("#question")
        page.keyboard.type(FEE)
        page.keyboard.press("Enter")
        page.wait_for_url("**/x/**")
        tab_to("a.mark")
        page.keyboard.press("Enter")
        page.wait_for_selector("mark")
        page.go_back()
        tab_to("button[value=down]")
        page.keyboard.press("Enter")
        page.wait_for_selector("button[value=down][aria-pressed]")


def test_review_with_undo_and_two_reviewers(visit, client):
    with client("mia") as mia:
        asked = mia.post("/ask", data={"question": "When does the Riverton room open?"})
        name = asked.headers["location"].partition("#")[0].removeprefix("/x/")
        mia.post(f"/x/{name}/verdict", data={"value": "down", "comment": "Too short."})
    with visit("ines") as page, visit("jan") as other:
        for each in (page, other):
            each.goto("/review")
            each.click("text=When does the Riverton room open?")
            assert "Too short." in each.inner_text(".verdicts")
        page.click("button:text('The sources lack an answer')")
        page.wait_for_selector("text=Your last decision: a gap")
        other.click("button:text('The answer is fine')")
        assert "ines has decided meanwhile: gap" in other.inner_text("[role=alert]")
        page.click("button:text('Undo')")
        page.wait_for_url(f"**/review/{name}")
        assert page.locator("text=Decided on").count() == 0
        page.fill("#entry-answer", "The Riverton room opens at nine.")
        page.click("button:text('Put it into the FAQ')")
        page.goto("/faq")
        assert "When does the Riverton room open?" in page.inner_text("main")


def test_a_held_answer_fills_in_once_somebody_approves(visit):
    with visit("otto") as asker, visit("ines") as reviewer:
        asker.clock.install()
        asker.goto("/")
        ask(asker, FEE)
        assert "Waiting for a person" in asker.inner_text(".held")
        assert "240" not in asker.content()
        reviewer.goto("/review")
        reviewer.click(f"text={FEE} >> nth=0")
        reviewer.click("a:text('Open the passage') >> nth=0")
        assert "240 crowns" in reviewer.inner_text("mark")
        reviewer.go_back()
        reviewer.click("summary:text('Let another answer out')")
        reviewer.fill("#text", "It costs 999 crowns. [1]")
        reviewer.click("button:text('Let this answer out')")
        assert "Not in the sources" in reviewer.inner_text("[role=alert]")
        reviewer.click("button:text('Let it out as it stands')")
        reviewer.wait_for_selector("text=Your last decision")
        asker.clock.run_for(6000)
        asker.wait_for_selector(".turn.answered a.mark")
        assert "240 crowns" in asker.inner_text(".turn .answer")


def test_what_is_hostile_stays_text(visit, client):
    with visit("ines") as page:
        page.goto("/")
        ask(page, f"What is the handshake of Harlow? {EVIL}")
        assert "<img src=x" in page.inner_text(".question")
        page.click("text=Say why, or what is right")
        page.fill("textarea[name=comment]", EVIL)
        page.click("button[value=down]")
        page.wait_for_selector(".verdict [role=status]")
        name = page.url.partition("/x/")[2].partition("#")[0]
        page.click(".sources a.title >> nth=0")
        page.wait_for_selector("#quote")
        assert "<script>window.pwned=1</script>" in page.inner_text("main")
        for path in (f"/review/{name}", "/review", "/sources", "/gaps", "/report"):
            page.goto(path)
            assert page.evaluate("window.pwned") is None
            assert page.locator("[onerror], [onclick], a[href^='javascript']").count() == 0


@pytest.mark.parametrize(
    "window",
    [
        {"viewport": PHONE, "color_scheme": "dark", "locale": "zh-CN"},
        {"viewport": DESKTOP, "color_scheme": "light"},
    ],
    ids=["phone", "desktop"],
)
def test_every_page_is_usable_by_everybody(visit, client, window):
    with client("mia") as mia, client("otto") as otto:
        answer, refusal, held = (
            asker.post("/ask", data={"question": question}).headers["location"]
            for asker, question in ((mia, FEE), (mia, "Boiling point of tungsten?"), (otto, FEE))
        )
        mia.post(f"{answer.partition('#')[0]}/verdict", data={"value": "down", "comment": "No."})
    case, hold = (path.partition("#")[0].rpartition("/")[2] for path in (answer, held))
    pages = ["/", answer, refusal, held, f"/review/{case}", f"/held/{hold}", "/x/x_none"]
    pages += ["/review", "/faq", "/gaps", "/report", "/sources", "/login"]
    with visit("ines", **window) as page:
        problems = {}
        for path in pages:
            page.goto(path)
            problems[path] = page.evaluate(CHECKS)
        page.goto(answer)
        page.click("a.mark >> nth=0")
        page.wait_for_selector("mark")
        problems["passage"] = page.evaluate(CHECKS)
    assert {path: found for path, found in problems.items() if found} == {}


def test_a_link_in_a_chat_leads_in(visit, served):
    body = f'<a href="{served.url}/faq">an entry</a>'
    with visit("mia") as page:
        page.route(
            "https://chat.example/",
            lambda route: route.fulfill(body=body, content_type="text/html"),
        )
        page.goto("https://chat.example/")
        page.click("a")
        page.wait_for_selector("h1:text('FAQ')")


def test_the_checks_find_what_is_wrong(chromium):
    page = chromium.new_page()
    page.set_content(
        "<html lang=fr><style>p { color: #999 } :focus-visible { outline: none }</style><main><h3>A</h3>"
        "<p>faint</p><input><button></button><div id=a></div><div id=a></div></main></html>"
    )
    found = "; ".join(page.evaluate(CHECKS))
    wrong = ("language", "title", "h1", "h3 behind h0", "two of #a", "no label", "no name", "focus")
    assert [each for each in (*wrong, "contrast 2.85") if each not in found] == []
    page.close()


def test_signing_in_and_out(visit, tokens):
    with visit() as page:
        page.goto("/sources")
        page.fill("#token", "kb_wrong")
        page.keyboard.press("Enter")
        page.wait_for_selector("[role=alert]")
        page.fill("#token", tokens["mia"])
        page.keyboard.press("Enter")
        page.wait_for_url("**/sources")
        assert "club.md" in page.inner_text("main")
        assert "locked.pdf" not in page.inner_text("main")  # reviewers alone see what was skipped
        assert page.evaluate("document.cookie") == ""
        page.click("button:text('Sign out')")
        page.wait_for_url("**/login")
        page.goto("/")
        page.wait_for_url("**/login?next=**")


# --- by requests ----------------------------------------------------------------------------------


def test_rights_and_whose_answers_are_seen(client):
    with client("mia") as mia, client("olga") as olga, client("ines") as ines:
        answer = mia.post("/ask", data={"question": FEE}).headers["location"].partition("#")[0]
        assert mia.get(answer).status_code == 200
        assert olga.get(answer).status_code == 404
        assert ines.get(answer).status_code == 200
        assert {mia.get(f"/{each}").status_code for each in ("review", "gaps", "report")} == {403}
        assert "locked.pdf" in ines.get("/sources").text
        own = olga.post("/ask", data={"question": FEE}).headers["location"].partition("#")[0]
        passage = re.search(r'href="(/p/[^"#]+)', olga.get(own).text)[1].replace("&amp;", "&")
        assert olga.get(passage).status_code == 200  # what her answer cites
        assert olga.get(passage.partition("?")[0]).status_code == 403
        assert olga.get("/sources").status_code == 403
        assert olga.post(f"{own}/verdict", data={"value": "up"}).status_code == 403
        assert ines.get("/p/p_none").status_code == ines.get("/review/x_none").status_code == 404


def test_reviewers_of_a_held_answer_overwrite_nothing(client):
    with client("otto") as otto, client("ines") as ines, client("jan") as jan:
        asked = otto.post("/ask", data={"question": "When does the Oslo desk open?"})
        answer = asked.headers["location"].partition("#")[0]
        hold = answer.replace("/x/", "/held/")
        seen = re.search(r'name="seen" value="(\d+)"', ines.get(hold).text)[1]
        declined = ines.post(f"{hold}/decline", data={"seen": seen, "note": "Ask at the desk."})
        assert declined.headers["location"] == "/review"
        late = jan.post(f"{hold}/approve", data={"seen": seen})
        assert late.status_code == 409
        assert "ines has decided meanwhile: declined" in late.text
        assert jan.post(f"{hold}/undo").status_code == 404  # it is not his
        assert ines.post(f"{hold}/undo").headers["location"] == hold
        assert "Waiting for a person" in otto.get(answer).text
        seen = re.search(r'name="seen" value="(\d+)"', ines.get(hold).text)[1]
        ines.post(f"{hold}/decline", data={"seen": seen, "note": "Ask at the desk."})
        assert "Ask at the desk." in otto.get(answer).text
        assert otto.get(hold).status_code == 403


def test_a_bad_source_is_marked_and_the_mark_taken_back(client):
    with client("mia") as mia, client("ines") as ines:
        answer = mia.post("/ask", data={"question": FEE}).headers["location"].partition("#")[0]
        case = answer.replace("/x/", "/review/")
        form = {"seen": "0", "votes": "", "n": "1", "reason": "Of last year."}
        assert ines.post(f"{case}/bad-source", data=form).headers["location"] == "/review"
        assert "marked as a bad source" in ines.get(case).text
        uid = re.search(r'name="uid" value="(\w+)"', ines.get("/review").text)[1]
        assert ines.post(f"{case}/undo", data={"uid": uid}).headers["location"] == case
        assert "marked as a bad source" not in ines.get(case).text
        unknown = ines.post(f"{case}/bad-source", data={**form, "n": "9"})
        assert unknown.status_code == 404


def test_templates_hold_no_words_that_are_not_translated():
    known = {"kb", "English", "中文"}
    for file in TEMPLATES.glob("*.html"):
        text = re.sub(
            r"\{#.*?#\}|\{%.*?%\}|\{\{.*?\}\}|<[^>]*>|&\w+;",
            " ",
            file.read_text("utf-8"),
            flags=re.S,
        )
        assert set(re.findall(r"[^\W\d_]{2,}", text)) <= known, file.name


def test_only_forms_of_the_page_are_taken(client, served, tokens):
    form = {"question": FEE}
    for headers in ({"Origin": "https://elsewhere.example"}, {"Origin": "null"}):
        with client("mia", **headers) as mia:
            assert mia.post("/ask", data=form).status_code == 403
    cookies = {"kb_token": tokens["mia"]}
    with httpx.Client(base_url=served.url, cookies=cookies, trust_env=False) as bare:
        assert bare.post("/ask", data=form).status_code == 403
        sent = {"Sec-Fetch-Site": "same-origin"}
        assert bare.post("/ask", data=form, headers=sent).status_code == 303
        sent = {"Sec-Fetch-Site": "cross-site"}
        assert bare.post("/logout", headers=sent).status_code == 403


def test_what_is_hostile_is_escaped_in_every_page(client):
    with client("ines") as ines:
        asked = ines.post("/v1/ask", json={"question": f"What is the handshake of Harlow? {EVIL}"})
        name, cited = asked.json()["id"], asked.json()["citations"][0]["passage"]
        ines.post("/v1/feedback", json={"exchange": name, "verdict": "down", "comment": EVIL})
        for path in (
            f"/x/{name}",
            f"/p/{cited}",
            f"/review/{name}",
            "/review",
            "/sources",
            "/gaps",
        ):
            text = ines.get(path, headers={"Accept": "text/html"}).text
            assert "Harlow" in text or "onclick" in text, path
            live = r"<img|<script>|<b onclick|href=.?javascript:|onerror=\""
            assert not re.search(live, text), path


@pytest.mark.parametrize(
    ("path", "status"), [("/nowhere", 404), ("/held/x_none/approve", 405), ("/static/none.js", 404)]
)
def test_what_is_not_there_is_a_page_to_a_browser_and_json_to_programs(client, path, status):
    shown = client("ines", Accept="text/html,*/*;q=0.8", **{"Accept-Language": "zh"}).get(path)
    assert shown.status_code == status
    assert "default-src 'none'" in shown.headers["Content-Security-Policy"]
    assert "没有内容" in shown.text
    for told in (client("ines").get(path), client("ines", Accept="text/html").get("/v1/nowhere")):
        assert told.json()["error"]["code"] in ("not_found", "method_not_allowed")


def test_a_bug_of_ours_is_a_page_too():
    app = FastAPI()
    add_error_replies(app, error_reply)

    @app.get("/")
    async def broken():
        return 1 // 0

    transport = httpx.ASGITransport(app, raise_app_exceptions=False)

    async def visited():
        async with httpx.AsyncClient(transport=transport, base_url="http://localhost") as client:
            return await client.get("/", headers={"Accept": "text/html"})

    with ThreadPoolExecutor() as threads:  # the browser's loop may run in this one
        shown = threads.submit(asyncio.run, visited()).result()
    assert shown.status_code == 500
    assert "That did not work" in shown.text
    assert "division" not in shown.text


def test_what_every_page_tells_browsers(client):
    with client("mia") as mia:
        headers = mia.get("/").headers
    policy = headers["content-security-policy"]
    assert policy.startswith("default-src 'none'; ")
    assert "unsafe" not in policy
    assert "frame-ancestors 'none'" in policy
    assert headers["x-content-type-options"] == "nosniff"
    assert headers["referrer-policy"] == "same-origin"


def test_the_cookie_is_out_of_reach(client, served, tokens):
    with client() as nobody:
        kept = nobody.post("/login", data={"token": tokens["mia"], "next": "/faq"})
        assert kept.headers["location"] == "/faq"
        cookie = kept.headers["set-cookie"].lower()
        assert "httponly" in cookie
        assert "samesite=strict" in cookie
        assert "secure" not in cookie  # it came over http
        for path in ("//elsewhere.example", "https://elsewhere.example", "/\\elsewhere.example"):
            sent = nobody.post("/login", data={"token": tokens["mia"], "next": path})
            assert sent.headers["location"] == "/"
    over_https = {"Origin": served.url.replace("http:", "https:")}
    with client(**over_https) as behind_proxy:
        kept = behind_proxy.post("/login", data={"token": tokens["mia"]})
        assert "secure" in kept.headers["set-cookie"].lower()


def test_who_follows_a_link_of_another_site_gets_in_with_their_cookie(client):
    with client() as follower:
        del follower.headers["Origin"]  # browsers name none where a link is followed
        sent = {"Sec-Fetch-Site": "cross-site", "Sec-Fetch-Mode": "navigate"}
        first = follower.get("/x/x_1", headers=sent)
        assert '<meta http-equiv="refresh" content="0; url=/x/x_1">' in first.text
    with client() as again:
        assert again.get("/x/x_1").headers["location"].startswith("/login?next=")


@pytest.mark.parametrize(
    ("preferred", "lang"),
    [
        ("zh-CN,zh;q=0.9,en;q=0.8", "zh-Hans"),
        ("en-GB,en;q=0.9,zh;q=0.8", "en"),
        ("fr,zh;q=0.5", "zh-Hans"),
        ("zh;q=0, en;q=0.1", "en"),
        ("de", "en"),
        ("zh;q=x", "en"),
    ],
)
def test_pages_are_in_the_language_that_a_browser_prefers(client, preferred, lang):
    with client(**{"Accept-Language": preferred}) as reader:
        assert f'<html lang="{lang}">' in reader.get("/login").text


def test_a_chosen_language_goes_before_it(client):
    with client(**{"Accept-Language": "en"}) as reader:
        reader.post("/language", data={"to": "zh"})
        assert "登录" in reader.get("/login").text
        assert reader.post("/language", data={"to": "xx"}).status_code == 422
