"""The context of a passage: what a turn answers, found with it and never part of it."""

from __future__ import annotations

import sqlite3

from ingest.pipeline import ingest
from kb.embedders import embedded_text
from kb.home import Home
from kb.knowledge import open_knowledge_base
from kb.settings import Settings
from kb.text import words

ANSWER = "Sixty forty, because I had been at it for a year and paid the first invoices out of my own pocket. "
TALE = "It was a long road and we took a good many wrong turns before anybody paid us for anything at all. "


def talk(*turns: tuple[str, str]) -> str:
    cues = (
        f"00:{n:02}:00.000 --> 00:{n:02}:59.000\n<v {speaker}>{said.strip()}\n"
        for n, (speaker, said) in enumerate(turns)
    )
    return "WEBVTT\n\n" + "\n".join(cues)


def contexts(reading) -> list[str]:
    return [passage.context for passage in reading.passages]


def test_a_turn_has_the_question_before_it_as_context(read):
    reading = read("a.vtt", talk(("Ines", TALE + "How did you split the equity?"), ("Jo", ANSWER)))
    assert contexts(reading) == ["", f"{TALE.strip()} How did you split the equity?"]
    assert "equity" not in reading.texts[1]


def test_what_follows_the_last_question_is_left_out(read):
    reading = read(
        "a.vtt",
        talk(("Ines", "How did you split the equity? I always wonder about that."), ("Jo", ANSWER)),
    )
    assert contexts(reading)[1] == "How did you split the equity?"


def test_interjections_are_looked_past(read):
    said = (
        ("Ines", "How did you split the equity?"),
        ("Jo", TALE),
        ("Ines", "I see, go on then, please do."),
        ("苏禾", ANSWER),
    )
    assert contexts(read("a.vtt", talk(*said)))[-1] == TALE.strip()


def test_every_piece_of_a_long_answer_has_the_question(read):
    reading = read(
        "a.vtt", talk(("Ines", "How did you split the equity?"), ("Jo", ANSWER * 9)), chars=300
    )
    assert len(reading.passages) > 3
    assert set(contexts(reading)[1:]) == {"How did you split the equity?"}


def test_only_the_end_of_a_long_turn_is_context_in_whole_sentences(read):
    for said in (TALE * 9, "我们先算账上还剩几个月的钱，再去问客户愿意付多少。" * 30):
        context = contexts(read("a.vtt", talk(("Ines", said), ("Jo", ANSWER))))[-1]
        assert 60 < len(context) <= 300
        assert said.strip().endswith(context)
        assert context.endswith((".", "。"))
        assert context.startswith(("It was", "我们先"))


def test_a_sentence_without_end_gives_its_last_words(read):
    context = contexts(read("a.vtt", talk(("Ines", "and then we counted " * 60), ("Jo", ANSWER))))[
        -1
    ]
    assert 200 < len(context) <= 300


def test_without_speakers_and_in_documents_there_is_none(read):
    assert set(
        contexts(read("a.md", f"# Equity\n\nHow do we split?\n\n## Answer\n\n{ANSWER * 20}"))
    ) == {""}
    assert set(contexts(read("a.srt", f"1\n00:00:00,000 --> 00:00:09,000\n{ANSWER * 20}\n"))) == {
        ""
    }


def test_an_interjection_does_not_end_a_turn_and_is_told_apart(read):
    reading = read("a.vtt", talk(("Ines", TALE * 2), ("Jo", "Only four percent."), ("Ines", TALE)))
    (passage,) = reading.passages
    assert passage.anchor.speaker == "Ines"
    assert [voice.speaker for voice in passage.voices] == ["Ines", "Jo", "Ines"]
    assert passage.text[passage.voices[1].offset :].startswith("Only four percent.")


def test_where_names_stand_between_turns_each_is_a_passage_of_its_own(read):
    text = f"**Ines Example:** {TALE * 2}\n\n**Jo:** Yeah.\n\n**Ines Example:** {TALE}\n\n" * 2
    reading = read("a.md", text, kind="transcript")
    assert [speaker for speaker, _ in reading.said][:3] == ["Ines Example", "Jo", "Ines Example"]
    assert not any("**" in passage for passage in reading.texts)


