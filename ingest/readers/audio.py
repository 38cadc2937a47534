"""Recordings: transcribed by a local Whisper model through faster-whisper, then a transcript like
any other.
"""

from __future__ import annotations

import importlib.util
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from ingest.parsed import File, Parsed, Unopenable, Unreadable
from ingest.parsing.turns import Utterance, as_transcript
from kb.settings import ReadingSettings


def require(settings: ReadingSettings) -> Path:
    """The folder of the model. Raises Unopenable, with what to do, where recordings can't be
    transcribed.
    """
    if importlib.util.find_spec("faster_whisper") is None:
        raise Unopenable('a recording: to transcribe it, pip install "founders-kb[audio]"')
    if not settings.audio_model:
        raise Unopenable("a recording: set audio_model to the folder of a faster-whisper model")
    folder = Path(settings.audio_model).expanduser()
    if not folder.is_dir():
        raise Unopenable(f"a recording: audio_model is no folder: {folder}")
    return folder


def read(file: File) -> Parsed:
    """Transcribe a recording. Raises Unopenable without the extra or a model, Unreadable without
    speech.
    """
    if not Path(file.location).is_file():
        raise Unreadable("a recording within an archive: unpack it first")
    segments, about = _transcribed(file.location, _model(require(file.settings)))
    return as_transcript(_utterances(segments), lang=str(getattr(about, "language", "") or ""))


def _model(folder: Path) -> Any:
    try:
        whisper = importlib.import_module("faster_whisper")
        # Named by its folder and nothing else: a name would be looked for on a model hub.
        return whisper.WhisperModel(str(folder), device="auto", compute_type="default")
    except Exception as error:  # the model's own library, whose errors have no common kind
        raise Unopenable(f"a recording: the model in {folder} can't be loaded: {error}") from error


def _transcribed(path: str, model: Any) -> tuple[Any, Any]:
    try:
        segments, about = model.transcribe(path, vad_filter=True)
    except Exception as error:  # as above: no sound in it, a damaged film
        raise Unreadable("a recording that can't be heard") from error
    return segments, about


def _utterances(segments: Any) -> Iterator[Utterance]:
    """Each segment; it is transcribed when it is asked for."""
    try:
        for segment in segments:
            yield Utterance(
                float(segment.start), float(segment.end), None, str(segment.text).strip()
            )
    except Exception as error:
        raise Unreadable("a recording that can't be heard to its end") from error
