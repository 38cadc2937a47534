"""Contrast: whether a figure that a sentence tells of one thing is another thing's, and its own has
another one.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

from retrieval.verifying.records import Claim, Record

_FEW = 3  # words that two records may each have beside what they share, to be of one mould
_ALIKE = 0.7  # or the share of all their words that they have in common
_SOME = 0.34  # the share of what a rival has of a claim that what holds the figure must have too
_MOSTLY = 0.5  # the share of a claim's words that the record of its own thing must have
# the share of the words that the best holder has of a claim, below which another is not looked at
_NEAREST = 0.5

Nearer = Callable[[str, str, str], bool]
"""Whether a text is nearer in meaning to the third than to the second."""


def another(
    claims: Sequence[Claim],
    cited: Sequence[Record],
    known: Sequence[Record],
    lang: str,
    nearer: Nearer,
) -> tuple[str, Record] | None:
    """A claimed figure that what is cited tells of another thing, and the record that tells a
    different one of its own.

    `known` are the records of all hits. None where every figure may be told of what it is claimed
    of.
    """
    for claim in claims:
        holders = _nearest(
            claim, [record for record in cited if not record.figures.lacking(claim.figure)]
        )
        rivals = [
            record
            for record in known
            if claim.sort in record.sorts and record.figures.lacking(claim.figure)
        ]
        for rival in rivals if holders else ():
            if all(_of_other(claim, holder, rival) for holder in holders):
                return claim.text, rival
        if lang and (other := _across(claim, holders, rivals, lang, nearer)):
            return claim.text, other
    return None


def renamed(claims: Sequence[Claim], cited: Sequence[Record], told: frozenset[str]) -> bool:
    """Whether a claim nearly quotes what is cited, but qualifies a noun of it by a word that stands
    nowhere there.

    It may mean the same by it, or another thing; `told` are all words of what is cited.
    """
    for claim in claims:
        holders = _nearest(
            claim, [record for record in cited if not record.figures.lacking(claim.figure)]
        )
        if holders and all(_renames(claim, holder, told) for holder in holders):
            return True
    return False


def _renames(claim: Claim, holder: Record, told: frozenset[str]) -> bool:
    return any(
        word not in told
        and noun in holder.all_words
        and claim.words - holder.all_words <= {word}
        and any(of == noun and other not in claim.words for other, of in holder.phrases)
        for word, noun in claim.phrases
    )


def _across(
    claim: Claim, holders: Sequence[Record], rivals: Sequence[Record], lang: str, nearer: Nearer
) -> Record | None:
    """A rival in another language than the claim's that it is nearer to than to what holds its
    figure.
    """
    foreign = [rival for rival in rivals if rival.lang != lang]
    for rival in foreign if all(holder.lang != lang for holder in holders) else ():
        if holders and all(
            rival.lang == holder.lang
            and _twins(holder, rival)
            and nearer(claim.bare, holder.bare, rival.bare)
            for holder in holders
        ):
            return rival
    return None


def _nearest(claim: Claim, holders: Sequence[Record]) -> list[Record]:
    """Those of some records that have most of a claim's words: what stands elsewhere by chance is
    none of it.
    """
    held = [len(claim.words & holder.all_words) for holder in holders]
    return [
        holder for holder, count in zip(holders, held, strict=True) if count >= _NEAREST * max(held)
    ]


def _of_other(claim: Claim, holder: Record, rival: Record) -> bool:
    """Whether a claim has the words that set a rival apart from what holds its figure, and none the
    other way round.
    """
    if len(claim.words & rival.all_words | claim.words & rival.earlier) < len(
        claim.words & holder.all_words
    ):
        return False
    twins = _twins(holder, rival)
    if _in_place(claim, holder, rival) or (
        twins and _sides(claim, holder.own, rival.own, holder, rival)
    ):
        return True
    said = claim.words
    if not said & holder.all_words and said - claim.periods <= rival.own:
        return True
    shared = holder.scope & rival.scope
    mine = holder.own | (holder.scope - shared)
    its = rival.own | (rival.scope - shared)
    if not _sides(claim, mine, its, holder, rival):
        return False
    if twins:
        return True
    if said & its - mine & (holder.scope | holder.earlier | holder.later) or not (
        said & holder.own or len(holder.own) <= _FEW
    ):
        return False
    both = said & holder.all_words & rival.all_words
    held = said & rival.all_words
    return len(both) >= _SOME * len(held) and len(held) >= _MOSTLY * len(said)


def _sides(
    claim: Claim, mine: frozenset[str], its: frozenset[str], holder: Record, rival: Record
) -> bool:
    """Whether a claim has words of the one that the other has not, where that has others in their
    place.

    A clause may leave out what an earlier one of its sentence has: members pay 480 dollars,
    students 120. That is of another thing only where it names this before the figure: not in 199
    dollars a month, or 1,900 in advance.
    """
    apart, instead = claim.words & its - mine, mine - its - claim.words - {claim.value}
    beyond = claim.words & mine - its
    if beyond or apart <= holder.earlier | holder.later:
        instead &= holder.lead
    return bool(apart and instead) and beyond <= rival.earlier


def _in_place(claim: Claim, holder: Record, rival: Record) -> bool:
    """Whether what a claim qualifies a noun by is the rival's, and what holds its figure has
    another word there.
    """
    return any(
        word in rival.all_words - holder.all_words - holder.earlier - holder.later
        and noun in rival.all_words
        and any(
            of == noun and other not in claim.words | rival.all_words
            for other, of in holder.phrases
        )
        for word, noun in claim.phrases
    )


def _twins(one: Record, other: Record) -> bool:
    """Whether two records are of one mould: rows of a table, sentences that differ in a few words."""
    mine, its = (
        frozenset(word for word in record.own if "=" not in word) for record in (one, other)
    )
    most = max(len(mine - its - other.earlier), len(its - mine - one.earlier))
    return most <= _FEW or len(mine & its) >= _ALIKE * len(mine | its)
