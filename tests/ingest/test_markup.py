"""AsciiDoc, reStructuredText, source code, notebooks and MDX: what is kept, what is left out, what
is refused.
"""

from __future__ import annotations

import json

import pytest


def paths(reading) -> dict[str, tuple[str, ...]]:
    """The headings of each passage by its text."""
    return {passage.text: passage.headings for passage in reading.passages}


def labels(reading) -> dict[str, str]:
    """Where each passage stands, by its text."""
    return {passage.text: passage.anchor.label for passage in reading.passages}


# --- AsciiDoc -------------------------------------------------------------------------------------

ADOC = """\
// for editors only
:product: Ledger

= The *Ledger* Handbook
Ines Valcourt <ines@example.org>; 苏禾
v1.2, 2026-02-19: first public one
:description: How to keep \\
  the books.
:keywords: runway, 定价，现金
:toc: left
:lang: en-GB

Start from what they lose today.
== still the same paragraph

[#costs]
== [[money]]Costs ==

Servers first.
// hidden within
Then support.

////
== Hidden
////

.A script
[source,python]
----
== no heading

print("cash")
----

=== 先算成本

人力最贵。

Discounts
---------

Give none.

# Later

Nothing else.
"""


def test_asciidoc_sections_become_heading_paths(read):
    found = paths(read("a.adoc", ADOC))
    top = "The Ledger Handbook"
    assert found == {
        "Start from what they lose today.\n== still the same paragraph": (top,),
        "Servers first.": (top, "Costs"),
        "Then support.": (top, "Costs"),
        '.A script\n[source,python]\n----\n== no heading\n\nprint("cash")\n----': (top, "Costs"),
        "人力最贵。": (top, "Costs", "先算成本"),
        "Give none.": (top, "Discounts"),
        "Nothing else.": ("Later",),
    }


def test_the_header_of_asciidoc_becomes_metadata(read):
    document = read("a.adoc", ADOC).document
    assert (document.title, document.lang, document.kind) == ("The Ledger Handbook", "en", "doc")
    assert document.meta == {
        "author": ["Ines Valcourt", "苏禾"],
        "email": "ines@example.org",
        "date": "2026-02-19",
        "revnumber": "1.2",
        "revremark": "first public one",
        "description": "How to keep the books.",
        "keywords": ["runway", "定价", "现金"],
        "product": "Ledger",
    }


@pytest.mark.parametrize("ending", [".adoc", ".asciidoc", ".asc"])
def test_the_date_and_author_may_be_attributes(read, ending):
    document = read(
        f"a{ending}", "= Runway\n:author: Jo Marsh\n:revdate: 2026-03-01\n\nCount months."
    ).document
    assert document.meta == {"author": "Jo Marsh", "date": "2026-03-01"}


def test_text_just_below_the_title_that_is_no_name_stays_text(read):
    reading = read("a.adoc", "= Runway\nCount the months, then the weeks: is it enough?\n\nYes.")
    assert reading.texts == ["Count the months, then the weeks: is it enough?\n\nYes."]
    assert reading.document.meta == {}


def test_comments_of_asciidoc_are_nowhere(read):
    assert not any(
        "hidden" in text.lower() or "editors" in text for text in read("a.adoc", ADOC).texts
    )


def test_a_comment_block_that_never_ends_hides_nothing(read):
    assert "Count months." in read("a.adoc", "= Runway\n\n////\nnote\n\nCount months.").texts[0]


@pytest.mark.parametrize(
    "mark", ["----", "....", "====", "****", "|===", "____", "++++", "--", "```"]
)
def test_a_delimited_block_holds_no_headings(read, mark):
    block = f"{mark}\nfirst\n\n== no heading\n{mark}"
    assert paths(read("a.adoc", f"== Runway\n\n{block}\n\n== Costs\n\nCount.")) == {
        block: ("Runway",),
        "Count.": ("Costs",),
    }


def test_asciidoc_list_items_are_not_torn_apart(read):
    items = [
        "* Count the months of cash that are left.\n+\n----\n* not an item\n\n----",
        "* Then go on with this, for a while.",
        "* Count the weeks, one by one, to the last.\n** And then do so twice, or three times, or four.",
        "And that is all there is to it, really, or nearly all.",
        "Runway::\n\n  The months of cash that are left until then.",
        "Burn:: What a month costs, all in all, and then some.",
    ]
    text = "\n".join(items[:3]) + f"\n\n{items[3]}\n\n{items[4]}\n{items[5]}"
    assert read("a.adoc", text, chars=100).texts == items


