"""Names and terms of a sentence that its source lacks: people, companies, products, addresses,
titles of works.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence

from kb.glossary import Glossary
from kb.text import HAN, STOPWORDS, words
from retrieval.verifying.pinyin import latin, reads_as, sounds_as
from retrieval.verifying.told import Told, squash

Open = Callable[[], Glossary | None]
"""Gives the glossary; only called where a sentence needs it."""

_ADDRESS = re.compile(
    r"\b(?:https?://|www\.)[^\s<>()\[\]，。；]+|\b[\w.+-]+@[\w-]+(?:\.[\w-]+)+", re.I
)
_WORK = re.compile(r"《([^《》]{1,60})》")
_LETTER = r"[^\W\u2e80-\ud7ff]"  # of an alphabet: Chinese stands beside a term without a space
_IN_TERM = rf"(?:[.+#-]|{_LETTER})"
_MIXED = re.compile(
    rf"(?<!{_LETTER})(?<!\.)(?={_IN_TERM}*[A-Za-z])(?={_IN_TERM}*\d)[A-Za-z\d]{_IN_TERM}*(?:[+#]|{_LETTER})"
)
_CAPITAL = re.compile(
    r"(?<![a-zA-Z\d_'])[A-Z\u00c0-\u00de\u0391-\u03a9\u0410-\u042f][^\W_\u2e80-\ud7ff]*(?:['’-][^\W_\u2e80-\ud7ff]+)*"
)
_RUN_GAP = re.compile(r"(?:[ .]| of | de | van | von | the | & )*\Z")
_OPENERS = frozenset(".?!:;。？！：；\n\"“”'‘’(（[-*•")
_CALENDAR = frozenset(
    """january february march april may june july august september october november december monday tuesday wednesday
    thursday friday saturday sunday jan feb mar apr jun jul aug sep sept oct nov dec mon tue wed thu fri sat sun am pm
    ok ta celsius fahrenheit mr mrs ms dr prof sir st jr sr bc ad ce bce i ii iii iv vi vii viii ix xi xii""".split()
)
# Words that may open anything with a capital, and are no names there.
_NO_NAMES = frozenset(
    """first second third last next another other each every both either neither many most much several few some any all
    only even also yet still just now then here there today yesterday tomorrow however moreover therefore thus hence
    meanwhile instead despite although though because since while whereas whether unless until once again often usually
    sometimes always never perhaps maybe see note total""".split()
)
# People and their languages that don't begin as their country does, and those that do in three
# letters only.
_PEOPLES = {
    "british": "britain", "chinese": "china", "danish": "denmark", "dutch": "netherlands", "english": "england",
    "french": "france", "german": "germany", "greek": "greece", "irish": "ireland", "polish": "poland",
    "scottish": "scotland", "spanish": "spain", "swedish": "sweden", "swiss": "switzerland", "turkish": "turkey",
    "welsh": "wales",
}  # fmt: skip
_HAN = re.compile(f"[{HAN}]+")
# What word cutters take for the end or the beginning of a name, and the kinds of things that a name
# may end with.
_HAN_AROUND = re.compile(r"\A[由是在中和与及被将对向从于为给让叫]|[在于为是会的和与及被将对向从]\Z")
_HAN_KIND = re.compile("(?<=..)(?:时期|时代|地区|[人族文语片样市县区省州镇乡村岛])\\Z")
_LONG_NAME = 3  # characters from which a name that only sounds like another is taken for it
_NAMES = frozenset("nr nrt nrfg ns nt nz".split())
_ENDINGS = frozenset("n an ian ese es ish y i ia ic s ns ans ians e any land lands".split()) | {""}
_CAPITALS = re.compile("(?<![A-Za-z])[A-Z]{3,}(?![A-Za-z])")
_ONLY_LATIN = re.compile(r"[^\W\d_]+")


def missing(text: str, told: Told, glossary: Open) -> list[str]:
    """The names and terms in `text` (as `comparable` gives it) that neither stand in what is told
    nor are explained.
    """
    found: list[str] = []
    if "zh" in told.languages or not told.languages:
        found += [
            match[0]
            for match in _WORK.finditer(text)
            if squash(match[1]) not in told.squashed
            and _HAN.search(match[1])
            and "en" not in told.languages
        ]
    found += [
        match[0]
        for match in _MIXED.finditer(text)
        if not _measured(match[0]) and not _term_stands(match[0], told)
    ]
    found += _latin_names(_MIXED.sub(" ", text), told, glossary)
    found += _han_names(text, told, glossary)
    return list(dict.fromkeys(found))


def addresses_lacking(text: str, told: Told) -> list[str]:
    """The addresses in a text as it is written that don't stand in what is told."""
    found = (match[0].rstrip(".,;:!?") for match in _ADDRESS.finditer(text))
    return [address for address in found if address.lower() not in told.raw.lower()]


