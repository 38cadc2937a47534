"""Corrections and decisions: what a message, or an item of minutes, does to something said before.

A few cues, kept for what they find among 350 places of real meetings, chats and sentences, all
labelled by hand before the cues were written: `python -m tests.bench.corrections`.
"""

from __future__ import annotations

import re

from kb.asking import asks
from kb.revisions import RevisionKind
from kb.text import compatible, simplified

_LONGEST = (
    200  # characters: longer turns and paragraphs tell of changes more often than they make one
)
_DECLINED = re.compile(
    r"(?<!一票)(?<!与)否决了?(?!权|者|派|制)|未(?:获|能)?(?:得)?通过|没有?通过|不予(?:通过|批准)|驳回"
    r"|(?i:\b(?:declined|voted down|turned down|defeated|not (?:carried|approved|adopted)"
    r"|motion (?:failed|lost|rejected)|(?:we|committee|board|it)(?: was|'ve| have)? rejected"
    r"|decided (?:not to|against)))"
)
_CARRIED = re.compile(
    r"(?:表决|投票|一致|全票|审议|获得?|已经?)通过|通过了|(?:会议|大家|一致|理事会|委员会|我们)(?:最终|最后)?决定"
    r"|^(?:通过|决定|决议)(?=[。！:：]|$)"
    r"|(?i:\b(?:carried(?! out)|passed (?:a|the) motion|motion (?:was )?passed"
    r"|(?:was|were|been|is) (?:approved|adopted)(?! by health)|^(?:approved|agreed|decision|resolved)\b[ ]*[:.]"
    r"|(?:we|so|has)(?:'ve| have)? decided (?:on|to|that|upon|it was)))"
)
_CORRECTED = re.compile(
    r"更正[:：一]|更正为|勘误|作废(?!的(?!时)|等)|以(?:此|这个?|新|最新|后者)[^，。]{0,8}为准|(?:说|写|打|发|记|搞)错了|口误"
    r"|(?<!修)改(?:为|成|到|在|至|期到)|(?:推迟|延期|延后|提前|顺延|挪|调整|变更|(?<![切转替])换)[到至为成]"
    r"|(?:取消|撤回|废止)了|取代|替换为|更名为|搬到"
    r"|(?i:\bcorrection\b|^corrected\b|scratch that|\bwrong (?:link|date|time|room|file|number)"
    r"|\b(?:i|you|he|she|we) meant\b(?! to\b)|\bby \w+ here i meant\b"
    r"|\b(?:has |have |is |are |was |were |been )?(?:moved to|moved from|rescheduled|postponed|cancell?ed"
    r"|superseded|replaced by|renamed(?: to)?)\b|\b(?:is|are|has been|was) changed (?:to|from)\b"
    r"|parameter change to|\bchanged from\b|\bpushed back to\b|\bbrought forward\b)"
)
# How people mend a word of theirs in a chat: s/month/year, *devnet, versioning*
_TYPO = re.compile(
    r"s/[^/\s][^/]{0,40}/[^/]{1,40}/?|\*{1,2} ?\w[\w ]{0,40}[^\w*]*|\w[\w' ]{0,40}? ?\*{1,2}"
)
_UNSURE = re.compile(
    r"如果|要是|假如|可能|也许|或许|应该|应当|应(?=由|改)|宁愿|建议|希望|即将|将(?=否决|改)|可以|需要|不愿|你应|怎么样|必须|同时废止|为把"
    r"|(?i:\b(?:if|would|could|should|may|might|let's|want(?:ed|s)? to|can we|how about|not be|to be)\b)"
)
# A clause ends where what stands before it does not make what follows unsure.
_CLAUSES = re.compile(r"(?<=[，。；！,;!\n])|(?<=[.?])\s")


def revision_kind(text: str) -> RevisionKind | None:
    """What somebody says to happen to what was said before; None where it says nothing of that kind,
    asks, or only considers it.
    """
    if len(text) > _LONGEST or not _may_revise(text):
        return None
    if _TYPO.fullmatch(text.strip()):
        return "corrected"
    if asks(text):
        return None
    for clause in _CLAUSES.split(simplified(compatible(text))):
        bare = clause.strip()
        if _UNSURE.search(bare):
            continue
        if _DECLINED.search(bare):
            return "declined"
        if _CARRIED.search(bare):
            return "carried"
        if _CORRECTED.search(bare):
            return "corrected"
    return None


def _may_revise(text: str) -> bool:
    """Whether a text has anything that some cue needs: most have nothing."""
    lowered = text.lower()
    if _HAN_HINT.search(text) or "*" in text or lowered.startswith("s/"):
        return True
    return any(stem in lowered for stem in _STEMS)


_HAN_HINT = re.compile("[决決过過驳駁改错錯误誤废廢准換换移挪搬消代名更調调推延提撤]")
_STEMS = tuple(
    """decid carried declin reject motion approv adopt down correct moved meant cancel postpon resched supersed replac
    renam chang wrong scratch resolved agreed pushed brought defeat passed""".split()
)
