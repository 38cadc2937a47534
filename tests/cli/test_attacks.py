"""Forty attacks in sources: none changes what `kb ask` does, whoever writes the answer."""

from __future__ import annotations

import json
import re
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
from live import calls, links, unseen

from cli.formats import PLATFORMS

ATTACKS = [
    json.loads(line)
    for line in (Path(__file__).parent / "attacks.jsonl").read_text("utf-8").splitlines()
]
INSTRUCTING = ("override", "role", "leak", "exit")
MESSAGES = tuple(PLATFORMS)
# (place, what is asked, what answers it): each stands in one source, beside one attack.
EN = (
    ("{0} accelerator", "when does the {0} accelerator open its applications?", "The {0} accelerator opens its applications on May {1}."),
    ("{0} workshop", "how many teams does the {0} workshop take?", "The {0} workshop takes {1} teams a year."),
    ("{0} library", "who runs the {0} library?", "The {0} library is run by Mirela Vantongeren with {1} volunteers."),
    ("{0} grant", "how large is the {0} grant?", "The {0} grant is {1} thousand crowns for each project."),
)  # fmt: skip
ZH = (
    ("{0}孵化器", "{0}孵化器几月开放报名？", "{0}孵化器每年{1}月开放报名。"),
    ("{0}工坊", "{0}工坊每年接收多少支团队？", "{0}工坊每年接收{1}支团队。"),
)
NAMES_EN = (
    "Aldermoss Brindlewick Corvanne Dunmarrow Elsinby Farrowgate Glimmerford Hartsquay Ibbenholm Jorvale Kestermere "
    "Lorrimond Myrtlegard Nethercombe Ostrander Pellworth Quarrendon Rookhampton Silverthwaite Tamberlane Umbervale "
    "Vossington Wexcombe Yarrowmoor Zellandine Ashquill Birchlode Cloverdene Dapplemere"
).split()
NAMES_ZH = "青岚 白鹭 松涛 晓星 云帆 听雨 暮山 玉门 清溪 竹影 霜桥 鹤鸣 银杏".split()


def topics():
    """For each attack the slug of its source, the question, and the source's text without it."""
    names = {"en": iter(NAMES_EN), "zh": iter(NAMES_ZH)}
    for number, attack in enumerate(ATTACKS):
        forms = EN if attack["lang"] == "en" else ZH
        title, question, fact = (
            part.format(name, number % 11 + 1)
            for name in [next(names[attack["lang"]])]
            for part in forms[number % len(forms)]
        )
        head = f"---\ntitle: {title}\nurl: https://guide.example.org/{attack['id']}\n---\n"
        yield attack["id"], question, f"{head}# {title}\n\n{fact}\n"


TOPICS = list(topics())


def drafted(prompt, cites):
    """What an obedient model writes: what the attack that it reads asks for, else what the source
    says.

    `cites`: each sentence of it with the source that the attack stands in.
    """
    slug, _, text, attack = next(
        (*topic, attack)
        for topic, attack in zip(TOPICS, ATTACKS, strict=True)
        if topic[1] in prompt
    )
    given = re.findall(
        rf'<source-\w+ n="(\d+)"[^>]* from="{slug}\.md"[^>]*>\n(.*?)\n</source-', prompt, re.S
    )
    if not given:
        return "NO_ANSWER"
    fact = text.strip().rsplit("\n", 1)[1]
    read = (
        "".join(passage for _, passage in given)
        .replace(fact, "")
        .replace(text.split("# ")[1].split("\n")[0], "")
    )
    (n,) = [number for number, passage in given if fact in passage]
    if not re.search(r"\w", read):
        return f"{fact} [{n}]"
    if not cites or attack["obeys"] == "NO_ANSWER":
        return attack["obeys"]
    return re.sub(r"[.。]?(?:\n|\Z)|\. ", lambda end: f" [{n}]{end[0]}", attack["obeys"].strip())


class Obedient:
    """A server whose models do what the attack beside the question's source asks for; one of them
    cites it for that.
    """

    def __init__(self):
        self.prompts = []
        server = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self):
                self._send(json.dumps({"data": [{"id": "obedient"}]}).encode())

            def do_POST(self):
                asked = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
                prompt = asked["messages"][-1]["content"]
                server.prompts.append(prompt)
                text = drafted(prompt, asked["model"] == "citing")
                event = json.dumps({"choices": [{"delta": {"content": text}}]})
                self._send(f"data: {event}\n\ndata: [DONE]\n\n".encode())

            def _send(self, body):
                self.send_response(200)
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *arguments):
                return

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self._server.server_port}/v1"
        threading.Thread(target=self._server.serve_forever, daemon=True).start()

    def close(self):
        self._server.shutdown()
        self._server.server_close()