def test_a_title_goes_with_its_block(read):
    text = "Before all of it.\n\n.Prices\n[cols=2]\n|===\n|a |b\n|===\n\nAfter all of it."
    assert read("a.adoc", text, chars=40).texts == [
        "Before all of it.\n\n.Prices\n\na · b",
        "After all of it.",
    ]


def test_directives_of_asciidoc_stay_as_text(read):
    assert (
        "include::more.adoc[]"
        in read("a.adoc", "= Runway\n\ninclude::more.adoc[]\n\nCount months.").texts[0]
    )


def test_asciidoc_of_nothing_but_headings_is_found(read):
    assert read("a.adoc", "= Runway\n\n== Months\n").texts == ["= Runway", "== Months"]


@pytest.mark.parametrize("what", ["SIGNATURE", "PUBLIC KEY BLOCK"])
def test_a_key_is_not_asciidoc(refusal, what):
    text = f"-----BEGIN PGP {what}-----\n\niQIzBAABCAAdFiEE\n=abcd\n-----END PGP {what}-----\n"
    assert refusal("ines.asc", text) == "a PGP signature or key, not AsciiDoc"


def test_asciidoc_of_nothing_but_comments_is_refused(refusal):
    assert refusal("a.adoc", "// nothing\n:a: b\n") == "no text in it"


# --- reStructuredText -----------------------------------------------------------------------------

RST = """\
.. an editor's note
   over two lines

==================
The ``Ledger`` 手册
==================

:Author: Ines Valcourt
:Date: $Date: 2026-02-19 $
:Keywords: runway, 定价
:Abstract: Words that are read.
:orphan:

.. meta::
   :description lang=en: How to keep the books.

Start from what they lose today.

.. _costs:

Costs
=====

Servers first.

..
   hidden, and
   that too

Then support::

    Costs
    =====

先算成本
--------

人力最贵。

1. Later
--------

.. code-block:: python
   :linenos:

   print("cash")

.. [1] A footnote.

Discounts
=========

:term:`Give` none.
"""


def test_sections_of_rst_become_heading_paths(read):
    found = paths(read("a.rst", RST))
    top = "The Ledger 手册"
    assert found == {
        ":Abstract: Words that are read.": (top,),
        "Start from what they lose today.": (top,),
        "Servers first.": (top, "Costs"),
        "Then support::\n\n    Costs\n    =====": (top, "Costs"),
        "人力最贵。": (top, "Costs", "先算成本"),
        '.. code-block:: python\n   :linenos:\n\n   print("cash")\n\n.. [1] A footnote.': (
            top,
            "Costs",
            "1. Later",
        ),
        ":term:`Give` none.": (top, "Discounts"),
    }


@pytest.mark.parametrize("ending", [".rst", ".rest"])
def test_the_fields_on_top_of_rst_become_metadata(read, ending):
    document = read(f"a{ending}", RST).document
    assert (document.title, document.kind) == ("The Ledger 手册", "doc")
    assert document.meta == {
        "author": "Ines Valcourt",
        "date": "2026-02-19",
        "keywords": ["runway", "定价"],
        "abstract": "Words that are read.",
        "description": "How to keep the books.",
    }


def test_several_authors_of_rst(read):
    assert read("a.rst", ":Authors: - Ines\n          - 苏禾\n\nCount months.").document.meta == {
        "author": ["Ines", "苏禾"]
    }


def test_fields_further_down_are_text(read):
    reading = read("a.rst", "Count months.\n\n:Author: of the joke\n")
    assert reading.texts == ["Count months.\n\n:Author: of the joke"]
    assert reading.document.meta == {}


def test_comments_of_rst_are_nowhere(read):
    assert not any(
        "hidden" in text or "that too" in text or "editor" in text
        for text in read("a.rst", RST).texts
    )


def test_an_empty_comment_takes_nothing_with_it(read):
    assert read("a.rst", "Count.\n\n..\n\n  A quotation.\n").texts == ["Count.", "A quotation."]


