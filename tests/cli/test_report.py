"""`kb feedback report`: its figures are those that one can count, in every form, and its page is
safe to open.
"""

from __future__ import annotations

import json
import re
from html.parser import HTMLParser
from pathlib import Path

import pytest

from cli.render import printable
from kb.journal import Journal
from kb.journal.ids import text_hash
from kb.types import Exchange

HOSTILE = "</title><script>alert(1)</script>\"'&\x1b]8;;x\x07\u202e<img src=//x onerror=y> 是谁？"
WEEKS = (
    "2026-03-02",
    "2026-03-09",
    "2026-03-23",
)  # Mondays; nothing is asked in the third week of March


def asked(journal, name, day, status, seconds=0.5, confidence=0.4, sources=(), question="how?"):
    citations = [
        {
            "n": n,
            "source": source,
            "passage": f"p_{source}",
            "quote": "q",
            "title": "t",
            "anchor": {"label": "L1"},
        }
        for n, source in enumerate(sources, start=1)
    ]
    journal.add(
        Exchange(name, f"{day}T23:59:59.999999Z", question, status, confidence, "a", "w", seconds, "tty",
                 {"citations": citations})
    )  # fmt: skip


@pytest.fixture
def community(kb):
    """Three weeks of questions, votes and decisions."""
    kb.home.mkdir(mode=0o700)
    journal = Journal(kb.home / "journal.sqlite3")
    for n in range(8):
        asked(
            journal,
            f"x_{n}",
            "2026-03-08",
            "answered",
            0.1 * (n + 1),
            0.1 * (n + 1),
            ("guide.md", "guide.md"),
        )
    for n in range(8, 10):
        asked(journal, f"x_{n}", "2026-03-09", "abstained", 2.0, 0.1)
    asked(journal, "x_10", "2026-03-23", "answered", 3.0, 0.9, (HOSTILE, "guide.md"), HOSTILE)
    asked(journal, "x_11", "2026-03-24", "unsupported", 4.0, 0.9)
    asked(journal, "x_12", "2026-03-25", "error", 600.0, 0.0)
    for n in range(3):
        journal.add_verdict(f"x_{n}", "up")
    journal.add_verdict("x_3", "up", by="Ada")
    journal.add_verdict("x_3", "down", by="Ada")  # thought better of it
    journal.add_verdict("x_8", "down", by="Bo")
    journal.add_verdict("x_10", "down", comment=HOSTILE, by=HOSTILE)
    journal.reviews.decide("x_8", "gap", by="Bo")
    journal.reviews.decide("x_9", "skip", by="Bo")
    detail = {"passage": f"p_{HOSTILE}", "source": HOSTILE, "text_hash": ""}
    journal.reviews.decide("x_11", "bad_source", by=HOSTILE, detail=detail)
    journal.undo(journal.reviews.decide("x_0", "fine", by="Chen"), "Chen")
    journal.faq.add("q?", "a")
    return kb


def report(kb, *arguments):
    run = kb("feedback", "report", *arguments)
    assert (run.code, run.err) == (0, "")
    return run


def test_the_figures_are_those_that_one_counts(community):
    told = report(community, "--json").json
    counted = {
        "exchanges": 13,
        "answered": 9,
        "unsupported": 1,
        "abstained": 2,
        "failed": 1,
        "up": 3,
        "down": 3,
        "faq": 1,
    }
    assert {name: told[name] for name in counted} == counted
    assert told["answer_rate"]["value"] == round(10 / 13, 4)
    assert told["abstention_rate"] == {"value": 0.1538, "low": 0.0433, "high": 0.4224, "of": 13}
    assert told["satisfaction"] == {"value": 0.5, "low": 0.1876, "high": 0.8124, "of": 6}
    assert told["seconds_p50"] == pytest.approx(0.65)
    assert told["seconds_p95"] == pytest.approx(3.45)
    assert told["sources"][0] == {"source": "guide.md", "answers": 9, "up": 3, "down": 2}
    assert [(s["source"], s["passages"], s["answers"]) for s in told["stale"]] == [(HOSTILE, 1, 1)]
    assert told["decisions"] == {"gap": 1, "bad_source": 1}
    assert (told["open"], [each["exchange"] for each in told["complaints"]]) == (2, ["x_10", "x_3"])
    weeks = {week["begins"]: week for week in told["weeks"]}
    assert list(weeks) == ["2026-03-02", "2026-03-09", "2026-03-16", "2026-03-23"]
    assert [week["week"] for week in told["weeks"]] == [
        "2026-W10",
        "2026-W11",
        "2026-W12",
        "2026-W13",
    ]
    assert [week["exchanges"] for week in told["weeks"]] == [8, 2, 0, 3]
    assert weeks["2026-03-16"]["satisfaction"] is None
    assert weeks["2026-03-02"]["satisfaction"]["value"] == 0.75
    for name in ("exchanges", "answered", "unsupported", "abstained", "failed", "up", "down"):
        assert sum(week[name] for week in told["weeks"]) == told[name]


