"""Whose figure it is: one that a claim tells of one thing and the source of another.

Two records of hits that were found tell it: the holder, which has the figure, and the rival, which
has what the claim is about, and another figure of the same sort.
"""

from __future__ import annotations

from collections.abc import Sequence

from retrieval.checks.claim import Claim, Evidence, Fault, Finding
from retrieval.facts.placed_figures import ClaimedFigure
from retrieval.facts.records import Record

_FEW = 3  # words that two records may each have beside what they share, to be of one mould
_ALIKE = 0.7  # or the share of all their words that they have in common
_SOME = 0.34  # the share of what a rival has of a claim that the holder must have too
_MOSTLY = 0.5  # the share of a claim's words that the record of its own thing must have
_NEAREST = 0.5  # the share of the words of the best holder from which another is one too
_NEARER = 0.04  # how much nearer by cosine a claim must be to the rival, across languages


def whose_figure(claim: Claim, evidence: Evidence) -> Finding | None:
    """The first figure of a claim that what it cites tells of another thing than the claim does."""
    if not claim.claimed_figures:
        return None
    known = [*evidence.records, *evidence.other_records]
    for claimed in claim.claimed_figures:
        figure = claimed.figure
        holders = _holders(claimed, evidence.records)
        rivals = [
            record
            for record in known
            if figure.sort in record.sorts and record.figures.lacking(figure.figures)
        ]
        rival = _rival(claimed, claim.language, holders, rivals) if holders else None
        if rival is not None:
            return Finding(Fault.FIGURE, (figure.text,), rival.sentence, "of this, but")
    return None


def _rival(
    claimed: ClaimedFigure, lang: str, holders: Sequence[Record], rivals: Sequence[Record]
) -> Record | None:
    """The first rival that a claim is about more than about any holder, by words or meaning."""
    for rival in rivals:
        if all(_is_of_rival(claimed, holder, rival) for holder in holders):
            return rival
    for rival in rivals:
        if all(_is_nearer_across(claimed, lang, holder, rival) for holder in holders):
            return rival
    return None


def renames_subject(claim: Claim, evidence: Evidence) -> bool:
    """Whether a claim nearly quotes a record, but qualifies a noun by a word that is not there.

    It may mean the same by it, or another thing.
    """
    if not claim.claimed_figures:
        return False
    own = [record for record in evidence.records if record.lang == claim.language]
    words = evidence.cited.words
    for claimed in claim.claimed_figures:
        holders = _holders(claimed, own)
        if holders and all(_renames(claimed, holder, words) for holder in holders):
            return True
    return False


def _renames(claimed: ClaimedFigure, holder: Record, words: frozenset[str]) -> bool:
    return any(
        word not in words
        and noun in holder.all_words
        and claimed.words - holder.all_words <= {word}
        and any(of == noun and other not in claimed.words for other, of in holder.phrases)
        for word, noun in claimed.phrases
    )


def _holders(claimed: ClaimedFigure, records: Sequence[Record]) -> list[Record]:
    """The records with the figure and most of the claim's words: others have it by chance."""
    having = [record for record in records if not record.figures.lacking(claimed.figure.figures)]
    counts = [len(claimed.words & record.all_words) for record in having]
    least = _NEAREST * max(counts, default=0)
    return [record for record, count in zip(having, counts, strict=True) if count >= least]


def _is_nearer_across(claimed: ClaimedFigure, lang: str, holder: Record, rival: Record) -> bool:
    """Whether the encoder puts a claim of another language nearer to the rival."""
    if not lang or lang in (holder.lang, rival.lang) or holder.lang != rival.lang:
        return False
    if not _are_twins(holder, rival):
        return False
    from kb.embedders.built_in import ContextualEmbedder

    vector, own, other = ContextualEmbedder().passages([claimed.bare, holder.bare, rival.bare])
    return float(vector @ other) - float(vector @ own) >= _NEARER


def _is_of_rival(claimed: ClaimedFigure, holder: Record, rival: Record) -> bool:
    """Whether a claim has the words that set the rival apart, and none that set the holder."""
    words = claimed.words
    if len(words & (rival.all_words | rival.earlier)) < len(words & holder.all_words):
        return False
    twins = _are_twins(holder, rival)
    if _qualifies_as_rival(claimed, holder, rival):
        return True
    if twins and _sides_with_rival(claimed, holder.own, rival.own, holder, rival):
        return True
    if not words & holder.all_words and words - claimed.periods <= rival.own:
        return True
    shared = holder.scope & rival.scope
    mine = holder.own | (holder.scope - shared)
    its = rival.own | (rival.scope - shared)
    if not _sides_with_rival(claimed, mine, its, holder, rival):
        return False
    return twins or _is_same_matter(words, words & its - mine, holder, rival)


def _is_same_matter(
    words: frozenset[str], apart: frozenset[str], holder: Record, rival: Record
) -> bool:
    """Whether two records of different moulds tell the same of two things."""
    if apart & (holder.scope | holder.earlier | holder.later):
        return False
    if not words & holder.own and len(holder.own) > _FEW:
        return False
    held = words & rival.all_words
    both = held & holder.all_words
    return len(both) >= _SOME * len(held) and len(held) >= _MOSTLY * len(words)


def _sides_with_rival(
    claimed: ClaimedFigure,
    mine: frozenset[str],
    its: frozenset[str],
    holder: Record,
    rival: Record,
) -> bool:
    """Whether a claim has words of the rival that the holder lacks, with others in their place.

    A clause may leave out what an earlier one of its sentence has: members pay 480 dollars,
    students 120. That is of another thing only where it names this before the figure: not in 199
    dollars a month, or 1,900 in advance.
    """
    apart = claimed.words & its - mine
    instead = mine - its - claimed.words - {claimed.figure.value}
    beyond = claimed.words & mine - its
    if beyond or apart <= holder.earlier | holder.later:
        instead &= holder.lead
    return bool(apart and instead) and beyond <= rival.earlier


def _qualifies_as_rival(claimed: ClaimedFigure, holder: Record, rival: Record) -> bool:
    """Whether a claim qualifies a noun by a word of the rival, and the holder has another there."""
    around = holder.all_words | holder.earlier | holder.later
    return any(
        word in rival.all_words - around
        and noun in rival.all_words
        and any(
            of == noun and other not in claimed.words | rival.all_words
            for other, of in holder.phrases
        )
        for word, noun in claimed.phrases
    )


def _are_twins(one: Record, other: Record) -> bool:
    """Whether two records are of one mould: rows of a table, sentences that differ in few words."""
    mine, its = (
        frozenset(word for word in record.own if "=" not in word) for record in (one, other)
    )
    most = max(len(mine - its - other.earlier), len(its - mine - one.earlier))
    return most <= _FEW or len(mine & its) >= _ALIKE * len(mine | its)