def test_a_line_of_rst_that_is_no_title(read):
    reading = read(
        "a.rst",
        "Runway\n------\n\n- Costs\n=======\n\ntoo long for it\n--\n\n>>> 1\n1\n\n=== ===\na   b\n=== ===\nc\n\nd\n=== ===\n",
    )
    assert {passage.headings for passage in reading.passages} == {("Runway",)}
    assert "a: c\n\na: d" in reading.texts[-1]


def test_a_chinese_title_needs_its_whole_width_only_when_short(read):
    assert paths(
        read("a.rst", "跑道\n----\n\n一。\n\n跑道很短\n----\n\n二。\n\n道\n==\n\n三。")
    ) == {
        "一。": ("跑道",),
        "二。": ("跑道很短",),
        "三。": ("跑道很短", "道"),
    }


def test_rst_list_items_are_not_torn_apart(read):
    items = [
        "- Count the months of cash.\n\n  Twice.",
        "- Count the weeks.\n\n  - all of them",
        "term\n    What it means, in short.",
        "#. Then rest for a month.",
    ]
    assert (
        read("a.rst", f"{items[0]}\n{items[1]}\n\n{items[2]}\n\n{items[3]}\n", chars=40).texts
        == items
    )


@pytest.mark.parametrize(
    "whole",
    [
        "    print the months of cash\n\n    print the weeks of it",
        ".. note::\n   Count the months of cash.\n\n   Count the weeks.",
    ],
    ids=["literal", "directive"],
)
def test_what_belongs_together_in_rst_is_one_block(read, whole):
    before = "This goes before it" + ("::" if whole.startswith(" ") else ".")
    assert (
        read("a.rst", f"{before}\n\n{whole}\n\nAnd this goes after.\n", chars=70).texts[1].strip()
        == whole.strip()
    )


def test_an_empty_line_does_not_end_a_simple_table(read):
    table = "=====  =====\nmonth  weeks\n=====  =====\n1      4\n\n2      8\n=====  ====="
    text = f"This goes before it.\n\n{table}\n\nAnd this goes after.\n"
    assert "month: 1 · weeks: 4\n\nmonth: 2 · weeks: 8" in read("a.rst", text).texts[0]


def test_rst_of_nothing_but_headings_is_found(read):
    assert read("a.rst", "Runway\n======\n").texts == ["Runway\n======"]


# --- source code ----------------------------------------------------------------------------------

PYTHON = '''\
"""Books."""

import json

LIMIT = 10


# Keeps the books.
@final
class Ledger(Base):
    """A ledger. 账本。"""

    size = 1

    # Adds one.
    @cached
    def add(self, n):
        def inner():
            return 1

        return inner() + n

    async def total(self):
        return 2


async def main():
    """Says \\d."""
    print("def no(): 先算账")


main()
'''


def test_python_is_parted_at_its_definitions(read):
    reading = read("ledger.py", PYTHON, chars=90)
    assert paths(reading) == {
        '"""Books."""\n\nimport json\n\nLIMIT = 10': (),
        '# Keeps the books.\n@final\nclass Ledger(Base):\n    """A ledger. 账本。"""\n\n    size = 1': (
            "class Ledger",
        ),
        "# Adds one.\n    @cached\n    def add(self, n):\n        def inner():\n            return 1": (
            "class Ledger",
            "def add",
        ),
        "return inner() + n": ("class Ledger", "def add"),
        "async def total(self):\n        return 2": ("class Ledger", "def total"),
        'async def main():\n    """Says \\d."""\n    print("def no(): 先算账")': ("def main",),
        "main()": (),
    }


def test_a_small_class_is_one_passage(read):
    reading = read("ledger.py", PYTHON)
    assert [passage.headings for passage in reading.passages] == [
        (),
        ("class Ledger",),
        ("def main",),
        (),
    ]
    assert [passage.anchor.label for passage in reading.passages] == [
        "L1–5",
        "L8–24",
        "L27–29",
        "L32",
    ]


def test_source_code_goes_by_its_file_name_and_language(read):
    document = read("ledger.py", PYTHON).document
    assert (document.title, document.kind, document.meta) == (
        "ledger.py",
        "doc",
        {"code": "python"},
    )


