"""Speakers: which of the `Name: ` prefixes in a file are names.

A prefix (also with a full-width colon) only counts where the file is labelled that way, so that
"One thing: ..." stays text.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence

from ingest.parsed import File
from ingest.parsing.turns import Utterance
from kb.text import HAN

PREFIX = re.compile(r"[ \t]*(?:[-–—>]{1,2}[ \t]*)?([^\n:：]{1,40}?)[ \t]*(?:：|:(?![/\d]))[ \t]*")
_NAME = re.compile(
    rf"[^\W\d_{HAN}][\w.'’\-]*(?:[ ][\w.'’()\-]+){{0,4}}"
    rf"|[{HAN}·]{{1,8}}[ ]?[\w()（）]{{0,12}}(?:[ ][A-Za-z.'’()\-]{{1,20}}){{0,2}}"
)
NOT_NAMES = frozenset(
    """note notes question questions answer q a ps p.s example warning remember step so and but also first second third
    yes no ok 问 答 问题 答案 注意 例如 比如 比如说 第一 第二 第三 首先 其次 最后 结论 总结 所以 但是 另外 备注 提示
    重点 因为""".split()
)


def given_speakers(file: File) -> list[str]:
    """The speakers that the file's metadata lists; none when it lists none."""
    given = file.given.get("speakers") or []
    return [str(each) for each in given] if isinstance(given, list | tuple) else [str(given)]


def is_name(text: str) -> bool:
    """Whether a prefix has the form of a name."""
    return text.lower() not in NOT_NAMES and _NAME.fullmatch(text) is not None


def is_written_like_one(name: str) -> bool:
    """Whether each word of a name begins with a capital letter; Chinese has none."""
    return not name.isascii() or all(
        part[0].isupper() or not part[0].isalpha() for part in name.split()
    )


def with_prefixes(cues: Sequence[Utterance], named: Sequence[str]) -> list[Utterance]:
    """Take speakers from `Name: ` prefixes; a line without one goes on with the speaker."""
    if not cues or any(cue.speaker for cue in cues):
        return list(cues)
    speakers = _speakers(cues, named)
    out: list[Utterance] = []
    speaker: str | None = None
    for cue in cues:
        said: list[str] = []
        for line in cue.text.split("\n"):
            match = PREFIX.match(line)
            words = line
            if match and match[1] in speakers:
                if said:
                    out.append(
                        Utterance(cue.start, cue.end, speaker, "\n".join(said), cue.headings)
                    )
                speaker, words, said = match[1], line[match.end() :].strip(), []
            if words:
                said.append(words)
        if said:
            out.append(Utterance(cue.start, cue.end, speaker, "\n".join(said), cue.headings))
    return out


def _speakers(cues: Sequence[Utterance], named: Sequence[str]) -> set[str]:
    """Whose prefixes to believe: those named, where they occur; else those that the file's own
    habits speak for.
    """
    opening = [match[1] for cue in cues if (match := PREFIX.match(cue.text))]
    seen = Counter(
        match[1] for cue in cues for line in cue.text.split("\n") if (match := PREFIX.match(line))
    )
    if any(name in seen for name in named):
        return set(named)
    if len(seen) > 5 and max(seen.values()) == 1:
        return set()  # rather "Step 1: ", "Step 2: " and so on
    repeated = {name for name, times in seen.items() if times > 1 and is_name(name)}
    labelled = len(opening) / len(cues)
    if (
        labelled >= 0.9
    ):  # as Zoom writes it: whatever stands there is a name, also "Jo | Acme (she/her)"
        return repeated | {name for name in opening if name.lower() not in NOT_NAMES}
    if len(repeated) < 2 and labelled < 0.5:
        return set()
    return repeated | {name for name in seen if is_name(name) and is_written_like_one(name)}
