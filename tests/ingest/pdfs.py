"""Makes PDFs by hand, so that tests know every word of them."""

from __future__ import annotations

import io
from collections.abc import Mapping, Sequence
from itertools import pairwise
from typing import Any

from pypdf import PdfWriter
from pypdf.generic import Fit

Rules = Sequence[tuple[float, float, float, float]]


def make_pdf(pages: Sequence[Sequence[str]], lang: str = "") -> bytes:
    """A PDF with these lines on its pages, in any script; the first line stands at the height of
    800.
    """
    return draw_pdf(
        [[(50, 800 - 14 * at, line) for at, line in enumerate(lines)] for lines in pages], lang
    )


def draw_pdf(
    pages: Sequence[Sequence[tuple[float, float, str]]], lang: str = "", rules: Rules = ()
) -> bytes:
    """A PDF with these texts on its pages, each from a point on, in points from the lower left
    corner; and rules from point to point, the same on all pages.
    """
    made = _Made(sorted({character for its in pages for _, _, text in its for character in text}))
    catalog, tree = made.add(b""), made.add(b"")
    font = made.font()
    drawn = " ".join(f"{x} {y} m {to_x} {to_y} l S" for x, y, to_x, to_y in rules)
    leaves = []
    for its in pages:
        shown = " ".join(
            f"{x - before_x} {y - before_y} Td <{''.join(f'{made.code[c]:04x}' for c in text)}> Tj"
            for (before_x, before_y, _), (x, y, text) in pairwise([(0, 0, ""), *its])
        )
        contents = made.stream(f"{drawn} BT /F 10 Tf {shown} ET".encode())
        leaves.append(
            made.add(
                f"<< /Type /Page /Parent {tree} 0 R /MediaBox [0 0 595 842] /Contents {contents} 0 R"
                f" /Resources << /Font << /F {font} 0 R >> >> >>".encode()
            )
        )
    kids = " ".join(f"{leaf} 0 R" for leaf in leaves)
    made.set(tree, f"<< /Type /Pages /Count {len(leaves)} /Kids [{kids}] >>".encode())
    made.set(catalog, b"<< /Type /Catalog /Pages %d 0 R /Lang (%s) >>" % (tree, lang.encode()))
    return made.file(catalog)


def with_more(
    pdf: bytes,
    info: Mapping[str, str] | None = None,
    outline: Sequence[tuple[int, str, int, float | None]] = (),
    **passwords: str,
) -> bytes:
    """The PDF with metadata, and bookmarks: (level, title, page, height on it, None for the page as
    a whole).
    """
    writer = PdfWriter(clone_from=io.BytesIO(pdf))
    writer.add_metadata({f"/{key}": value for key, value in (info or {}).items()})
    parents: list[Any] = []
    for level, title, page, height in outline:
        fit = Fit.fit() if height is None else Fit.xyz(left=0, top=height)
        above = parents[level - 1] if level else None
        parents = [
            *parents[:level],
            writer.add_outline_item(title=title, page_number=page - 1, parent=above, fit=fit),
        ]
    if passwords:
        writer.encrypt(**passwords, algorithm="RC4-128")
    out = io.BytesIO()
    writer.write(out)
    return out.getvalue()


class _Made:
    def __init__(self, characters: Sequence[str]) -> None:
        self.code = {character: number for number, character in enumerate(characters, 1)}
        self._objects: list[bytes] = []

    def add(self, content: bytes) -> int:
        self._objects.append(content)
        return len(self._objects)

    def set(self, number: int, content: bytes) -> None:
        self._objects[number - 1] = content

    def stream(self, content: bytes) -> int:
        return self.add(b"<< /Length %d >>\nstream\n%s\nendstream" % (len(content), content))

    def font(self) -> int:
        """A font without glyphs: what readers need are the widths, and which character each code
        means.
        """
        meant = [
            f"<{code:04x}> <{character.encode('utf-16-be').hex()}>"
            for character, code in self.code.items()
        ]
        chunks = [meant[start : start + 100] for start in range(0, len(meant), 100)]
        mapping = "\n".join(
            f"{len(chunk)} beginbfchar\n" + "\n".join(chunk) + "\nendbfchar" for chunk in chunks
        )
        unicode = self.stream(
            b"/CIDInit /ProcSet findresource begin 12 dict begin begincmap /CMapName /X def /CMapType 2 def\n"
            b"1 begincodespacerange <0000> <ffff> endcodespacerange\n"
            + mapping.encode()
            + b"\nendcmap end end"
        )
        widths = " ".join(
            f"{code} [{1000 if char > '⺀' else 500}]" for char, code in self.code.items()
        )
        about = self.add(
            b"<< /Type /FontDescriptor /FontName /X /Flags 4 /FontBBox [0 -200 1000 900] /ItalicAngle 0"
            b" /Ascent 900 /Descent -200 /CapHeight 700 /StemV 80 >>"
        )
        inner = self.add(
            f"<< /Type /Font /Subtype /CIDFontType2 /BaseFont /X /CIDToGIDMap /Identity /W [{widths}]"
            f" /CIDSystemInfo << /Registry (Adobe) /Ordering (GB1) /Supplement 0 >>"
            f" /FontDescriptor {about} 0 R >>".encode()
        )
        return self.add(
            b"<< /Type /Font /Subtype /Type0 /BaseFont /X /Encoding /Identity-H"
            b" /DescendantFonts [%d 0 R] /ToUnicode %d 0 R >>" % (inner, unicode)
        )

    def file(self, catalog: int) -> bytes:
        out = b"%PDF-1.7\n"
        offsets = []
        for number, content in enumerate(self._objects, 1):
            offsets.append(len(out))
            out += b"%d 0 obj\n%s\nendobj\n" % (number, content)
        table = b"".join(b"%010d 00000 n \n" % offset for offset in offsets)
        size = len(offsets) + 1
        end = b"trailer << /Size %d /Root %d 0 R >>\nstartxref\n%d\n%%%%EOF\n" % (
            size,
            catalog,
            len(out),
        )
        return out + b"xref\n0 %d\n0000000000 65535 f \n%s" % (size, table) + end
