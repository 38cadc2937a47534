"""Words of a claim that take the place of a name or noun of the sentence that it nearly quotes."""

from __future__ import annotations

from kb.text import terms, words
from retrieval.checks.claim import Claim
from retrieval.checks.evidence import Basis, Evidence, basis
from retrieval.checks.finding import Fault, Finding
from retrieval.facts.name_forms import capitals_lacking, nouns_lacking
from retrieval.facts.written_form import squash

_QUOTED = 0.75  # the share of words from which a sentence is nearly quoted


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
