"""Recordings become transcripts, through a model that stands in for Whisper behind the same
interface.
"""

from __future__ import annotations

import os
import textwrap

import pytest

STAND_IN = """
    from pathlib import Path
    from types import SimpleNamespace

    class WhisperModel:
        def __init__(self, folder, device, compute_type):
            if (Path(folder) / "broken").exists():
                raise RuntimeError("Unable to open file 'model.bin'")
            self.words = (Path(folder) / "words.txt").read_text("utf-8")

        def transcribe(self, path, **options):
            if b"RIFF" not in Path(path).read_bytes():
                raise ValueError("Invalid data found when processing input")
            return self._segments(), SimpleNamespace(language="en", duration=9.0)

        def _segments(self):
            for number, line in enumerate(self.words.splitlines()):
                yield SimpleNamespace(start=number * 3.0, end=number * 3.0 + 2.5, text=f" {line}")
"""
SPOKEN = "Welcome to our evening, everyone.\nThe keeper lights the lantern at dusk.\n"


@pytest.fixture
def whisper(tmp_path):
    """The environment in which faster_whisper can be imported and a model is configured."""
    (tmp_path / "packages" / "faster_whisper").mkdir(parents=True)
    (tmp_path / "packages" / "faster_whisper" / "__init__.py").write_text(textwrap.dedent(STAND_IN))
    (tmp_path / "model").mkdir()
    (tmp_path / "model" / "words.txt").write_text(SPOKEN)
    return {"KB_AUDIO_MODEL": str(tmp_path / "model"), "PYTHONPATH": str(tmp_path / "packages")}


@pytest.fixture
def ingest(kb, folder, whisper):
    """Ingest the folder; gives the report."""

    def run(**settings):
        path = os.pathsep.join((whisper["PYTHONPATH"], kb.environment()["PYTHONPATH"]))
        done = kb("ingest", "--json", folder, env={**whisper, **settings, "PYTHONPATH": path})
        assert (done.code, done.err) == (0, "")
        return done.json

    return run


def reasons(report):
    return [skip["reason"] for skip in report["skipped"]]


def test_a_recording_is_transcribed_and_cited_by_the_second(kb, folder, ingest):
    (folder / "talk.mp4").write_bytes(b"RIFF not really a film")
    assert ingest()["added"] == 1
    answer = kb(
        "ask", "--format", "json", "--no-log", "when does the keeper light the lantern?"
    ).json
    (citation,) = answer["citations"]
    assert citation["source"] == "talk.mp4"
    assert citation["quote"].endswith("The keeper lights the lantern at dusk.")
    assert (citation["anchor"]["type"], citation["anchor"]["end"]) == ("time", 5.5)
    assert kb("sources", "list", "--json").json[0]["kind"] == "transcript"


def test_it_is_transcribed_again_only_when_it_or_the_model_changes(folder, ingest, tmp_path):
    (folder / "talk.wav").write_bytes(b"RIFF")
    os.utime(folder / "talk.wav", (1e9, 1e9))
    assert ingest()["added"] == 1
    assert ingest()["unchanged"] == 1
    (tmp_path / "other").mkdir()
    (tmp_path / "other" / "words.txt").write_text("Somebody else hears other words.\n")
    assert ingest(KB_AUDIO_MODEL=str(tmp_path / "other"))["updated"] == 1


def test_without_the_extra_the_skip_says_what_to_install_and_is_tried_again(kb, folder, ingest):
    (folder / "talk.mp3").write_bytes(b"RIFF")
    run = kb("ingest", "--json", folder)
    assert run.code == 0
    assert reasons(run.json) == ['a recording: to transcribe it, pip install "founders-kb[audio]"']
    assert ingest()["added"] == 1


def test_without_a_model_the_skip_says_what_to_set(folder, ingest, tmp_path):
    (folder / "talk.ogg").write_bytes(b"RIFF")
    assert reasons(ingest(KB_AUDIO_MODEL="")) == [
        "a recording: set audio_model to the folder of a faster-whisper model"
    ]
    assert "is no folder" in reasons(ingest(KB_AUDIO_MODEL=str(tmp_path / "nowhere")))[0]
    (tmp_path / "model" / "broken").touch()
    assert "can't be loaded: Unable to open file" in reasons(ingest())[0]


def test_a_damaged_recording_and_one_without_speech_are_skipped(folder, ingest, tmp_path):
    (folder / "noise.wav").write_bytes(b"nothing of the kind")
    assert "can't be heard" in reasons(ingest())[0]
    (folder / "noise.wav").write_bytes(b"RIFF")
    (tmp_path / "model" / "words.txt").write_text("")
    assert reasons(ingest()) == ["nothing is said in it"]
