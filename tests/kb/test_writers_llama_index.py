"""Any language model class of llama-index as the writer."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest
from scripted_llms import Picky

from kb.backends import open_writer
from kb.errors import KbError
from kb.settings import Settings
from kb.types import Anchor, Document, Hit, Passage, Question
from kb.writers import Converses

DOCUMENT = Document("d_1", "lanterns.md", "/lanterns.md", "Lanterns", "doc", "en")
HITS = [
    Hit(
        1,
        1.0,
        Passage("p_1", "d_1", 0, "Lanterns are lit at dusk.", (), "en", Anchor("lines", 1, 1)),
        DOCUMENT,
    )
]
DUSK = "The lanterns are lit at dusk [1]."


def writer(name, options=None):
    given = {
        "llama_index_class": name,
        "llama_index_options": json.dumps(options) if options is not None else "",
    }
    return open_writer(replace(Settings(), writer="llama_index", **given))


def pieces(who):
    return list(who.write(Question("When are they lit?", "en", {"lit": 1.0}), HITS))


def test_it_streams(capsys):
    who = writer("scripted_llms:Scripted")
    assert isinstance(who, Converses)
    said = pieces(who)
    assert "".join(said) == DUSK
    assert len(said) > 10
    assert capsys.readouterr().out == ""  # the class prints


@pytest.mark.parametrize("name", ["Unstreamed", "Whole"])
def test_classes_that_stream_otherwise(name):
    assert "".join(pieces(writer(f"scripted_llms:{name}"))) == DUSK


def test_its_options_and_its_name():
    who = writer(
        "scripted_llms:Scripted", {"model": "dusk-2", "answer": "<think>Hm.</think>At dusk [1]."}
    )
    assert who.name == "llama_index:dusk-2"
    assert "".join(pieces(who)) == "At dusk [1]."
    assert writer("scripted_llms:Scripted").name == "llama_index:Scripted"


def test_what_it_is_asked():
    shown = "".join(pieces(writer("scripted_llms:Scripted", {"answer": "(prompt)"})))
    assert "Lanterns are lit at dusk." in shown
    assert "Question: When are they lit?" in shown


def test_a_chat_and_a_check():
    who = writer("scripted_llms:Scripted", {"answer": "(prompt)"})
    assert "how now" in "".join(who.reply([{"role": "user", "content": "how now"}]))
    who.check()


@pytest.mark.parametrize(
    ("name", "options", "told"),
    [
        ("scripted_llms", {}, "MODULE:CLASS"),
        ("", {}, "MODULE:CLASS"),
        ("nobodys_models:Scripted", {}, "no module nobodys_models"),
        ("scripted_llms:Missing", {}, "has no Missing"),
        ("scripted_llms:NoModel", {}, "no LLM class"),
        ("scripted_llms:Picky", {}, "no key was given"),
        ("scripted_llms:Scripted", {"fails": "the model\nfell over"}, "the model fell over"),
        ("scripted_llms:Scripted", {"fails": "later"}, "later"),
        ("scripted_llms:Scripted", {"answer": " "}, "empty answer"),
        ("scripted_llms:Scripted", {"answer": "<think>on and on"}, "empty answer"),
        ("scripted_llms:Scripted", [1], "not a table"),
    ],
)
def test_what_goes_wrong_is_one_line(name, options, told):
    with pytest.raises(KbError, match=told) as failed:
        pieces(writer(name, options))
    assert "\n" not in str(failed.value)


def test_options_that_are_no_json():
    with pytest.raises(KbError, match="is not JSON"):
        open_writer(
            Settings(writer="llama_index", llama_index_class="a:B", llama_index_options="{")
        )


def test_one_that_can_not_be_made_is_tried_once():
    who = writer("scripted_llms:Picky")
    before = Picky.tried
    for _ in range(2):
        with pytest.raises(KbError, match="no key"):
            pieces(who)
    assert Picky.tried == before + 1