def test_questions_silences_and_short_exchanges_stay_turns_of_their_own(read):
    for said in (
        (("Ines", TALE * 2), ("Jo", "Why was that?"), ("Ines", TALE)),
        (("Ines", "How much?"), ("Jo", "Four percent."), ("Ines", "I see.")),
    ):
        assert [speaker for speaker, _ in read("a.vtt", talk(*said)).said] == ["Ines", "Jo", "Ines"]
    silent = talk(("Ines", TALE * 2), ("Jo", "Yeah."), ("Ines", TALE)).replace("00:02:", "00:09:")
    assert len(read("a.vtt", silent).passages) == 3


def test_the_question_finds_its_answer(tmp_path):
    (tmp_path / "a.vtt").write_text(talk(("Ines", "How did you split the equity?"), ("Jo", ANSWER)))
    kb = open_knowledge_base(Home(tmp_path / "home"), Settings(), create=True)
    ingest(kb, [tmp_path])
    found = [pid for pid, _ in kb.index.search_words(words("equity"), 5, None)]
    texts = [passage.text for passage in kb.catalog.passages(found).values()]
    assert ANSWER.strip() in texts


def test_what_is_embedded_has_the_context_between_heading_and_text():
    assert embedded_text("Talk", ("Part",), "Sixty.", "**How?**") == "Talk\nPart\nHow?\nSixty."
    assert embedded_text("Talk", (), "Sixty.") == "Talk\nSixty."


def test_a_home_of_an_older_version_is_searched_and_brought_up_to_date(tmp_path):
    (tmp_path / "a.vtt").write_text(talk(("Ines", "How did you split the equity?"), ("Jo", ANSWER)))
    home = Home(tmp_path / "home")
    kb = open_knowledge_base(home, Settings(), create=True)
    ingest(kb, [tmp_path])
    kb.catalog.close()
    (store,) = home.path.rglob("catalog*")
    db = sqlite3.connect(store)
    for column in (
        "context",
        "voices",
    ):  # as the version before left it, with an index of other fields
        db.execute(f"ALTER TABLE passages DROP COLUMN {column}")
    for table in ("headings", "waiting", "vectors", "tables", "table_rows", "revisions"):
        db.execute(f"DROP TABLE {table}")
    db.execute(
        "CREATE TABLE vectors (passage TEXT PRIMARY KEY, embedder TEXT NOT NULL, vector BLOB NOT NULL)"
    )
    db.execute("ALTER TABLE outbox DROP COLUMN only_vector")
    db.execute("ALTER TABLE projections DROP COLUMN embedder")
    db.execute("PRAGMA user_version = 2")
    db.execute("""UPDATE documents SET recipe = replace(recipe, '"version": ', '"version": -')""")
    db.execute("UPDATE passages SET entry = 'old'")
    db.commit()
    db.close()

    told: list[str] = []
    kb = open_knowledge_base(home, Settings(), notify=told.append)
    assert len(kb.index.search_words(words("invoices"), 5, None)) == 1
    assert kb.index.search_words(words("equity"), 5, None)
    ingest(kb, [tmp_path])
    assert len(kb.index.search_words(words("equity"), 5, None)) == 2
    assert [finding.problem for finding in kb.index.check()] == ["", ""]
    assert told == []


def test_who_asked_is_kept_with_the_answer(read):
    for asked in ("How did you split the equity?", "我想请教一下股权当时是怎么分的"):
        asking, answering = read("a.vtt", talk(("Ines", asked), ("Jo", ANSWER))).passages
        assert (asking.context, answering.context) == ("", asked)
        assert answering.meta["asked_by"] == "Ines"
        assert "asked_by" not in asking.meta
    told = read("a.vtt", talk(("Ines", TALE), ("Jo", ANSWER))).passages[1]
    assert "asked_by" not in told.meta
