"""What was decided or rejected, and what somebody is to do by when."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

from kb.asking import is_question
from kb.relative_dates import relative_dates, said_on
from kb.revision_cues import revision_kind
from kb.text import compatible, simplified
from retrieval.digest.parts import Action, Decision, Line, Outcome
from retrieval.digest.weights import heaviest

_MOST = 12
_LONGEST = 400  # characters: longer lines are speech without full stops, and tell no one thing
_TERMS = 2
_DECIDED = re.compile(
    r"(?:就|那就|我们)(?:这么|这样)?定(?:了|下来)|说定|敲定|达成(?:了)?(?:一致|共识)|(?:一致|都)同意(?!才)|就按.{1,20}(?:来|办|做)"
    r"|(?i:\b(?:(?:we|we've|we have|are|all)(?: all)? (?:agreed|settled)(?: on| that| to)?\b"
    r"|(?:let's|we'll|we will|we're going to|we are going to) (?:go (?:with|for)|stick (?:with|to)|use|keep|have)"
    r"|(?:the|our|final) decision (?:is|was)|so (?:it's|that's) (?:decided|settled|agreed)|i(?:'m| am) going to go with"
    r"|(?:we've|we have|i've|i have) decided|(?<!you )decided|the conclusion (?:is|was)))"
)
_REJECTED = re.compile(
    r"(?:先|就|决定|还是|咱们|我们)(?:都)?不(?:做|搞|用|上|要|考虑|采用|采纳)了?(?=[，。！]|$)|放弃了?"
    r"|排除了?|不采纳|砍掉"
    r"|(?i:\b(?:(?:let's|we'll|we will) (?:not|drop|leave out|get rid of|skip|scrap)|we won't|rule(?:d)? out"
    r"|we(?:'re| are) not going to|(?:we|it) (?:doesn't|does not|don't|do not) (?:need|want) (?:a|an|the|to have)"
    r"|no need for"
    r"|against the idea)\b)"
)
_TODO = re.compile(
    r"^\W*(?:action(?: item)?s?|todo|to do|next steps?|follow[- ]up|待办|行动项|下一步)\s*[:：]"
    r"|(?<![花找])(?:由|麻烦|请(?!人))[^，。、\s]{1,6}(?:负责|来做|跟进|准备|整理|提交|完成|联系|发)|(?:我|我们)(?:来|去|负责|会后|回头|回去)(?:跟进|准备|整理|提交|写|做|联系|发|约|改|补)"
    r"|负责(?:跟进|准备|整理|提交|联系|落实)"
    r"|(?i:\b(?:i'll|i will|i'm going to|we'll|we need to|we have to|we should|you'll|you will|will you"
    r"|you need to|you should|could you|can you|please|(?-i:[A-Z])\w+ (?:will|to)) "
    r"(?:also |just |then |go and |try to )*(?:send|write|prepare|check|contact|e-?mail|call|ask|look into|look at"
    r"|follow up|set up"
    r"|organi[sz]e|arrange|share|draft|review|update|fix|test|work on|put together|circulate|talk to|get back"
    r"|find out|report"
    r"|collect|schedule|book|add|record|finish|design|present|make sure|bring|post|file|open a|merge|ping|reach out)\b)"
)
_DUE = re.compile(
    r"(?i:\b(?:by|before|until|due(?: on)?|no later than) (?:the )?(?:end of (?:the |this |next )?\w+|next \w+"
    r"|(?:mon|tues|wednes|thurs|fri|satur|sun)day|tomorrow|tonight|noon|\d{1,2}(?:st|nd|rd|th)?(?: of)? \w+|\w+ \d{1,2}"
    r"|\d{4}-\d\d-\d\d)\b|\b(?:tomorrow|next (?:week|month|meeting|time|call)|this (?:week|afternoon)|today)\b)"
    r"|(?:[本这下]个?(?:周|星期|礼拜)[一二三四五六日天末]?|明天|后天|今[天晚]|月底|年底|\d{1,2}月\d{1,2}[日号]|[本这下]个?月)(?:之?前|以前|内)?"
)
# what is so in some case only is neither settled nor taken on
_UNLESS = re.compile(
    r"\A\W*(?:(?i:if|when|unless|suppose|imagine)\b|如果|要是|假如)|(?i:\bif (?:you|we|they|i|it)\b)"
)
_FIRST = re.compile(r"(?i:\bi(?:'ll| will| can|'m going to)\b)|我(?!们)")
_ALL = re.compile(r"(?i:\bwe(?:'ll|'re| need| have| should| will)\b)|我们|咱们")


def decisions(
    lines: Sequence[Line], bags: Sequence[frozenset[str]], weight: Sequence[float]
) -> tuple[Decision, ...]:
    """The lines that tell of something settled; the weightiest are kept."""
    outcomes = {
        number: outcome
        for number, line in enumerate(lines)
        if len(bags[number]) >= _TERMS and (outcome := _outcome(line.text))
    }
    return tuple(
        Decision(outcomes[number], lines[number])
        for number in heaviest(list(outcomes), weight, _MOST)
    )


def _outcome(text: str) -> Outcome | None:
    bare = simplified(compatible(text))
    if len(bare) > _LONGEST or is_question(bare) or _UNLESS.search(bare):
        return None
    kind = revision_kind(text)
    if kind == "declined" or _REJECTED.search(bare):
        return "rejected"
    return "decided" if kind == "carried" or _DECIDED.search(bare) else None


def actions(
    lines: Sequence[Line], bags: Sequence[frozenset[str]], weight: Sequence[float]
) -> tuple[Action, ...]:
    """The lines in which somebody takes something on or is asked to; those with a day are kept
    before others.
    """
    names = {line.speaker for line in lines if line.speaker}
    found = {
        number: _action(line, names)
        for number, line in enumerate(lines)
        if len(bags[number]) >= _TERMS and _is_task(line.text)
    }
    ranked = [
        own + (10.0 if number in found and found[number].due else 0.0)
        for number, own in enumerate(weight)
    ]
    return tuple(found[number] for number in heaviest(list(found), ranked, _MOST))


def _is_task(text: str) -> bool:
    bare = simplified(compatible(text))
    return len(bare) <= _LONGEST and not _UNLESS.search(bare) and _TODO.search(bare) is not None


def _action(line: Line, names: set[str]) -> Action:
    bare = simplified(compatible(line.text))
    due = _DUE.search(bare)
    return Action(line, _who(line, bare, names), due[0] if due else "", _day(line, bare))


def _who(line: Line, text: str, names: set[str]) -> str:
    """Who is to do it: a speaker of the source who is named, or who says I; empty for others."""
    for name in sorted(names, key=len, reverse=True):
        if name != line.speaker and any(_is_named(part, text) for part in (name, name.split()[0])):
            return name
    if _FIRST.search(text) and not _ALL.search(text):
        return line.speaker or ""
    return ""


def _is_named(name: str, text: str) -> bool:
    return (
        len(name) > 1
        and re.search(rf"(?<![a-zA-Z]){re.escape(name)}(?![a-zA-Z])", text) is not None
    )


def _day(line: Line, text: str) -> str:
    """The day or time that a line's relative date means, as ISO 8601; empty where unknown."""
    meta: Mapping[str, object] = line.passage.meta
    said = (line.anchor.at or "")[:10] or said_on(line.document.meta, meta)
    return next((each.written for each in relative_dates(text, said)), "")
