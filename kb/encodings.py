"""Text in whatever encoding it was written. The order of tries is what matters: see each comment."""

from __future__ import annotations

import codecs
import re

_BOMS = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF32_LE, "utf-32-le"),  # before UTF-16: its mark begins with UTF-16's
    (codecs.BOM_UTF32_BE, "utf-32-be"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)
_EAST_ASIAN = ("gb18030", "big5hkscs", "cp932", "euc_jp")
_ONE_BYTE = [
    "cp1252",
    "cp1250",
    "cp1251",
    "koi8_r",
    "cp1253",
    "cp1254",
    "cp1255",
    "cp1256",
    "iso8859_2",
    "cp866",
]
# What pages declare is often the little sister of what they use.
_IN_FACT = {
    "gb2312": "gb18030",
    "gbk": "gb18030",
    "big5": "big5hkscs",
    "shift_jis": "cp932",
    "iso8859-1": "cp1252",
}
_DECLARED = re.compile(
    rb"<\?xml[^>]{0,100}encoding=[\"']([\w.:-]+)|<meta[^>]{0,200}charset=[\"']?([\w.:-]+)", re.I
)
_TAG = re.compile(rb"<[^<>]{0,1000}>")
_CONTROL = re.compile("[\x00-\x08\x0e-\x1a\x1c-\x1f\x7f-\x84\x86-\x9f\ufffe\uffff]")
_RETURNS = re.compile("\r\n?")
_SAMPLE = 100_000

_DASHES = (b"\xa8\x43", b"\xa8\x44")  # of GB18030
_KANA = frozenset(chr(code) for code in range(0x3041, 0x30FB))
# The characters that make up about a third of any Chinese or Japanese text; hardly any of a text
# misread as one.
_FREQUENT = frozenset(
    "的一是不了在人有我他这为之大来以个中上们到说国和地也子时道出而要于就下得可你年生自会那后能对着事其里所去行过家十用"
    "這為來個們說國時於對著裡過麼沒還與學點會後從發當開見長問間實現進種無經業樣動應關體將請麽嗎"
    "のにはをたがでとしてれさいるなもらかすりこっくまよきんうけ、。，！？：；「」（）・ー"
)


class Undecodable(ValueError):
    """Bytes that are no text, with the reason that the user sees."""


def decoded(data: bytes) -> str:
    """The text of `data` with line feeds as line ends. Raises Undecodable for empty, binary or
    undecodable bytes.
    """
    text = _decode(data)
    if not text.strip():
        raise Undecodable("empty file")
    if _share_of_controls(text) > 0.02:
        raise Undecodable("binary content, not text")
    return _RETURNS.sub("\n", text)


def _decode(data: bytes) -> str:
    for bom, encoding in _BOMS:
        if data.startswith(bom):
            try:
                return data[len(bom) :].decode(encoding)
            except UnicodeDecodeError as error:
                raise Undecodable(
                    f"broken {encoding.upper()} text at byte {error.start + len(bom)}"
                ) from error
    if b"\0" in data[:_SAMPLE]:
        text = _without_mark(data)
        if text is None:
            raise Undecodable("binary content, not text")
        return text
    # Multi-byte before one-byte encodings, which accept nearly any bytes; detectors misread short
    # Chinese files.
    for attempt in (_utf8, _declared, _east_asian, _one_byte):
        text = attempt(data)
        if text is not None:
            return text
    raise Undecodable("text in no encoding that is known")


def _without_mark(data: bytes) -> str | None:
    """UTF-16 or UTF-32 without a byte-order mark, told by where the NULs stand that are half of an
    ASCII character.
    """
    zeros = [data[place : 4 * _SAMPLE : 4].count(0) for place in range(4)]
    fewest = len(data[: 4 * _SAMPLE]) // 4
    likely = {
        "utf-32-le": zeros[3] >= fewest > 0,
        "utf-32-be": zeros[0] >= fewest > 0,
        "utf-16-le": zeros[1] + zeros[3] >= 9 * (zeros[0] + zeros[2]),
        "utf-16-be": zeros[0] + zeros[2] >= 9 * (zeros[1] + zeros[3]),
    }
    for encoding in (name for name, fits in likely.items() if fits):
        try:
            text = data.decode(encoding)
        except UnicodeDecodeError:
            continue
        sample = text[:_SAMPLE]
        ordinary = sum(char.isalnum() or char.isspace() or char.isascii() for char in sample)
        if _share_of_controls(sample) <= 0.02 and ordinary > 0.7 * len(sample):
            return text
    return None


