"""Documents of Yuque, as `.lake` files and within a `.lakebook`."""

from __future__ import annotations

import io
import json
import tarfile
from urllib.parse import quote

import pytest

from ingest.archives import members
from kb.types import Skip


def card(name: str, value: object) -> str:
    """A card as Yuque writes it."""
    return f'<card type="inline" name="{name}" value="data:{quote(json.dumps(value))}"></card>'


CODE = {"mode": "bash", "code": "lpr plan.pdf\nlpq"}
LAKE = f"""\
<!doctype lake>
<meta name="doc-version" content="1" />
<h2 data-lake-id="a" id="a"><span data-lake-id="b">押金</span></h2>
<p data-lake-id="c"><span>两个工位</span><strong><span>五百</span></strong><span>元。</span></p>
<blockquote class="lake-alert lake-alert-info"><p>{card("checkbox", True)}签约时付清。</p></blockquote>
<h2 id="d">打印</h2>
{card("codeblock", CODE)}
<p>见{card("file", {"name": "计划.pdf", "src": "https://x"})}{card("image", {"name": "image.png"})}。</p>
"""


def test_cards_show_what_they_hold_and_lines_stay(read):
    reading = read("会员 手册.lake", LAKE)
    assert reading.document.title == "会员 手册"
    found = {passage.text: (passage.headings, passage.anchor.label) for passage in reading.passages}
    assert found == {
        "两个工位五百元。\n\n[x] 签约时付清。": (("押金",), "L4–5"),
        "lpr plan.pdf\nlpq\n\n见计划.pdf。": (("打印",), "L7–8"),
    }


def doc(title, body, **more):
    fields = {"title": title, "format": "lake", "type": "Doc", "body": body, **more}
    return {"doc": {"content_updated_at": "2026-05-01T08:00:00.000Z", **fields}, "doc_digest": "x"}


TOC = """\
- {type: META, title: '', url: '', level: 0}
- {type: TITLE, title: 场地, url: '', level: 0}
- {type: DOC, title: 退款说明, url: refund, level: 1}
- {type: DOC, title: Desks, url: desks, level: 1}
- {type: DOC, title: Prices, url: prices, level: 0}
"""
BOOK = {
    "refund": doc(
        "退款说明", "<h2>期限</h2><p>三十天内退款。</p><ul><li>凭收据</li><li>到前台</li></ul>"
    ),
    "desks": doc(
        "Desks",
        "",
        body_asl='<p>Money back: <a href="https://www.yuque.com/u/b/refund#x"><span>here</span></a>,'
        ' and see <a href="https://example.org/refund">there</a>.</p>',
    ),
    "prices": doc("Prices/2026", "# Fees\n\nA desk is 90 euros.\n", format="markdown"),
    "plan": doc("Plan", "{}", format="lakesheet", type="Sheet"),
}


def tarred(files):
    """A tar of files, given as bytes or as JSON."""
    stream = io.BytesIO()
    with tarfile.open(fileobj=stream, mode="w") as archive:
        for name, content in files.items():
            data = content if isinstance(content, bytes) else json.dumps(content).encode()
            info = tarfile.TarInfo(name)
            info.size = len(data)
            archive.addfile(info, io.BytesIO(data))
    return stream.getvalue()


def lakebook(docs, top="b/"):
    meta = {"book": {"path": "https://www.yuque.com/u/b", "tocYml": TOC}, "docs": []}
    files = {"$meta.json": {"meta": json.dumps(meta), "meta_digest": "x"}}
    files |= {f"{slug}.json": each for slug, each in docs.items()}
    return tarred({f"{top}{name}": content for name, content in files.items()})


@pytest.mark.parametrize("top", ["", "b/"])
def test_the_documents_of_a_book_go_by_their_titles_and_folders(top):
    found = list(members(lakebook(BOOK, top), "b.lakebook", 1_000_000))
    names = [each.source if isinstance(each, Skip) else each.name for each in found]
    assert names == ["场地/退款说明.lake", "场地/Desks.lake", "Prices-2026.md", "Plan"]
    assert found[-1].reason == "a Yuque sheet: save it as .xlsx or .pdf"


def test_a_book_is_read_document_by_document(kb, folder):
    (folder / "手册.lakebook").write_bytes(lakebook(BOOK))
    report = kb("ingest", "--json", folder).json
    assert (report["added"], len(report["skipped"])) == (3, 1)
    refund = kb("search", "--json", "多少天内退款").json["hits"][0]
    assert refund["source"] == "手册.lakebook/场地/退款说明.lake"
    assert refund["title"] == "退款说明"
    assert refund["meta"]["date"] == "2026-05-01"
    assert refund["meta"]["url"] == "https://www.yuque.com/u/b/refund"
    assert "三十天内退款" in refund["text"]
    desks = kb("search", "--json", "desks money back").json["hits"][0]
    assert "here (退款说明), and see there." in desks["text"]
    prices = kb("search", "--json", "what is a desk in euros").json["hits"][0]
    assert prices["title"] == "Prices/2026"
    assert "90 euros" in prices["text"]
    again = kb("ingest", "--json", folder).json
    assert (again["unchanged"], again["updated"]) == (3, 0)


@pytest.mark.parametrize(
    "meta", [b"{", b"[]", b'{"meta": "{"}', b'{"meta": "{\\"book\\": {\\"tocYml\\": \\"[\\"}}"}']
)
def test_a_book_with_a_damaged_table_of_contents_keeps_its_documents(meta):
    book = tarred({"$meta.json": meta, "a.json": BOOK["refund"]})
    (member,) = members(book, "b.lakebook", 1_000_000)
    assert member.name == "退款说明.lake"


@pytest.mark.parametrize("body", [b"{", b"[]", b"{}", b'{"doc": 3}', b"\xff\xfe\x00"])
def test_a_damaged_document_costs_no_others(body):
    book = tarred({"$meta.json": b"{}", "a.json": body, "b.json": BOOK["refund"]})
    assert list(members(book, "b.lakebook", 1_000_000))[-1].name == "退款说明.lake"