def test_python_that_does_not_parse_is_read_all_the_same(read):
    reading = read(
        "old.py",
        "print 'cash'\n\nclass Ledger:\n    def add(self):\n        print 'more'\n",
        chars=40,
    )
    assert [passage.headings for passage in reading.passages] == [
        (),
        ("class Ledger",),
        ("class Ledger", "def add"),
    ]


def test_deeply_nested_python_is_read_all_the_same(read):
    assert read("a.py", "x = (\n" * 300 + "1\n" + ")\n" * 300).texts


SOURCES = {
    "a.ts": (
        "import {x} from 'y';\n\n/**\n * class of its own\n */\n@Injectable()\nexport default class Ledger<T> {\n"
        "  private n = 1;\n\n  // Adds.\n  async add(e: Entry): Promise<void> {\n    if (e) {\n      f();\n    }\n  }\n}\n\n"
        "export const render = async (l) => {\n  return 1;\n};\n\nconst LIMIT = 10;\n",
        [(), ("class Ledger",), ("class Ledger", "add()"), ("const render",), ()],
    ),
    "a.java": (
        "package org.example;\n\n/** Books. */\n@Entity\npublic final class Ledger {\n    private int n;\n\n    @Override\n"
        "    public Map<String, Integer> all(int x) {\n        for (;;) {\n        }\n    }\n}\n",
        [(), ("class Ledger",), ("class Ledger", "all()")],
    ),
    "a.go": (
        "package books\n\n// Ledger is one.\ntype Ledger struct {\n\tn int\n}\n\n// Add adds.\n"
        "func (l *Ledger) Add(n int) error {\n\treturn nil\n}\n\nfunc main() {}\n\nvar x = 1\n",
        [(), ("type Ledger",), ("func Ledger.Add",), ("func main",), ()],
    ),
    "a.rs": (
        "use std::fmt;\n\n#[derive(Debug)]\npub struct Ledger<T> {\n    n: T,\n}\n\nimpl<T> fmt::Display for Ledger<T> {\n"
        "    /// Formats.\n    pub(crate) fn fmt(&self) {\n    }\n}\n",
        [(), ("struct Ledger",), ("impl fmt::Display for Ledger<T>",), ("impl fmt::Display for Ledger<T>", "fn fmt")],
    ),
    "a.c": (
        "#include <stdio.h>\n\ntypedef struct ledger {\n    int n;\n} ledger_t;\n\n/* Adds. */\nstatic int\nadd(int n)\n{\n"
        "#ifdef X\n    n++;\n#endif\nout:\n    return n;\n}\n\n#define LIMIT 1\n\nint main(int argc, char **argv) {\n    return 0;\n}\n",
        [(), ("struct ledger",), ("add()",), (), ("main()",)],
    ),
    "a.cpp": (
        "template <typename T>\nclass Ledger : public Base {\npublic:\n    void add(int n) override {\n    }\n"
        "private:\n    int n;\n};\n\nvoid Ledger::sub(int n)\n{\n}\n",
        [("class Ledger",), ("class Ledger", "add()"), ("class Ledger",), ("Ledger::sub()",)],
    ),
    "a.cs": (
        "namespace Books\n{\n    [Serializable]\n    public class Ledger : IDisposable\n    {\n        [HttpGet(\"/x\")]\n"
        "        public async Task<int> AddAsync(Entry e)\n        {\n            return 1;\n        }\n    }\n}\n",
        [("namespace Books",), ("namespace Books", "class Ledger"), ("namespace Books", "class Ledger", "AddAsync()")],
    ),
    "a.rb": (
        "module Books\n  # Books.\n  class Ledger\n    def self.open?(path)\n      if path\n        1\n      else\n"
        "        2\n      end\n    end\n  end\nend\n\nputs 1\n",
        [("module Books",), ("module Books", "class Ledger"), ("module Books", "class Ledger", "def self.open?"), ()],
    ),
    "a.sol": (
        "pragma solidity ^0.8.0;\n\ncontract Ledger is Ownable {\n    event Added(uint n);\n\n"
        "    function add(uint n) external {\n    }\n}\n",
        [(), ("contract Ledger",), ("contract Ledger", "event Added"), ("contract Ledger", "function add")],
    ),
    "a.sql": (
        "-- Books\nCREATE TABLE IF NOT EXISTS ledger (\n  id int\n);\n\n-- Adds.\nCREATE OR REPLACE FUNCTION add_entry(n int)\n"
        "RETURNS int AS $$\nBEGIN\n  INSERT INTO ledger VALUES (n);\nEND;\n$$ LANGUAGE plpgsql;\n\nSELECT *\nFROM ledger;\n",
        [("TABLE ledger",), ("FUNCTION add_entry",), ()],
    ),
    "a.sh": (
        "set -e\n\n# Deploys.\ndeploy() {\n  if true; then\n    echo a\n  fi\n}\n\ndeploy_all\n",
        [(), ("deploy()",), ()],
    ),
    "a.tf": (
        'resource "aws_s3_bucket" "ledger" {\n  bucket = "books"\n}\n\nvariable "x" {}\n',
        [("resource aws_s3_bucket ledger",), ("variable x",)],
    ),
    "a.toml": (
        '# top\ntitle = "Books"\n\n# lint\n[[tool.lint]]\nx = [\n  "a",\n]\n\n# loose\n\ny = 1\n\n[other]\nz = 2\n',
        [(), ("tool.lint",), ("other",)],
    ),
    "a.ini": ("a = 1\n[one]\n; comment\nb = 2\n[two]\nc = 3\n", [(), ("one",), ("two",)]),
    "a.css": ("/* colours */\n.a {\n  color: red;\n}\n\n.b {\n}\n", [()]),
}  # fmt: skip


