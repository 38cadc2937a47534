"""Audiences at the command line: what is outside a caller's does not exist for it."""

import json

import pytest

MINUTES = (
    "# Board minutes\nThe runway of Lanternfish is eleven months, said the zorbleflux committee.\n"
)
GUIDE = "# Finding users\nTalk to twenty potential users. Each interview takes half an hour.\n"
PAY = "---\naudience: [Staff, board]\n---\n# Salaries\nEngineers at Lanternfish earn 5000 euros.\n"
ROWS = (
    "question,answer,audience\nHow long is the trial?,The trial lasts thirty days.,\n"
    "Who is the silent investor?,The silent investor is Marigold Capital.,board\n"
)
RULES = '[audience]\n"board/**" = "board"\n'


@pytest.fixture
def sources(tmp_path):
    """A folder of four sources, each for another audience."""
    folder = tmp_path / "club"
    for name, text in {
        "board/minutes.md": MINUTES,
        "guide.md": GUIDE,
        "pay.md": PAY,
        "faq.csv": ROWS,
    }.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    return folder


@pytest.fixture
def club(kb, sources):
    """A home of those sources, with a rule for the board's."""
    kb("ingest", sources)
    (kb.home / "kb.toml").write_text(RULES)
    return kb


def seen(kb, *audiences, question="runway salaries silent investor interview"):
    """The sources of the hits of a search for those audiences."""
    options = [option for name in audiences for option in ("--audience", name)]
    return {hit["source"] for hit in kb("search", question, *options, "--json").json["hits"]}


def test_who_has_an_audience_finds_its_sources_and_no_others(club):
    assert seen(club) == {"board/minutes.md", "pay.md", "faq.csv", "guide.md"}
    assert seen(club, "public") == {"faq.csv", "guide.md"}
    assert seen(club, "staff") == {"pay.md"}
    assert seen(club, "BOARD") == {"board/minutes.md", "pay.md"}
    assert seen(club, "staff", "public") == {"pay.md", "faq.csv", "guide.md"}


def test_an_audience_without_sources_is_told_so_and_gets_nothing(club):
    run = club("search", "runway", "--audience", "nobody")
    assert (run.code, run.out) == (0, "")
    assert "no source for this audience" in run.err
    assert club("ask", "How long is the runway?", "--audience", "nobody").code == 3


def test_a_row_with_its_own_audience_is_hidden_in_a_public_table(club):
    asked = ("search", "Who is the silent investor?", "--json")
    assert "Marigold" in club(*asked, "--audience", "public", "--audience", "board").out
    assert "Marigold" not in club(*asked, "--audience", "public").out


def test_a_rule_counts_from_the_next_question_on(club):
    assert seen(club, "public") == {"faq.csv", "guide.md"}
    (club.home / "kb.toml").write_text('[audience]\n"guide.md" = "staff"\n')
    assert seen(club, "public") == {"faq.csv", "board/minutes.md"}
    assert club("ingest", club.home.parent / "club").out.count("unchanged") == 1


def test_a_source_says_itself_whose_it_is_against_any_rule(club):
    (club.home / "kb.toml").write_text('[audience]\n"*.md" = "members"\n')
    assert seen(club, "members") == {"guide.md", "board/minutes.md"}
    assert seen(club, "staff") == {"pay.md"}


def test_the_list_of_sources_tells_whose_each_is(club):
    listed = {each["source"]: each["audience"] for each in club("sources", "list", "--json").json}
    assert listed == {
        "board/minutes.md": ["board"],
        "faq.csv": ["public"],
        "guide.md": ["public"],
        "pay.md": ["board", "staff"],
    }
    narrow = club("sources", "list", "--json", "--audience", "staff").json
    assert [(each["source"], each["audience"]) for each in narrow] == [("pay.md", ["staff"])]


def test_a_passage_outside_is_one_that_there_is_not(club):
    passage = club("search", "runway", "--json").json["hits"][0]["passage"]
    unknown = club("show", "p_0123456789abcdef", "--audience", "public")
    hidden = club("show", passage, "--audience", "public")
    assert (hidden.code, hidden.out) == (1, "")
    assert hidden.err.replace(passage, "p_0123456789abcdef") == unknown.err
    assert club("show", passage, "--audience", "board").code == 0


def test_values_that_stand_outside_are_not_among_those_that_there_are(club):
    run = club("search", "runway", "--where", "source=nowhere", "--audience", "public")
    assert "guide.md" in run.err
    assert "minutes" not in run.err
    assert "pay.md" not in run.err


def test_counts_are_of_what_is_seen(club):
    counts = club("stats", "--json", "--audience", "staff").json
    assert (counts["documents"], counts["passages"]) == (1, 1)


@pytest.mark.parametrize("question", ["How long is the runway?", "跑道还有多久？"])
def test_an_answer_is_from_what_is_seen(club, question):
    public = club("ask", question, "--format", "json", "--audience", "public")
    assert "eleven" not in public.out
    assert "minutes.md" not in public.out


