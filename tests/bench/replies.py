"""How well replies are linked to their questions, beside "the message before" and "the last question".

    python -m tests.bench.replies

Zoom's chats say which message some of them reply to: those links are taken away and looked for
again, where what is replied to asks. Threads are made of 100 questions each of SQuAD and CMRC, marks
taken away, with the sentence that answers and the one after it as replies of two people; three
threads at a time run through each other, with small talk between.
"""

from __future__ import annotations

import random
import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from ingest.parsing import replies
from ingest.parsing.messages import Message
from kb.asking import asks
from kb.text import sentences
from tests.bench.data import CMRC, SQUAD, DataSet, need, squad_like

NOON = datetime(2026, 5, 1, 12)
SMALL_TALK = {
    "en": ("ok", "gm all", "+1", "on my way", "nice"),
    "zh": ("早", "收到", "哈哈", "在路上", "+1"),
}
THREADS, AT_ONCE = 100, 3
_LINE = re.compile(r"(\d{1,2}):(\d{2}):(\d{2})\t ?([^\t\n]{1,120}?) ?:?\t(.*)")
_REPLIES = re.compile(r"Replying to [“\"](.*?)(?:\.\.\.)?[”\"]\s*\n", re.S)

Links = Sequence[int | None]
Linking = Callable[[Sequence[Message]], Links]


@dataclass(frozen=True)
class Chat:
    """Messages, and for those that are looked at the number of the one that each answers."""

    messages: list[Message]
    gold: dict[int, int]


def main() -> None:
    need(SQUAD, CMRC, "transcripts/forkcast_zoom")
    made = {name: list(made_chats(path, lang)) for name, path, lang in
            (("made, en", SQUAD, "en"), ("made, zh", CMRC, "zh"))}  # fmt: skip
    ways: dict[str, Linking] = {
        "message before": before,
        "last question": last_question,
        "kb": answered,
    }
    for name, chats in {**made, "Zoom's chats": list(zoom())}.items():
        print(f"{name}: {sum(len(chat.gold) for chat in chats)} replies")
        for way, link in ways.items():
            measure(way, link, chats)


def measure(way: str, link: Linking, chats: Sequence[Chat]) -> None:
    """Print how many links are right, of those that were made and of those that there are: to the
    question itself, or to another answer to it.
    """
    right = made = wanted = 0
    for chat in chats:
        found = link(chat.messages)
        for number, target in chat.gold.items():
            linked = found[number]
            wanted += 1
            made += linked is not None
            right += linked is not None and chat.gold.get(linked, linked) == target
    print(f"  {way:16} precision {right / (made or 1):.3f}  recall {right / wanted:.3f}")


def answered(said: Sequence[Message]) -> Links:
    """As it is done."""
    return replies.answered(said, [asks(each.text) for each in said])


def before(said: Sequence[Message]) -> Links:
    """Each message answers the one before it, if another wrote that."""
    return [
        n - 1 if n and said[n - 1].author != each.author else None for n, each in enumerate(said)
    ]


def last_question(said: Sequence[Message]) -> Links:
    """Each message that asks nothing answers the last one that asks."""
    links: list[int | None] = []
    last = None
    for number, each in enumerate(said):
        asking = asks(each.text)
        links.append(None if asking else last)
        last = number if asking else last
    return links


# --- chats ----------------------------------------------------------------------------------------


def made_chats(name: str, lang: str) -> Iterator[Chat]:
    """Chats of three threads each."""
    (path,) = need(name)
    pick = random.Random(7)
    threads = list(_threads(squad_like(path), pick))[:THREADS]
    for start in range(0, len(threads), AT_ONCE):
        some = threads[start : start + AT_ONCE]
        order = [n for n, thread in enumerate(some) for _ in thread]
        pick.shuffle(order)
        messages: list[Message] = []
        gold: dict[int, int] = {}
        begun: dict[int, int] = {}
        for n in order:
            if pick.random() < 0.25:
                _add(messages, f"P{pick.randrange(9)}", pick.choice(SMALL_TALK[lang]))
            text = some[n].pop(0)
            if n in begun:
                gold[len(messages)] = begun[n]
            begun.setdefault(n, len(messages))
            _add(messages, f"{n}-{len(some[n])}", text)
        yield Chat(messages, gold)


def _threads(data: DataSet, pick: random.Random) -> Iterator[list[str]]:
    """A question without its mark, the sentence that answers it, and the one after that."""
    for asked in data.sample(len(data.questions), pick.randrange(1000)):
        paragraph = data.articles[asked.article][1][asked.paragraph]
        spans = sentences(paragraph)
        place = paragraph.find(asked.golds[0])
        number = next((n for n, (start, end) in enumerate(spans) if start <= place < end), None)
        if number is None or number + 1 >= len(spans):
            continue
        replies = [paragraph[slice(*spans[n])][:200] for n in (number, number + 1)]
        yield [asked.text.rstrip("?？ "), *replies]


def _add(messages: list[Message], author: str, text: str) -> None:
    number = len(messages)
    at = NOON + timedelta(minutes=number)
    messages.append(Message(str(number), author, at, text, number, number))


def zoom() -> Iterator[Chat]:
    """The chats of calls; those of their replies that answer what asks."""
    (folder,) = need("transcripts/forkcast_zoom")
    for path in sorted(folder.rglob("chat.txt")):
        messages: list[Message] = []
        gold: dict[int, int] = {}
        for at, author, text in _zoom_messages(path.read_text("utf-8")):
            reply = _REPLIES.match(text)
            said = text[reply.end() :].strip() if reply else text
            if not said or said.startswith(("Reacted to ", "Removed a")):
                continue
            quoted = " ".join(reply[1].split())[:30] if reply else ""
            found = [n for n, one in enumerate(messages) if quoted and " ".join(one.text.split()).startswith(quoted)]  # fmt: skip
            if found and "?" in messages[found[-1]].text and messages[found[-1]].author != author:
                gold[len(messages)] = found[-1]
            number = len(messages)
            messages.append(Message(str(number), author, at, said, number, number))
        yield Chat(messages, gold)


def _zoom_messages(text: str) -> Iterator[tuple[datetime, str, str]]:
    current: tuple[datetime, str, str] | None = None
    for line in text.replace("\r", "").split("\n"):
        if match := _LINE.match(line):
            if current:
                yield current
            hours, minutes, seconds = (int(match[n]) for n in (1, 2, 3))
            at = NOON + timedelta(hours=hours, minutes=minutes, seconds=seconds)
            current = (at, match[4].strip(" :"), match[5].strip())
        elif current:
            current = (current[0], current[1], f"{current[2]}\n{line}".strip())
    if current:
        yield current


if __name__ == "__main__":
    main()