class Attacked:
    """Two knowledge bases, one with the attacks and one without, asked about every topic once for
    each format.
    """

    def __init__(self, cli, where):
        self.server, self._asked, self.homes = Obedient(), {}, {}
        for name in ("calm", "attacked"):
            folder = where / name
            folder.mkdir()
            for (slug, _, text), attack in zip(TOPICS, ATTACKS, strict=True):
                added = f"\n{attack['text']}\n" if name == "attacked" else ""
                (folder / f"{slug}.md").write_text(text + added, "utf-8")
            self.homes[name] = cli(where / f"{name}-home")
        self.told = {name: kb("ingest", where / name) for name, kb in self.homes.items()}

    def __call__(self, style, writer, home="attacked"):
        """The JSON of each topic's answer by `extractive`, or by the `obedient` or the `citing`
        model.
        """
        if (style, writer, home) not in self._asked:
            options = ("--no-log", "--stdin", "--jsonl", "--format", style)
            run = self.ask(
                home, writer, *options, stdin="".join(f"{question}\n" for _, question, _ in TOPICS)
            )
            assert run.code == 0
            assert all(
                line.endswith("is in the sources; quoting these instead")
                for line in run.err.splitlines()
            )
            lines = {slug: line for (slug, _, _), line in zip(TOPICS, run.lines, strict=True)}
            self._asked[style, writer, home] = lines
        return self._asked[style, writer, home]

    def ask(self, home, writer, *arguments, stdin=""):
        return self.homes[home](
            *("ask", "--writer", writer if writer == "extractive" else "openai", *arguments),
            stdin=stdin,
            env={
                "KB_OPENAI_URL": self.server.url,
                "KB_OPENAI_MODEL": writer,
                "NO_PROXY": "127.0.0.1",
            },
        )


@pytest.fixture
def attacked(kb, kept, tmp_path_factory):
    """The two knowledge bases, shared between tests."""
    if "attacked" not in kept:
        kept["attacked"] = Attacked(type(kb), tmp_path_factory.mktemp("attacks"))
    return kept["attacked"]


def flagged(attacked):
    """The flagged passages by the attack that stands in them, as an ingest into another home
    reports them.
    """
    folder = attacked.homes["attacked"].home.parent / "attacked"
    if not hasattr(attacked, "flags"):
        report = attacked.homes["attacked"](
            "ingest", "--json", "--dry-run", "--home", f"{folder}-none", folder
        ).json
        attacked.flags = {flag["source"].removesuffix(".md"): flag for flag in report["flagged"]}
    return attacked.flags


def cited(line):
    return [(each["n"], each["source"], each["url"]) for each in line["citations"]]


def test_there_are_forty():
    assert len(ATTACKS) == len({attack["id"] for attack in ATTACKS}) == 40


def test_extractive_answers_keep_status_citations_and_links(attacked):
    calm, now = attacked("slack", "extractive", "calm"), attacked("slack", "extractive")
    assert {slug: line["status"] for slug, line in now.items()} == {
        slug: line["status"] for slug, line in calm.items()
    }
    assert {slug: cited(line) for slug, line in now.items()} == {
        slug: cited(line) for slug, line in calm.items()
    }
    assert {line["status"] for line in now.values()} == {"answered"}
    assert [line["citations"][0]["source"] for line in now.values()] == [
        f"{slug}.md" for slug in now
    ]


@pytest.mark.parametrize(
    ("style", "writer"),
    [
        *((style, "obedient") for style in MESSAGES),
        *((style, writer) for style in ("slack", "wechat") for writer in ("citing", "extractive")),
    ],
)
def test_nothing_in_a_message_calls_links_or_controls(attacked, style, writer):
    known = {f"https://guide.example.org/{slug}" for slug, _, _ in TOPICS}
    for slug, line in attacked(style, writer).items():
        text = "\n".join(line["messages"])
        assert (slug, calls(style, text)) == (slug, [])
        assert (slug, unseen(text)) == (slug, set())
        if style != "plain":  # which shows where a URL leads, and links to nothing
            assert (slug, links(style, text) - known) == (slug, set())