def test_a_period_holds_its_first_and_its_last_day(community):
    def exchanges(*period):
        return report(community, "--json", *period).json["exchanges"]

    assert exchanges("--since", "2026-03-08", "--until", "2026-03-08") == 8
    assert exchanges("--since", "2026-03-09") == 5
    assert exchanges("--until", "2026-03-09") == 10
    assert exchanges("--since", "9999-12-31", "--until", "9999-12-31") == 0
    for period in (
        ("--since", "soon"),
        ("--since", "2026-02-30"),
        ("--since", "2026-03-02", "--until", "2026-03-01"),
    ):
        run = community("feedback", "report", *period)
        assert (run.code, run.out) == (2, "")


def test_the_table_says_the_same_and_obeys_nobody(community):
    run = report(community)
    for line in (
        "questions    13, 1 of which failed",
        "satisfied    50% (19% to 81%) 3 up, 3 down",
        "2026-W10\t8\t100%\t0%\t3\t1\t75% (30% to 95%)\t0.45\t0.77\t45%",
        "guide.md\t9\t3\t2",
    ):
        assert line in run.out.splitlines()
    assert not re.search("[\x00-\x08\x0b-\x1f\u202e]", run.out)


def test_a_language_that_is_served_worse_is_warned_of(kb):
    kb.home.mkdir(mode=0o700)
    journal = Journal(kb.home / "journal.sqlite3")
    for n in range(20):
        status = "abstained" if n < 14 else "answered"
        asked(journal, f"x_zh{n}", "2026-03-08", status, question="怎么注册公司？")
        asked(journal, f"x_en{n}", "2026-03-08", "answered", sources=("guide.md",))
    journal.add_verdict("x_en1", "up")
    told = kb("feedback", "report", "--by", "lang", "--json")
    found = {group["group"]: group for group in told.json["groups"]}
    assert (found["zh"]["questions"], found["zh"]["worse"]) == (20, ["answered"])
    assert found["zh"]["answered"]["share"]["value"] == 0.3
    assert found["en"]["worse"] == []
    assert found["en"]["liked"] == {**found["en"]["liked"], "judged": False, "others": None}
    table = kb("feedback", "report", "--by", "lang")
    assert "zh is answered less often than the rest: 30%" in table.err
    assert "zh" in table.out
    by_source = kb("feedback", "report", "--by", "source", "--json")
    assert [group["group"] for group in by_source.json["groups"]] == ["-", "guide.md"]


def test_nothing_asked_is_a_report_too(kb, tmp_path):
    assert kb("feedback", "report").code == 1
    kb.home.mkdir(mode=0o700)
    Journal(kb.home / "journal.sqlite3").close()
    assert "questions    0\n" in report(kb).out
    assert report(kb, "--json").json["answer_rate"] is None
    report(kb, "--html", tmp_path / "report.html")
    assert "Nothing was asked" in (tmp_path / "report.html").read_text("utf-8")


class Page(HTMLParser):
    """What a browser makes of a page: its elements, what they name, and its text by element."""

    VOID = ("meta", "rect", "circle", "line", "polyline", "polygon")

    def __init__(self, text):
        super().__init__()
        self.open, self.elements, self.said, self.problems = [], [], [], []
        self.feed(text)
        assert self.open == []

    def handle_starttag(self, tag, attributes):
        self.elements.append((tag, dict(attributes)))
        if tag not in self.VOID or not self.get_starttag_text().endswith("/>"):
            self.open += [tag] if tag != "meta" else []

    def handle_startendtag(self, tag, attributes):
        self.elements.append((tag, dict(attributes)))

    def handle_endtag(self, tag):
        assert self.open.pop() == tag

    def handle_data(self, data):
        self.said.append((self.open[-1] if self.open else "", data))

    def texts(self, tag):
        return [data for where, data in self.said if where == tag]


