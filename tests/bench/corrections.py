"""How well corrections and decisions are told, and linked to what they change.

    python -m tests.bench.corrections

`corrections_labels.txt` was labelled by hand before the cues of `kb/revision_cues.py` were written: the
messages of Zoom's chats and turns of QMSum's meetings with any of fifty words about changing and
deciding, and Chinese sentences with such words. It holds a hash of each with its label, of a
correction in a chat also that of what it corrects, and no word of theirs. Who wrote the cues had
read these places, so others may do worse.
"""

from __future__ import annotations

import json
import lzma
import random
import re
from collections.abc import Iterator, Mapping
from hashlib import blake2b
from pathlib import Path

from ingest.parsed import File, Unreadable
from ingest.readers import choose_format, load_reader
from ingest.revisions import linked, revised
from kb.revision_cues import revision_kind
from kb.text import language, sentences
from tests.bench.data import CMRC, SQUAD, DataSet, need, squad_like
from tests.bench.replies import SMALL_TALK, zoom

LABELS = Path(__file__).with_name("corrections_labels.txt")
KINDS = {"corrects": "corrected", "carried": "carried", "declined": "declined", "says": None}


def main() -> None:
    need("transcripts/forkcast_zoom", "meetings/qmsum", "pairs/jiyu_zh_en.tsv.xz")
    labels = {
        key: (KINDS[label], target)
        for line in LABELS.read_text("utf-8").splitlines()
        for key, label, target in [(*line.split(), "")[:3]]
    }
    cues(labels)
    links(labels)
    for lang, path in (("en", SQUAD), ("zh", CMRC)):
        made(lang, squad_like(*need(path)))
    prose()


def cues(labels: Mapping[str, tuple[str | None, str]]) -> None:
    """Print how well the cues tell each kind, by language."""
    found = {key: text for key, text in places() if key in labels}
    print(f"{len(found)} of {len(labels)} labelled places are there")
    for lang in ("zh", "en"):
        its = {key for key, text in found.items() if (language(text) == "zh") == (lang == "zh")}
        told = {key: revision_kind(found[key]) for key in its}
        for kind in ("corrected", "carried", "declined"):
            wanted = {key for key in its if labels[key][0] == kind}
            said = {key for key in its if told[key] == kind}
            right = len(wanted & said)
            print(
                f"{kind:10} {lang}  precision {right / (len(said) or 1):.3f}"
                f"  recall {right / (len(wanted) or 1):.3f}  ({len(wanted)} of {len(its)})"
            )


def links(labels: Mapping[str, tuple[str | None, str]]) -> None:
    """Print how many of the links in Zoom's chats are right: to the very message that is corrected."""
    right = linking = 0
    wanted = sum(bool(target) for _, target in labels.values())
    for chat in zoom():
        said = [(message.author, message.text) for message in chat.messages]
        for later, (_, earlier) in revised(*zip(*said, strict=True)).items():
            linking += 1
            right += labels.get(hashed(*said[later]), (None, ""))[1] == hashed(*said[earlier])
    print(
        f"links in chats  precision {right / linking:.3f}  recall {right / wanted:.3f}  ({wanted})"
    )


def made(lang: str, data: DataSet) -> None:
    """Print how often the right message of a chat is found that somebody else puts right: a hundred
    sentences with figures, in whose order a hundred corrections follow, each of the words of one
    with another figure, with small talk between.
    """
    pick = random.Random(7)
    paragraphs = [text for _, its in data.articles for text in its]
    pick.shuffle(paragraphs)
    sentences_of = (text[start:end] for text in paragraphs for start, end in sentences(text))
    stated = [each for each in sentences_of if len(each) < 120 and len(_figures(each)) == 1][:100]
    said = [("A", each) for each in stated]
    gold: dict[int, int] = {}
    for number in pick.sample(range(len(stated)), len(stated)):
        said.append(("B", pick.choice(SMALL_TALK[lang])))
        gold[len(said)] = number
        said.append(("C", _corrected(stated[number], lang, pick)))
    found = revised(*zip(*said, strict=True))
    right = sum(found[n][1] == target for n, target in gold.items() if n in found)
    linking = len(found)
    last = sum(gold[n] == n - 1 for n in gold)
    print(
        f"made chat, {lang}  precision {right / linking:.3f}  recall {right / len(gold):.3f}"
        f"  (the message before: {last / len(gold):.3f})"
    )


def _figures(text: str) -> list[str]:
    return re.findall(r"\d+", text)


def _corrected(text: str, lang: str, pick: random.Random) -> str:
    """A correction: the words around the figure of a sentence, with another one."""
    (figure,) = _figures(text)
    at = text.index(figure)
    before, after = (12, 8) if lang == "zh" else (45, 30)
    other = str(int(figure) + pick.randrange(1, 9))
    part = text[max(0, at - before) : at] + other + text[at + len(figure) :][:after]
    opening = {"zh": ("更正：", "说错了，"), "en": ("Correction: ", "Scratch that, ")}[lang]
    return pick.choice(opening) + part.strip(" .。")


def prose() -> None:
    """Print how many links are made in guides, talks and questions, nearly all of them wrong: little
    in them corrects what stands before.
    """
    folders = need("docs/opensource_guide", "docs/todogroup_guides", "docs/dify_docs_zh_en",
                   "transcripts/changelog", "transcripts/bitcoin")  # fmt: skip
    blocks = count = 0
    for path in (path for folder in folders for path in sorted(folder.rglob("*.md*"))):
        try:
            file = File(path.name, path=str(path))
            parsed = load_reader(choose_format(file, None)).read(file)
        except Unreadable:
            continue
        blocks += len(parsed.blocks)
        count += len(linked(parsed)[1].earlier)
    print(f"links in {blocks} blocks of guides and talks: {count}")


def hashed(*texts: str) -> str:
    """The name of a place in the file of labels."""
    return blake2b("\0".join(texts).encode(), digest_size=6).hexdigest()


def places() -> Iterator[tuple[str, str]]:
    """(name, text) of all messages, turns and sentences."""
    meetings, pairs = need("meetings/qmsum", "pairs/jiyu_zh_en.tsv.xz")
    for chat in zoom():
        for message in chat.messages:
            yield hashed(message.author, message.text), message.text
    for line in (meetings / "test.jsonl").read_text("utf-8").splitlines():
        for turn in json.loads(line)["meeting_transcripts"]:
            said = re.sub(r"\{[^}]*\}", "", turn["content"]).strip()
            yield hashed(said), said
    with lzma.open(pairs, "rt", encoding="utf-8") as lines:
        for line in lines:
            sentence = line.split("\t", 1)[0]
            yield hashed(sentence), sentence


if __name__ == "__main__":
    main()