@pytest.mark.parametrize("name", SOURCES)
def test_source_code_is_parted_at_its_definitions(read, name):
    source, expected = SOURCES[name]
    reading = read(name, source, chars=30)  # so that no two definitions share a passage
    found = [passage.headings for passage in reading.passages]
    assert [
        path for number, path in enumerate(found) if number == 0 or path != found[number - 1]
    ] == expected
    joined = "".join(passage.text for passage in reading.passages)
    assert "".join(joined.split()) == "".join(source.split())


@pytest.mark.parametrize(
    ("name", "source"),
    [
        ("a.rs", "/// Counts.\n#[derive(Debug)]\npub struct Months;"),
        ("a.java", "/**\n * Counts.\n */\n@Entity\nclass Months {}"),
        ("a.js", "/* Counts.\n\n   function not_this() */\nfunction months() {}"),
        ("a.cs", "[Serializable]\nclass Months {}"),
        ("a.c", "// Counts.\nstatic int\nmonths (int x)\n{\n}"),
        ("a.sql", "-- Counts.\nCREATE VIEW months AS\nSELECT *\nFROM ledger;"),
        ("a.lua", "--[[ Counts.\nfunction not_this()\n]]\nfunction months() end"),
        ("a.hs", "-- | Counts.\nmonths :: Int\nmonths = 1"),
        ("a.ex", '@doc "Counts"\ndef months(), do: 1'),
        ("a.ini", "; Counts.\n[months]\na = 1"),
    ],
)
def test_comments_and_annotations_go_with_their_definition(read, name, source):
    before, after = {
        "a.sql": ("SELECT 1;", "SELECT 2;"),
        "a.ini": ("[before]\na = 1", "[after]\na = 1"),
    }.get(name, ("x = 1", "y = 1"))
    assert source in read(name, f"{before}\n\n{source}\n\n{after}\n").texts


def test_two_definitions_never_share_a_passage(read):
    texts = read("a.go", "package a\n\nfunc One() {}\n\nfunc Two() {}\n").texts
    assert texts == ["package a", "func One() {}", "func Two() {}"]


def test_a_long_function_is_cut_between_its_lines(read):
    source = (
        "int main(void) {\n"
        + "".join(f'    call_number({number}, "a. b");\n' for number in range(90))
        + "}\n"
    )
    reading = read("a.c", source)
    assert len(reading.passages) > 3
    assert [line.strip() for text in reading.texts for line in text.split("\n")] == [
        line.strip() for line in source.strip().split("\n")
    ]
    assert {passage.headings for passage in reading.passages} == {("main()",)}


@pytest.mark.parametrize("name", ["a.min.js", "a.css", "a.py"])
def test_minified_code_is_refused(refusal, name):
    assert refusal(name, "x=1;" * 3000) == "minified or generated code"