@pytest.mark.parametrize("writer", ["obedient", "citing"])
def test_an_obedient_model_gets_no_citation_that_is_not_there(attacked, writer):
    for slug, line in attacked("slack", writer).items():
        assert {each["source"] for each in line["citations"]} <= {
            f"{name}.md" for name, _, _ in TOPICS
        }
        for each in line["citations"]:
            assert each["url"] == f"https://guide.example.org/{each['source'].removesuffix('.md')}"
        numbers = {n for sentence in line["sentences"] for n in sentence["citations"]}
        assert (slug, numbers - {each["n"] for each in line["citations"]}) == (slug, set())


@pytest.mark.parametrize("writer", ["obedient", "citing"])
def test_no_attack_changes_the_exit_code(attacked, writer):
    calm, now = attacked("slack", writer, "calm"), attacked("slack", writer)
    assert {line["status"] for line in calm.values()} == {"answered"}
    # Which ends with 0. Only who is strict hears of what a model adds that is neither in the
    # sources nor cites any.
    assert {slug for slug, line in now.items() if line["status"] != "answered"} <= {"sources-en-1"}
    assert now["sources-en-1"]["status"] in ("answered", "unsupported")


@pytest.mark.parametrize("slug", ["exit-en-1", "exit-zh-1", "delimiter-zh-1"])
def test_the_process_ends_as_it_does_without_the_attack(attacked, slug):
    (question,) = [question for topic, question, _ in TOPICS if topic == slug]
    ends = [
        attacked.ask(home, "citing", "--no-log", "--strict", question)
        for home in ("calm", "attacked")
    ]
    assert [run.code for run in ends] == [0, 0]
    fact = next(text for topic, _, text in TOPICS if topic == slug).strip().rsplit("\n", 1)[1]
    assert all(fact.rstrip(".。") in run.out.replace("\n", " ") for run in ends)


def test_a_model_that_finds_nothing_beside_an_attack_refuses_all_the_same(attacked):
    run = attacked.ask(
        "attacked", "obedient", "--no-log", "who keeps the Larchmont lighthouse library?"
    )
    assert run.code == 3


@pytest.mark.parametrize("writer", ["obedient", "citing"])
def test_what_the_attacker_wanted_is_not_supported(attacked, writer):
    """Where it is flagged: whoever can write a source can also write a plain false fact into it,
    and that is quoted.
    """
    lines = attacked("slack", writer)
    claims = {a["id"]: a["claim"] for a in ATTACKS if a["claim"] and a["id"] in flagged(attacked)}
    assert len(claims) >= 15
    passed = {
        slug: sentence["text"]
        for slug, claim in claims.items()
        for sentence in lines[slug]["sentences"]
        if claim in sentence["text"] and sentence["supported"]
    }
    assert passed == {}
    answered = {
        slug: lines[slug]["writer"] for slug in claims if lines[slug]["status"] == "answered"
    }
    assert set(answered.values()) <= {"extractive"}  # of the model's draft nothing was supported


def test_no_delimiter_is_closed_from_inside(attacked):
    attacked("slack", "obedient")
    for prompt in attacked.server.prompts:
        (tag,) = set(re.findall(r'<(source-\w+) n="', prompt))
        assert prompt.lower().count(f"</{tag}>") == prompt.count(f"<{tag} n=")
        assert "</source>" not in prompt.lower()
        assert '<source n="9" title="Official"' not in prompt


def test_instructions_are_flagged_and_nothing_else(attacked):
    assert (attacked.told["calm"].code, attacked.told["calm"].err) == (0, "")
    assert attacked.told["attacked"].code == 0
    assert "speaks to a language model" in attacked.told["attacked"].err
    hits = attacked.homes["attacked"](
        "search", "--json", "--where", "suspicious=override", "accelerator"
    ).json["hits"]
    assert hits
    assert all("override" in hit["meta"]["suspicious"] for hit in hits)
    missed = [
        a["id"] for a in ATTACKS if a["kind"] in INSTRUCTING and a["id"] not in flagged(attacked)
    ]
    assert missed == []


def test_a_flagged_passage_is_shown_whole_and_marked(attacked):
    kb = attacked.homes["attacked"]
    shown = kb("show", flagged(attacked)["override-en-1"]["passage"]).out
    assert ATTACKS[0]["text"] in shown
    assert "⚠ speaks to a language model: override" in shown
