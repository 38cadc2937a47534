"""The section `[reading]`: how files are read and cut, and what that may cost."""

from __future__ import annotations

from dataclasses import dataclass

from kb.settings.fields import reaching, setting


@dataclass(frozen=True, init=False, repr=False, eq=False)
class ReadingSettings:
    """Settings of the readers and the splitter (see `ingest`)."""

    passage_chars: int = setting(
        900, "most Latin letters in a passage; a Chinese character counts as 2.5", above=0
    )
    max_file_mb: float = setting(64.0, "larger files are skipped, but for recordings", above=0)
    reader_seconds: float = setting(
        20.0, "processor seconds that a part of a file may take, but for recordings", above=0
    )
    reader_mb: float = setting(
        1000.0, "megabytes of memory that reading a file may take, but for recordings", above=0
    )
    audio_model: str = reaching(
        "", "folder of a faster-whisper model, which transcribes recordings"
    )