def _term_stands(term: str, told: Told) -> bool:
    """Whether a term with digits in it is told; of non-x86 what has digits."""
    return squash(term) in told.squashed or all(
        squash(part) in told.squashed and not part.isdigit()
        for part in term.split("-")
        if any(char.isdigit() for char in part)
    )


def _measured(term: str) -> bool:
    """Whether a number with letters is a figure, held against the source as such: 10kg, 5M, 3rd,
    1990s, v1.2.
    """
    return (
        re.fullmatch(
            r"[\d.,-]+(?:k|m|b|bn|mn|x|s|st|nd|rd|th|am|pm|[kmgt]?b|k?m|cm|mm|k?g|ft|h|min|hrs?)|v[\d.]+",
            term,
            re.I,
        )
        is not None
    )


# --- Latin ----------------------------------------------------------------------------------------


def _latin_names(text: str, told: Told, glossary: Open) -> Iterator[str]:
    letters = [char for char in text if char.isalpha() and char.isascii()]
    if len(letters) > 12 and sum(char.isupper() for char in letters) > 0.7 * len(letters):
        return  # a heading in capitals
    for run in _runs(text, "zh" not in told.languages):
        alone = len(run) == 1
        unknown = [
            token for token, opens in run if not _stands(token, opens and alone, told, glossary)
        ]
        if (
            len(unknown) < len(run)
            and run[0][1]
            and unknown[:1] == [run[0][0]]
            and _common(run[0][0], glossary)
        ):
            unknown = unknown[1:]  # "Yesterday Ada Example said"
        if unknown and not any(
            _explained(*each, told, glossary) for each in _readings(run, unknown, glossary)
        ):
            yield " ".join(unknown)


def _readings(
    run: Sequence[tuple[str, bool]], unknown: Sequence[str], glossary: Open
) -> Iterator[tuple[Sequence[str], Sequence[str]]]:
    """A run and what of it is unknown; then without a word that only opens the sentence: see Vector
    Index.
    """
    tokens = [token for token, _ in run]
    yield tokens, unknown
    opens = run[0][1] and unknown[0] == tokens[0]
    if opens and len(run) > 2 and len(unknown) > 1 and _common(tokens[0], glossary):
        yield tokens[1:], unknown[1:]


def _runs(text: str, foreign: bool) -> Iterator[list[tuple[str, bool]]]:
    """Capitalised words in a row, each with whether it may be none: it opens a sentence, or is
    `foreign` in Chinese.
    """
    run: list[tuple[str, bool]] = []
    ended = 0
    for match in _CAPITAL.finditer(text):
        between = text[ended : match.start()]
        if run and not _RUN_GAP.match(between):
            yield run
            run = []
        before = text[: match.start()].rstrip(" ")
        run.append(
            (
                match[0],
                not before
                or before[-1] in _OPENERS
                or (foreign and _HAN.match(before[-1]) is not None),
            )
        )
        ended = match.end()
    if run:
        yield run


def _stands(token: str, opens: bool, told: Told, glossary: Open) -> bool:
    bare = re.sub(r"['’](?:s|d|m|ll|ve|re)?\Z", "", token)
    low = bare.lower()
    if (
        low in _CALENDAR
        or low in STOPWORDS
        or low in _NO_NAMES
        or (len(bare) == 1 and bare.isascii())
    ):
        return True
    if _is_told(bare, told.words, told.squashed):
        return True
    if not opens:
        return False
    # A sentence begins with a capital: a word that the dictionary knows is no name there.
    return _common(bare, glossary)


def _is_told(token: str, known: frozenset[str], squashed: str) -> bool:
    """Whether a word stands there, with other accents perhaps, in the singular, or as the country
    of a people.
    """
    low = token.lower()
    if all(word in known or word in STOPWORDS for word in words(token)) or (
        len(low) >= 3 and squash(low) in squashed
    ):
        return True
    if token[-1:] == "s" and len(token) > 2 and token[:-1].isupper() and low[:-1] in known:
        return True
    if low in _PEOPLES and known.issuperset(words(_PEOPLES[low])):
        return True
    return len(low) >= 5 and any(_akin(low, word) for word in known)


def _common(token: str, glossary: Open) -> bool:
    own = {(word,) for word in words(token)}
    known = glossary()
    return known is None or len(known.translations(own)) == len(own)


def _akin(name: str, word: str) -> bool:
    """German and Germany, Vietnam and Vietnamese: one begins as the other, but for an ending."""
    if len(word) < 4 or name[:4] != word[:4]:
        return False
    shared = 0
    for one, other in zip(name, word, strict=False):
        if one != other:
            break
        shared += 1
    return name[shared:] in _ENDINGS and word[shared:] in _ENDINGS


