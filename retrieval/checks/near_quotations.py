"""Claims that nearly quote a sentence of their source, but change what it says."""

from __future__ import annotations

from collections import Counter

from kb.text import terms, words
from retrieval.checks.claim import Basis, Claim, Evidence, Fault, Finding, basis
from retrieval.facts.figures import Figures, figures
from retrieval.facts.names import capitals_lacking, nouns_lacking
from retrieval.facts.polarity import polarity
from retrieval.facts.text import squash

_QUOTED = 0.75  # the share of words from which a sentence is nearly quoted


def changed_figures(claim: Claim, evidence: Evidence) -> Finding | None:
    """The figures that a claim has in place of those of the sentence that it nearly quotes."""
    near = basis(claim, evidence.cited)
    if near is None or near.share < _QUOTED:
        return None
    changed = _exchanged(claim.figures, near, evidence.cited.around) or _repeated(
        claim.figures, near
    )
    return Finding.of(Fault.FIGURE, changed, near.sentences[0])


def _exchanged(claimed: Figures, near: Basis, around: str) -> list[str]:
    """Figures that neither the sentence nor what stands around has, which has one of their sort."""
    own_text = "\n".join(near.sentences)
    lacking = figures(f"{own_text}\n{around}", everything=True).lacking(claimed)
    if not lacking:
        return []
    sorts = {sort for sort, text in claimed.by_sort() if text in lacking}
    instead = figures(own_text)
    left_out = set(claimed.widened().lacking(instead))
    is_exchanged = any(sort in sorts and text in left_out for sort, text in instead.by_sort())
    return lacking if is_exchanged else []


def _repeated(claimed: Figures, near: Basis) -> list[str]:
    """Numbers that a claim has more often than its sentence, which has others in their place."""
    if near.alike < _QUOTED or len(near.sentences) > 1:
        return []
    stated = Counter(number.base for number in figures(near.sentences[0]).numbers)
    counted = Counter(number.base for number in claimed.numbers)
    if not stated - counted:
        return []
    more = counted - stated
    return list(dict.fromkeys(number.text for number in claimed.numbers if number.base in more))


def contradiction(claim: Claim, evidence: Evidence) -> Finding | None:
    """A denial put in or taken away, or an opposite in place of a word: optional for mandatory."""
    near = basis(claim, evidence.cited)
    if near is None:
        return None
    opposed = all(claim.polarity.contradicts(polarity(sentence)) for sentence in near.sentences)
    return Finding(Fault.DENIAL, source=near.sentences[0]) if opposed else None


def substituted_names(claim: Claim, evidence: Evidence) -> Finding | None:
    """Chinese nouns and capitalised words that the source has in no form and no translation."""
    near = basis(claim, evidence.cited)
    if near is None:
        return None
    new = [*_new_nouns(claim, near, evidence), *_new_capitals(claim, near, evidence)]
    rest = set(terms(claim.text)).difference(*map(words, new))
    held = max(len(rest.intersection(words(sentence))) for sentence in near.sentences)
    if not new or held < _QUOTED * len(rest):
        return None
    known = evidence.dictionary.translations((word,) for word in new)
    return Finding.of(
        Fault.NAME,
        (word for word in new if evidence.meanings.isdisjoint(known.get((word,), ()))),
    )


def _new_nouns(claim: Claim, near: Basis, evidence: Evidence) -> list[str]:
    if set(terms(" ".join(near.sentences))) <= set(terms(claim.text)):
        return []  # a noun that was added stands for no other
    counted = "".join(claim.figures.written())
    nouns = [noun for noun in nouns_lacking(claim.text, evidence.cited) if noun not in counted]
    if near.alike >= _QUOTED:
        return nouns
    # In what is put more freely a noun that the dictionary has is no name.
    return [noun for noun in nouns if not evidence.dictionary.has(noun)]


def _new_capitals(claim: Claim, near: Basis, evidence: Evidence) -> list[str]:
    source, own = " ".join(near.sentences), frozenset(words(claim.text))
    if not capitals_lacking(source, own, squash(claim.text)):
        return []  # no name of the source was left out
    return capitals_lacking(claim.text, evidence.cited.words, evidence.cited.squashed)
