"""Dialogues in Markdown and plain text: paragraphs that open with `**Name:**`, `Name:` or `Name
(00:12:34):`.

With times they are transcripts like any other; without, the words stand in their lines, a turn to
each speaker. What is no dialogue must not be taken for one: a guide has its "Note:" and "Pros:", a
FAQ its Q: and A:.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import islice
from typing import Any

from ingest.metadata import as_text
from ingest.parsed import Block, File, Lines, Parsed, Unreadable, trimmed
from ingest.parsing.speakers import NOT_NAMES, given_speakers, is_name
from ingest.parsing.timed import Timed, has_times, lines_of, timed
from ingest.readers import minutes, zoom_chat
from ingest.readers.markdown import front_matter, sections
from ingest.readers.plain import paragraphs

_MARKDOWN = (".md", ".markdown", ".mdx")
_START = r"[ \t]*(?:[-–—>*+][ \t]+)?"
_BOLD = re.compile(
    rf"{_START}(\*\*|__|\*)(?P<name>[^\s*:：][^\n*:：]{{0,79}}?)[ \t]*"
    r"(?:[:：][ \t]*\1|\1[ \t]*(?:[(（][^\n()（）]{1,30}[)）])?[ \t]*[:：])[ \t]*"
)
_PLAIN = re.compile(
    rf"{_START}(?P<name>[^\s*:：`|<>\[#][^\n*:：`|<>\[]{{0,59}}?)[ \t]*(?:：|:(?![/\d:]))[ \t]*"
)
_ASKED = re.compile(rf"{_START}\**(?P<name>[QA])\d{{0,3}}\**[ ]?[-–—:：]\**[ \t]+")
_ANY = re.compile(r"^[ \t>*+–—-]{0,8}[^\s:：|<`][^\n:：|<`]{0,79}[:：]", re.M)
_ALIAS = re.compile(r"(.+?)[ ]?[(（]([^()（）]{1,12})[)）]")
_LINK_ONLY = re.compile(r"[<(\[]?https?://\S+[ \t]*(?:\n|\Z)")
_TOKEN = re.compile(r"[\w.'’-]*[^\W\d_][\w.'’-]*")
_NOT_SPOKEN = ("```", "~~~", "|", "<", "    ", "\t")
_NOBODY = frozenset(
    "q a question answer break music intro outro 问 答 提问 回答 问题 答案 广告 音乐 片头 片尾".split()
)
# What stands in bold or before a colon in guides and references, over and over.
_FIELDS = (NOT_NAMES - _NOBODY) | frozenset(
    """tip tips caution important info see also hint danger pros cons input output example examples usage type default
    required optional description parameters parameter returns return value values name date author authors status
    title category tags summary key keys version license url link links source sources file files command location
    address phone email price cost goal goals result results reason action owner problem solution why what how when
    where who before after from subject cc task tasks step steps phase day week month part chapter section figure
    table slides slide video audio resources references reference agenda topic topics deadline method request response
    body header headers path query get post put delete error errors prerequisites
    提示 说明 描述 类型 默认 默认值 必填 可选 参数 返回 返回值 示例 优点 缺点 输入 输出 用法 名称 日期 作者 状态 标题
    分类 标签 摘要 关键词 版本 链接 来源 文件 命令 地点 地址 电话 邮箱 价格 成本 目标 结果 原因 行动 负责人 解决 方案
    时间 步骤 阶段 章节 图 表 幻灯片 视频 参考 参考资料 议程 主题 方法 请求 响应 注 译者注 编者注 解决方案""".split()
)
_NO_SPEAKERS = _FIELDS | _NOBODY
_PARTICLES = frozenset("van von de der den la le el al bin da di du of the and & dos".split())
_MOST, _SOME = 0.6, 0.15
_SENTENCE = 60  # bytes


@dataclass(frozen=True, slots=True)
class _Span:
    """A paragraph, and the number and the headings of the section that it is in."""

    start: int
    end: int
    section: int
    headings: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class _Label:
    """A line that begins with what may be a name: where it begins, where the words after it do."""

    start: int
    end: int
    name: str
    bold: bool
    span: int


@dataclass(frozen=True, slots=True)
class _Source:
    """A file taken apart. `hints`: who its metadata says is speaking. `declared`: it says that it
    is a transcript.
    """

    text: str
    body: int
    front: Mapping[str, Any]
    spans: Sequence[_Span]
    hints: frozenset[str]
    declared: bool


def fits(file: File) -> bool:
    """Whether most of the file is said by two people or more, or with times."""
    if file.ending == ".log":
        return False
    source = _rough(file)
    if source is None:
        return False
    if file.ending in _MARKDOWN:
        return bool(_speakers(source, _labels(source))) or _timed(file, source) is not None
    return bool(_speakers(source, _labels(source))) and not (
        zoom_chat.fits(file) or minutes.fits(file)
    )


def read(file: File) -> Parsed:
    """Read a dialogue. Raises Unreadable."""
    rough = _rough(file)
    if rough is None:
        raise Unreadable("no turns with a name in it")
    source = _exact(rough) if file.ending in _MARKDOWN else rough
    own = dict(source.front)
    title = as_text(own.pop("title", "")) or next(
        (span.headings[0] for span in source.spans if span.headings), ""
    )
    lang = as_text(own.pop("lang", "") or own.pop("language", ""))
    if found := _timed(file, source) or (_timed(file, rough) if source is not rough else None):
        spans = ((each.start, min(each.end, found.first), each.headings) for each in source.spans)
        head = [(start, end, path) for start, end, path in spans if start < end]
        return minutes.with_head(source.text, head, found, title, lang, own)
    speakers = _speakers(rough, _labels(rough))
    blocks = tuple(_blocks(source, _labels(source), speakers))
    if not speakers or not blocks:
        raise Unreadable("no turns with a name in it")
    names = dict.fromkeys(
        block.anchor.speaker for block in blocks if block.anchor and block.anchor.speaker
    )
    return Parsed(source.text, blocks, "transcript", title, lang, {"speakers": list(names), **own})


def _rough(file: File) -> _Source | None:
    """The file taken apart without a Markdown parser; None where a glance tells that it is no
    dialogue.
    """
    text = file.text
    front, body = front_matter(text) if file.ending in _MARKDOWN else ({}, 0)
    declared = "transcript" in (front.get("kind"), file.given.get("kind"))
    labelled = next(islice(_ANY.finditer(text, body), 0 if declared else 3, None), None)
    if front.get("kind") == "faq" or not (labelled or has_times(text)):
        return None
    plain = [_Span(start, end, 0, ()) for start, end in paragraphs(text, body)]
    spans = list(_sectioned(text, plain)) if file.ending in _MARKDOWN else plain
    listed = front.get("speakers") or front.get("speaker") or []
    hints = frozenset([*given_speakers(file), *([listed] if isinstance(listed, str) else listed)])
    return _Source(text, body, front, spans, hints, declared)


def _sectioned(text: str, paragraphs_: Iterable[_Span]) -> Iterator[_Span]:
    """Paragraphs with the numbers of their sections, without headings and code."""
    section, in_code = 0, False
    for span in paragraphs_:
        fences = text.count("```", span.start, span.end)
        begun, in_code = in_code, in_code != (fences % 2 == 1)
        start = span.start
        if text[start] == "#" and not begun:
            section += 1
            line = text.find("\n", start, span.end)
            start = line + 1 if line != -1 else span.end
        if start < span.end and not begun and not fences:
            yield _Span(start, span.end, section, ())


def _exact(source: _Source) -> _Source:
    """The same by the rules of Markdown, with headings."""
    parts = enumerate(sections(source.text, source.body))
    spans = [
        _Span(start, end, number, part.path) for number, part in parts for start, end in part.spans
    ]
    return replace(source, spans=spans)


def _timed(file: File, source: _Source) -> Timed | None:
    if not has_times(source.text):
        return None
    lines = [
        line
        for span in source.spans
        for line in lines_of(source.text, span.start, span.end, span.headings)
    ]
    return timed(lines, given_speakers(file)) if lines else None


# --- who is speaking ------------------------------------------------------------------------------


def _labels(source: _Source) -> list[_Label]:
    """The lines that begin with what may be a name, code and tables aside, names with initials
    written out.
    """
    found: list[_Label] = []
    for number, span in enumerate(source.spans):
        if source.text.startswith(_NOT_SPOKEN, span.start):
            continue
        start = span.start
        while start < span.end:
            match = next(
                (
                    m
                    for form in (_ASKED, _BOLD, _PLAIN)
                    if (m := form.match(source.text, start, span.end))
                ),
                None,
            )
            if match and not _LINK_ONLY.match(source.text, match.end()):
                found.append(
                    _Label(start, match.end(), match["name"].strip(), match.re is _BOLD, number)
                )
            following = source.text.find("\n", start, span.end)
            start = following + 1 if following != -1 else span.end
    return _written_out(found, source.hints)


def _written_out(labels: list[_Label], hints: frozenset[str]) -> list[_Label]:
    """The labels with `Ines Example (IE)`, and `IE` after it, as `Ines Example`."""
    names = {label.name for label in labels}
    shared = Counter(map(_initials, hints))
    full = {_initials(hint): hint for hint in hints if shared[_initials(hint)] == 1}
    for name in sorted(names):
        if (match := _ALIAS.fullmatch(name)) and (
            match[2] in names or match[2] == _initials(match[1])
        ):
            full[name] = full[match[2]] = match[1]
    return [
        _Label(label.start, label.end, full.get(label.name, label.name), label.bold, label.span)
        for label in labels
    ]


def _initials(name: str) -> str:
    parts = re.split(r"[\s-]+", name)
    return "".join(part[:1] for part in parts).upper() if len(parts) > 1 else name


def _speakers(source: _Source, labels: Sequence[_Label]) -> set[str]:
    """Whose labels to believe; nobody where the file is no dialogue."""
    times = Counter(label.name for label in labels)
    forms = {(label.name, label.bold) for label in labels}
    may = {name for name, bold in forms if name in source.hints or _may_speak(name, bold)}
    recurring = {name for name in may if times[name] > 1 or name in source.hints}
    singles = {name for name, bold in forms if name in may and (bold or _is_full_name(name))}
    if source.declared:
        return recurring | singles
    turns = [label for label in labels if label.name in recurring]
    if len(turns) < 4 or len(recurring) < 2:
        return set()
    if not source.hints and _are_fields(source, labels, turns, recurring):
        return set()
    return (
        recurring | singles
        if _share(source, turns) >= (_SOME if source.hints else _MOST)
        else set()
    )


def _are_fields(
    source: _Source, labels: Sequence[_Label], turns: Sequence[_Label], names: set[str]
) -> bool:
    """Whether labels that recur are rather those of a reference, a list of cards or of pros and
    cons.
    """
    if 4 * sum(label.name.lower() in _FIELDS for label in labels) > len(turns):
        return True
    here = Counter((source.spans[label.span].section, label.name) for label in turns)
    ends = (min(source.spans[label.span].end, label.end + 3 * _SENTENCE) for label in turns)
    said = sum(
        len(source.text[label.end : end].encode("utf-8", "replace"))
        for label, end in zip(turns, ends, strict=True)
    )
    on_cards = len(turns) - len(here) < 2 and said < _SENTENCE * len(turns)
    return on_cards or (len(names) > 2 and len(turns) < 4 * len(names))


def _may_speak(name: str, bold: bool) -> bool:
    if (
        name.lower() in _NO_SPEAKERS
        or re.search(r"[。！？!?,，;；]", name)
        or len(name.split()) > 6
    ):
        return False
    shaped = bold or is_name(name)
    return (shaped and _is_capitalised(name)) or _TOKEN.fullmatch(name) is not None


def _is_capitalised(name: str) -> bool:
    return not name.isascii() or all(
        not part[0].islower() or part in _PARTICLES for part in name.split()
    )


def _is_full_name(name: str) -> bool:
    return name.isascii() and len(name.split()) > 1 and is_name(name) and _is_capitalised(name)


def _share(source: _Source, turns: Sequence[_Label]) -> float:
    """How much of the text is said by somebody: from a label to the end of its section."""
    opened: dict[int, int] = {}
    for label in turns:
        opened.setdefault(source.spans[label.span].section, label.start)
    whole = sum(span.end - span.start for span in source.spans)
    said = sum(
        span.end - max(span.start, opened[span.section])
        for span in source.spans
        if span.end > opened.get(span.section, span.end)
    )
    return said / whole if whole else 0.0


# --- what is said ---------------------------------------------------------------------------------


def _blocks(source: _Source, labels: Sequence[_Label], speakers: set[str]) -> Iterator[Block]:
    """A block for each paragraph, or each turn within it; turns are groups, as is what a section
    begins with.
    """
    lines = Lines(source.text)
    group, section, speaker = 0, -1, None
    openers: dict[int, list[_Label]] = {}
    for label in labels:
        if label.name in speakers or label.name.lower() in _NOBODY:
            openers.setdefault(label.span, []).append(label)
    for number, span in enumerate(source.spans):
        if span.section != section:
            group, section, speaker = group + 1, span.section, None
        start = span.start
        for stop, opener in [
            *((label.start, label) for label in openers.get(number, [])),
            (span.end, None),
        ]:
            first, last = trimmed(source.text, start, stop)
            if first < last:
                anchor, places = (
                    lines.anchor(first, last, speaker),
                    tuple(lines.places(first, last)),
                )
                yield Block(first, last, group, span.headings, anchor, places)
            if opener:
                known = opener.name if opener.name in speakers else None
                group += known is None or known != speaker
                start, speaker = opener.end if known else opener.start, known