def _explained(run: Sequence[str], unknown: Sequence[str], told: Told, glossary: Open) -> bool:
    """Whether an abbreviation, a translation or a transliteration accounts for a name."""
    if _initials(run, told) or all(_initials([token], told) for token in unknown):
        return True
    known = glossary()
    if known is not None and all(_translated(words(token), told, known) for token in unknown):
        return True
    if known is not None and len(run) > 1 and _translated(words(" ".join(run)), told, known):
        return True
    if "zh" not in told.languages:
        return False
    plainly = [
        token for token in unknown if _ONLY_LATIN.fullmatch(token.replace("-", "").replace("'", ""))
    ]
    return bool(plainly) and (
        reads_as(run if len(plainly) == len(unknown) else plainly, told.text)
        or all(len(token) > 3 and reads_as([token], told.text) for token in plainly)
    )


def _initials(run: Sequence[str], told: Told) -> bool:
    """MVP for minimum viable product, and the other way round."""
    if len(run) == 1 and run[0].isupper() and 3 <= len(run[0]) <= 6:
        begins = "".join(
            word[0].lower()
            for word in _ONLY_LATIN.findall(told.text)
            if word.lower() not in ("of", "the", "and", "for")
        )
        return run[0].lower() in begins
    if len(run) < 3:
        return False
    letters = sorted(token[0] for token in run)  # in any order: UTC is Coordinated Universal Time
    return any(
        len(found[0]) == len(run) and sorted(found[0]) == letters
        for found in _CAPITALS.finditer(told.text)
    )


def _translated(phrase: Sequence[str], told: Told, glossary: Glossary) -> bool:
    said = glossary.translations([tuple(phrase), *((word,) for word in phrase)])
    whole = said.get(tuple(phrase), {})
    if any(_told_way(way, told) for way in whole):
        return True
    return len(phrase) > 1 and all(
        any(_told_way(way, told) for way in said.get((word,), {})) for word in phrase
    )


def _told_way(way: Sequence[str], told: Told) -> bool:
    return all(word in told.words for word in way) or (
        _HAN.match(way[0]) is not None and "".join(way) in told.squashed
    )


# --- Chinese --------------------------------------------------------------------------------------


def _han_names(text: str, told: Told, glossary: Open) -> Iterator[str]:
    if not _HAN.search(text):
        return
    from rjieba import tag

    for name in _han_runs(tag(text)):
        if name in told.squashed or _in_parts(name, told) or _stands_otherwise(name, told):
            continue
        known = glossary()
        if known is not None and _translated(words(name), told, known):
            continue
        if "en" in told.languages and (latin(name, told.text) or "zh" not in told.languages):
            continue
        yield name


def _stands_otherwise(name: str, told: Told) -> bool:
    """Whether a Chinese name stands there in other characters that read the same, or at another
    length.

    At greater length, as 北大 does in 北京大学, or at less: 揆 of 由揆, 荷兰 of 荷兰人.
    """
    whole, shortened = name, re.compile(f"[{HAN}]{{0,3}}".join(name)) if len(name) > 1 else None
    while len(name) > 1 and (around := _HAN_AROUND.search(name) or _HAN_KIND.search(name)):
        name = name[: around.start()] + name[around.end() :]
        if name in told.squashed:
            return True
    if shortened and shortened.search(told.squashed):
        return True
    return len(whole) >= _LONG_NAME and sounds_as(whole, told.squashed)


def capitals_lacking(text: str, told: frozenset[str], squashed: str) -> list[str]:
    """The capitalised words of a text, one that opens it too, that are none of those told."""
    tokens = (match[0] for match in _CAPITAL.finditer(text))
    return [
        token
        for token in tokens
        if len(token) > 2
        and token.lower() not in STOPWORDS
        and token.lower() not in _CALENDAR
        and token.lower() not in _NO_NAMES
        and not _is_told(token, told, squashed)
    ]


def nouns_lacking(text: str, told: Told) -> list[str]:
    """The Chinese nouns of a text, of two characters or more, that don't stand in what is told."""
    if not _HAN.search(text):
        return []
    from rjieba import tag

    return [
        word
        for word, kind in tag(text)
        if kind[0] == "n"
        and len(word) >= 2
        and _HAN.fullmatch(word)
        and word not in told.squashed
        and not _stands_otherwise(word, told)
    ]


def novel(text: str, told: Told) -> list[str]:
    """Two Chinese characters and more in a row of which none stands anywhere in what is told."""
    there = frozenset(told.text)
    blank = "".join(char if char not in there else " " for char in text)
    return [run for run in _HAN.findall(blank) if len(run) >= 2]


def _han_runs(tagged: Sequence[tuple[str, str]]) -> Iterator[str]:
    """Names of two characters or more; parts in a row, 德·瓦尔帕莱索, are one each."""
    for word, kind in tagged:
        if kind in _NAMES and len(word) >= 2 and _HAN.fullmatch(word):
            yield word


def _in_parts(name: str, told: Told) -> bool:
    """Whether all of a long name stands there in pieces of two characters: the analysis joins what
    a text does not.
    """
    if len(name) < 4:
        return False
    return (
        all(name[at : at + 2] in told.squashed for at in range(0, len(name) - 1, 2))
        and name[-2:] in told.squashed
    )