def _utf8(data: bytes) -> str | None:
    """UTF-8, also with a few broken bytes: one damaged character must not make the rest unreadable."""
    try:
        return data.decode()
    except UnicodeDecodeError:
        text = data.decode("utf-8", "replace")
    broken = text.count("\ufffd")
    return text if broken * 10 <= _beyond_ascii(text) else None


def _declared(data: bytes) -> str | None:
    """What an HTML or XML file says that it is in, if it can be."""
    found = _DECLARED.search(data, 0, 2048)
    if not found:
        return None
    try:
        name = codecs.lookup((found[1] or found[2]).decode("ascii")).name
        text = data.decode(_IN_FACT.get(name, name), "replace")
    except (LookupError, UnicodeDecodeError, ValueError):
        return None
    return text if text.count("\ufffd") * 50 <= _beyond_ascii(text) else None


def _east_asian(data: bytes) -> str | None:
    """The East Asian encoding under which most characters are common ones; GB18030 where several
    are as good.
    """
    readings = ((_likeness(data, encoding), encoding) for encoding in _EAST_ASIAN)
    likeness, encoding = max(readings, key=lambda reading: reading[0])
    return data.decode(encoding, "replace") if likeness >= 0.5 else None


def _likeness(data: bytes, encoding: str) -> float:
    """How much `data` looks like text in an East Asian encoding: 0 to 3."""
    text = data[: _SAMPLE // 5].decode(encoding, "replace")
    wide = [char for char in text if char > "\x7f"]
    if not wide or text.count("\ufffd") * 50 > len(wide):
        return 0.0
    if encoding == "euc_jp" and not any(char in _KANA for char in wide):
        return 0.0  # may as well be Chinese, which is likelier here
    common = 0.0
    for position, char in enumerate(text):
        if char > "\x7f":
            code = char.encode(encoding, "replace")
            alone = (
                text[position - 1 : position] <= "\x7f"
                and text[position + 1 : position + 2] <= "\x7f"
            )
            common += _commonness(code, encoding) if not alone or _stands_alone(code) else 0.0
    return (common + 2 * sum(char in _FREQUENT for char in wide)) / len(wide)


def _stands_alone(code: bytes) -> bool:
    """Whether a code is likely between ASCII characters: not what a Western letter or quote makes
    with its follower.
    """
    return len(code) == 2 and (code[1] >= 0xA1 or code in _DASHES or 0x81 <= code[0] <= 0x83)


def _commonness(code: bytes, encoding: str) -> float:
    """Whether a code lies where an encoding keeps its punctuation, syllables and everyday
    characters: 0 to 1.
    """
    if len(code) != 2:
        return 0.0
    lead, trail = code
    match encoding:
        case "gb18030":  # the rows of GB2312's symbols and level 1
            return code in _DASHES or (
                trail >= 0xA1 and (0xA1 <= lead <= 0xA3 or 0xB0 <= lead <= 0xD7)
            )
        case "big5hkscs":
            return 0xA1 <= lead <= 0xC6 and code not in _DASHES
        case "cp932":
            return 0x81 <= lead <= 0x83 or 0x88 <= lead <= 0x97
        case _:  # EUC-JP, whose kanji lie where GB2312 has its own
            return 1.0 if lead in (0xA1, 0xA4, 0xA5) else 0.8 * (lead >= 0xB0)


def _one_byte(data: bytes) -> str | None:
    """A European encoding: Windows-1252, unless most letters are beyond ASCII, as in Russian or
    Greek.
    """
    words = _TAG.sub(b"", data[:_SAMPLE])
    if sum(byte > 0x7F for byte in words) > sum(
        0x41 <= byte & 0xDF <= 0x5A for byte in words if byte < 0x80
    ):
        from charset_normalizer import from_bytes

        best = from_bytes(data[:_SAMPLE], cp_isolation=_ONE_BYTE, enable_fallback=False).best()
        if best is not None:
            return data.decode(best.encoding, "replace")
    try:
        return data.decode("cp1252")
    except UnicodeDecodeError:
        return None


def _beyond_ascii(text: str) -> int:
    return sum(char > "\x7f" for char in text)


def _share_of_controls(text: str) -> float:
    sample = text[:_SAMPLE]
    return len(_CONTROL.findall(sample)) / max(1, len(sample))