def test_the_page_is_one_file_that_fetches_and_runs_nothing(community, tmp_path):
    file = tmp_path / "report.html"
    assert report(community, "--html", file).out == f"report of 13 questions written to {file}\n"
    assert report(community, "--html", "-").out == file.read_text("utf-8")
    assert community("feedback", "report", "--html", "-", "--json").code == 2
    text = file.read_text("utf-8")
    page = Page(text)
    tags = {tag for tag, _ in page.elements}
    assert tags <= {
        "html", "head", "meta", "title", "style", "body", "h1", "h2", "p", "dl", "div", "dt", "dd", "small", "figure",
        "figcaption", "span", "i", "svg", "g", "rect", "circle", "line", "polyline", "polygon", "text", "table", "thead",
        "tbody", "tr", "th", "td", "bdi", "footer",
    }  # fmt: skip
    for _, attributes in page.elements:
        assert not {
            name for name in attributes if name.startswith("on") or name in ("src", "href", "style")
        }
    assert "url(" not in text
    assert "default-src 'none'" in text
    assert not re.search("[\x00-\x08\x0b-\x1f\u202e]", text)
    shown = printable(HOSTILE)
    assert "<script>" in shown
    assert page.texts("bdi").count(shown) == 4  # as a source, a stale one, a reviewer, a question
    assert page.texts("title")[0] == "Feedback report"
    assert "prefers-color-scheme: dark" in text


def test_the_page_shows_the_same_figures_with_named_axes(community, tmp_path):
    told = report(community, "--json", "--html", tmp_path / "report.html").json
    page = Page((tmp_path / "report.html").read_text("utf-8"))
    cards = dict(zip(page.texts("dt"), page.texts("dd"), strict=True))
    assert cards["questions"] == str(told["exchanges"])
    assert cards["satisfied"] == f"{told['satisfaction']['value']:.0%}"
    assert "(19% to 81%)" in page.texts("small")
    marks = page.texts("title")[1:]
    for week in told["weeks"]:
        for name in ("answered", "abstained"):
            mark = f"{name}, week of {week['begins']}: {week[name]}"
            assert (mark in marks) == bool(week[name])
        if week["seconds_p95"] is not None:
            assert f"95th percentile, week of {week['begins']}: {week['seconds_p95']:.2f}" in marks
    axes = page.texts("text")
    assert axes.count("week beginning") == 4
    assert {"questions", "voted up, of all votes", "seconds", "confidence"} <= set(axes)
    assert {"2026-03-02", "2026-03-16"} <= set(axes)
    assert "2026-W12" in page.texts("bdi")


def test_a_stale_mark_goes_with_what_it_was_put_on(kb, folder):
    (folder / "guide.md").write_text("# Runway\n\nKeep eighteen months of runway.\n", "utf-8")
    kb("ingest", "-q", folder)
    hit = kb("search", "--json", "runway").json["hits"][0]
    journal = Journal(kb.home / "journal.sqlite3")
    asked(journal, "x_1", "2026-03-08", "answered", sources=("guide.md",))
    mark = {"passage": hit["passage"], "source": hit["source"], "text_hash": text_hash(hit["text"])}
    journal.reviews.decide("x_1", "bad_source", by="Ada", detail=mark)
    (stale,) = report(kb, "--json").json["stale"]
    assert (stale["source"], stale["passages"], stale["by"]) == (hit["source"], 1, ["Ada"])
    (folder / "guide.md").write_text("# Runway\n\nKeep two years of runway.\n", "utf-8")
    kb("ingest", "-q", folder)
    assert report(kb, "--json").json["stale"] == []


def test_a_page_that_cant_be_written_ends_in_one_line(community, tmp_path):
    assert community("feedback", "report", "--html", "/dev/null").code == 0
    assert not Path("/dev/null").is_file()
    for file in (tmp_path, tmp_path / "nowhere" / "report.html"):
        run = community("feedback", "report", "--html", file)
        assert run.code in (1, 2)
        assert "Traceback" not in run.err
    assert json.dumps(sorted(path.name for path in tmp_path.iterdir())) == '["home"]'