def test_the_language_of_the_words_is_that_of_the_comments(read):
    assert (
        read(
            "a.go", "// 先算账，再定价，客户能省多少钱，先问清楚，别急着降价。\nvar x = 1\n"
        ).document.lang
        == "zh"
    )


# --- notebooks ------------------------------------------------------------------------------------


def notebook(*cells: dict, **metadata: object) -> str:
    return json.dumps(
        {"cells": list(cells), "metadata": metadata, "nbformat": 4, "nbformat_minor": 5}
    )


def markdown_cell(text: str) -> dict:
    return {"cell_type": "markdown", "metadata": {}, "source": text.splitlines(keepends=True)}


def code_cell(source: str, *outputs: dict) -> dict:
    return {"cell_type": "code", "metadata": {}, "source": source, "outputs": list(outputs)}


def stream(text: str | list[str], name: str = "stdout") -> dict:
    return {"output_type": "stream", "name": name, "text": text}


def result(**data: object) -> dict:
    return {
        "output_type": "execute_result",
        "data": {key.replace("_", "/"): value for key, value in data.items()},
    }


def test_each_cell_is_anchored_by_its_number(read):
    reading = read(
        "a.ipynb",
        notebook(
            markdown_cell("# Runway\n\nCount the months.\n\n## Costs\n\nServers."),
            code_cell("months = 7\nmonths", result(text_plain=["7"])),
            {"cell_type": "raw", "source": "先算账。"},
            markdown_cell("# Later"),
            code_cell(""),
            markdown_cell("Nothing else."),
        ),
    )
    assert labels(reading) == {
        "Count the months.": "cell 1",
        "Servers.": "cell 1",
        "months = 7\nmonths\n\n7": "cell 2",
        "先算账。": "cell 3",
        "Nothing else.": "cell 6",
    }
    assert list(paths(reading).values()) == [
        ("Runway",),
        ("Runway", "Costs"),
        ("Runway", "Costs"),
        ("Runway", "Costs"),
        ("Later",),
    ]
    assert {passage.anchor.type for passage in reading.passages} == {"page"}


def test_a_notebook_says_what_it_is_about(read):
    kernel = {
        "kernelspec": {"language": "Julia", "name": "julia-1.9"},
        "authors": [{"name": "Ines"}, {"name": "Jo"}],
    }
    document = read(
        "a.ipynb", notebook(markdown_cell("# Runway\n\nCount."), title="Books", **kernel)
    ).document
    assert (document.title, document.meta) == ("Books", {"code": "julia", "author": ["Ines", "Jo"]})
    assert read("a.ipynb", notebook(markdown_cell("# Runway\n\nCount."))).document.title == "Runway"


def test_short_outputs_are_kept_as_they_were_seen(read):
    said = read(
        "a.ipynb",
        notebook(
            code_cell(
                "run()",
                stream(["\x1b[31mMonths"]),
                stream([" left\x1b[0m\n"]),
                stream("10%\r50%\r100%\n", "stderr"),
                result(text_plain="7", text_html="<b>7</b>"),
            )
        ),
    ).texts
    assert said == ["run()\n\nMonths left\n\n100%\n\n7"]


@pytest.mark.parametrize(
    "output",
    [
        stream("months " * 300),
        {
            "output_type": "error",
            "ename": "ValueError",
            "evalue": "months",
            "traceback": ["months"],
        },
        result(text_plain="<Figure of months>", image_png="aGk="),
    ],
    ids=["long", "error", "picture"],
)
def test_other_outputs_are_left_out(read, output):
    assert read("a.ipynb", notebook(code_cell("run()", output))).texts == ["run()"]


def test_a_notebook_of_the_third_format(read):
    cells = [
        {"cell_type": "heading", "level": 1, "source": ["Runway"]},
        {"cell_type": "markdown", "source": "Count."},
        {
            "cell_type": "code",
            "language": "python",
            "input": ["months = 7"],
            "outputs": [
                {"output_type": "pyout", "text": ["7"]},
                {"output_type": "pyerr", "traceback": ["no"]},
            ],
        },
    ]
    reading = read(
        "a.ipynb", json.dumps({"metadata": {}, "nbformat": 3, "worksheets": [{"cells": cells}]})
    )
    assert labels(reading) == {"Count.": "cell 2", "months = 7\n\n7": "cell 3"}
    assert {passage.headings for passage in reading.passages} == {("Runway",)}
    assert reading.document.meta == {"code": "python"}