def test_a_channel_sees_its_own(club):
    (club.home / "kb.toml").write_text(RULES + '[audience.channels]\nden = ["board"]\n')
    ask = ("ask", "How long is the runway?", "--format", "json", "--channel")
    assert "eleven months" in club(*ask, "den").out
    assert "eleven months" not in club(*ask, "elsewhere").out
    assert "eleven months" not in club(*ask, "den", "--audience", "public").out


class TestFaqEntries:
    def add(self, kb, question, *sources):
        options = [option for name in sources for option in ("--source", name)]
        run = kb("faq", "add", "--question", question, "--answer", f"On {question}", *options)
        assert run.code == 0, run.err

    def entries(self, kb, *audiences):
        options = [option for name in audiences for option in ("--audience", name)]
        return {each["question"] for each in kb("faq", "list", "--json", *options).json}

    def test_are_for_who_sees_all_that_they_rest_on(self, club):
        self.add(club, "Is the runway safe?", "board/minutes.md")
        self.add(club, "What is paid?", "pay.md", "board/minutes.md")
        self.add(club, "How are users found?", "guide.md")
        self.add(club, "When is lunch?")
        assert self.entries(club, "board") == {"Is the runway safe?", "What is paid?"}
        assert self.entries(club, "staff") == set()
        assert self.entries(club, "public") == {"How are users found?", "When is lunch?"}
        assert len(self.entries(club)) == 4
        exported = club("faq", "export", "--audience", "public").out
        assert "runway" not in exported
        assert "lunch" in exported
        found = club("search", "Is the runway safe?", "--json", "--audience", "public").out
        assert "On Is the runway" not in found

    def test_are_hidden_once_nobody_knows_what_they_rest_on(self, club):
        self.add(club, "How are users found?", "guide.md")
        club("sources", "remove", "guide.md")
        assert self.entries(club, "public") == set()
        assert self.entries(club) == {"How are users found?"}


class TestExchanges:
    def ask(self, kb, question, *audiences):
        options = [option for name in audiences for option in ("--audience", name)]
        return kb("ask", question, "--format", "json", *options).json["id"]

    def seen(self, kb, *audiences):
        options = [option for name in audiences for option in ("--audience", name)]
        return {
            json.loads(line)["id"]
            for line in kb("log", "list", "--json", *options).out.splitlines()
        }

    def test_are_for_who_has_all_audiences_that_they_were_asked_under(self, club):
        owner = self.ask(club, "How long is the runway?")
        board = self.ask(club, "How long is the runway?", "board")
        both = self.ask(club, "How long is the runway?", "board", "public")
        public = self.ask(club, "How long is an interview?", "public")
        assert self.seen(club) == {owner, board, both, public}
        assert self.seen(club, "board") == {board}
        assert self.seen(club, "public") == {public}
        assert self.seen(club, "public", "board") == {board, both, public}
        hidden = club("show", board, "--audience", "public")
        assert (hidden.code, hidden.out) == (1, "")

    def test_are_hidden_once_a_source_that_they_cite_is(self, club):
        public = self.ask(club, "How long is an interview?", "public")
        (club.home / "kb.toml").write_text('[audience]\n"guide.md" = "staff"\n')
        assert self.seen(club, "public") == set()
        (club.home / "kb.toml").write_text(RULES)
        assert self.seen(club, "public") == {public}

    def test_of_others_are_in_no_export_and_no_count(self, club):
        board = self.ask(club, "How long is the runway?", "board")
        club("feedback", "add", board, "down", "--comment", "zorbleflux")
        for command in (
            ("journal", "export"),
            ("feedback", "export"),
            ("feedback", "list", "--json"),
            ("feedback", "report", "--json"),
            ("gaps", "--json"),
        ):
            run = club(*command, "--audience", "public")
            assert run.code == 0, run.err
            assert board not in run.out
            assert "zorbleflux" not in run.out
            assert "runway" not in run.out

    def test_a_conversation_goes_on_from_no_question_of_others(self, club):
        self.ask(club, "How long is the runway?", "board")
        run = club("ask", "-c", "And why?", "--format", "json", "--audience", "public")
        assert "runway" not in run.out + run.err


def test_a_home_without_audiences_is_seen_whole_by_the_public(kb, sources):
    (sources / "pay.md").unlink()
    (sources / "faq.csv").unlink()
    kb("ingest", sources)
    asked = kb("ask", "How long is the runway?", "--format", "json").json["id"]
    question = ("search", "How long is the runway?", "--json")
    whole, public = kb(*question).json, kb(*question, "--audience", "public").json
    assert [(hit["passage"], hit["score"]) for hit in whole["hits"]] == [
        (hit["passage"], hit["score"]) for hit in public["hits"]
    ]
    assert asked in kb("log", "list", "--audience", "public").out