@pytest.mark.parametrize(
    "text", ["{}", "[1]", '{"cells": []}', '{"cells": "x"}', '{"worksheets": [1, {}]}']
)
def test_other_json_is_no_notebook(refusal, text):
    assert refusal("a.ipynb", text) == "not a notebook: no cells in it"


def test_broken_notebooks_are_refused(refusal):
    assert refusal("a.ipynb", '{"cells": [').startswith("malformed JSON at line 1")
    assert refusal("a.ipynb", "[" * 100_000) == "too deeply nested"
    assert refusal("a.ipynb", notebook(code_cell(""))) == "no text in it"


def test_cells_of_odd_shapes_are_passed_over(read):
    odd = [
        1,
        None,
        {},
        {"cell_type": "code", "source": 3, "outputs": {"a": 1}},
        {"cell_type": "code", "outputs": [1, {}]},
    ]
    assert labels(read("a.ipynb", notebook(*odd, markdown_cell("Count.\r\n\r\nMonths.")))) == {
        "Count.\n\nMonths.": "cell 6"
    }


# --- exports of Yuque ------------------------------------------------------------------------------

YUQUE = """\
<a name="WjDkE"></a>
# {0}
{1}
<a name="QagEf"></a>
# **<font style="color:rgb(38, 38, 38);">{2}</font>**
:::info
{3}
:::
"""
PICTURE = "![image.png](https://cdn.nlark.com/yuque/0/2023/png/1/2-a.png#from=paste&id=u1&title=)"


@pytest.mark.parametrize(
    ("name", "parts"),
    [
        ("场地手册", ("前言", "押金五百元。", "预约", "提前三天。")),
        ("Venue guide", ("Foreword", "The deposit is 500.", "Booking", "Three days ahead.")),
    ],
)
def test_a_document_of_yuque_is_called_after_its_file(read, name, parts):
    reading = read(f"{name}.md", YUQUE.format(*parts))
    assert reading.document.title == name
    assert [passage.headings for passage in reading.passages] == [(parts[0],), (parts[2],)]


@pytest.mark.parametrize(
    ("text", "title"),
    [
        (f"# 押金\n五百元。\n\n# 预约\n{PICTURE}\n提前三天。\n", "手册"),
        (f"## 押金\n五百元。\n{PICTURE}\n", "手册"),
        (f"# 场地\n## 押金\n五百元。\n{PICTURE}\n", "场地"),
        ("# 押金\n五百元。\n\n# 预约\n提前三天。\n", "押金"),
    ],
)
def test_only_yuques_first_heading_is_no_title(read, text, title):
    assert read("手册.md", text).document.title == title


# --- MDX ------------------------------------------------------------------------------------------


def test_imports_and_exports_of_mdx_are_left_out(read):
    text = (
        "import { Card } from '@example/ui';\nimport {\n  Tab,\n} from \"tabs\"\n\nexport const months = 7\n\n"
        "Count the months.\n\nimport './late.css'\n\nexport default Layout\n\nThen the weeks.\n"
    )
    assert labels(read("a.mdx", text)) == {"Count the months.": "L8", "Then the weeks.": "L14"}


@pytest.mark.parametrize(
    ("text", "kept"),
    [
        ("import data from Notion, as we do.", "import data from Notion, as we do."),
        ("export your notes first.", "export your notes first."),
        (
            "export const Note = () => {\n  return months\n}",
            "export const Note = () => {\n  return months\n}",
        ),
        ("import a from 'b'\nCount the months.", "Count the months."),
    ],
)
def test_words_in_mdx_are_kept(read, text, kept):
    assert read("a.mdx", text).texts == [kept]


def test_imports_outside_of_mdx_are_text(read):
    assert "import" in read("a.md", "import a from 'b'\n\nCount the months.").texts[0]


def test_tags_of_mdx_around_text_stay_and_those_alone_go(read):
    text = '<Steps>\n\n<Step title="Books">\n\nCount <b>the</b> months.\n\n</Step>\n\n</Steps>'
    assert read("a.mdx", text).texts == ['<Step title="Books">\n\nCount <b>the</b> months.']
