"""What is read of web pages, FAQ in HTML, EPUB books and e-mail, and what is said about those that can't be read."""

from __future__ import annotations

import io
import zipfile
from contextlib import suppress
from email.message import EmailMessage

import pytest

from ingest.parsed import Unreadable
from ingest.readers import epub


def whole(reading) -> str:
    """All of the text that was read."""
    return "\n\n".join(reading.texts)


def page(body: str, head: str = "") -> str:
    return f"<!doctype html><html><head>{head}</head><body>{body}</body></html>"


# --- web pages --------------------------------------------------------------------------------------------------------

ARTICLE = """\
<!DOCTYPE html>
<html lang="en-GB">
<head>
<meta charset="utf-8">
<title>Counting runway | Founders' Notes</title>
<meta name="author" content="Ines Valcourt">
<meta property="article:published_time" content="2026-02-19">
<link rel="canonical" href="https://example.org/runway">
<meta name="description" content="How long the cash lasts">
<script>var hidden = "<p>not text</p>";</script>
<style>p { color: red }</style>
</head>
<body class="has-sidebar">
<header><a href="/">Founders' Notes</a></header>
<nav><ul><li><a href="/a">Pricing</a></li><li><a href="/b">Hiring</a></li></ul></nav>
<main>
<h1>Counting runway</h1>
<p>Count the <b>months</b> of cash,
then count the weeks &amp; days.</p>
<h2>先算账</h2>
<p>先算账，
再定价。</p>
<ul>
<li>One thing
<li>Another <a href="/c">thing</a>
</ul>
</main>
<aside>Subscribe now</aside>
<footer>Copyright by nobody</footer>
</body>
</html>
"""


def test_the_main_text_of_a_page_is_read_under_its_headings(read):
    assert [(passage.headings, passage.text) for passage in read("a.html", ARTICLE).passages] == [
        (("Counting runway",), "Count the months of cash, then count the weeks & days."),
        (("Counting runway", "先算账"), "先算账，再定价。\n\nOne thing\n\nAnother thing"),
    ]


def test_what_a_page_says_about_itself_becomes_title_language_and_metadata(read):
    document = read("a.html", ARTICLE).document
    assert (document.title, document.lang, document.kind) == ("Counting runway", "en", "doc")
    assert document.meta == {
        "author": "Ines Valcourt",
        "date": "2026-02-19",
        "url": "https://example.org/runway",
        "description": "How long the cash lasts",
    }


def test_anchors_are_lines_of_the_source(read):
    assert [passage.anchor.label for passage in read("a.html", ARTICLE).passages] == ["L18–19", "L21–25"]


@pytest.mark.parametrize("ending", [".html", ".htm", ".xhtml", ".HTML"])
def test_endings(read, ending):
    assert read(f"a{ending}", page("<p>Count months.</p>")).texts == ["Count months."]


@pytest.mark.parametrize("encoding", ["utf-8-sig", "gb18030", "utf-16"])
def test_encodings(read, encoding):
    assert read("a.html", page("<p>先算账，再定价。客户能省多少钱？</p>").encode(encoding)).texts == [
        "先算账，再定价。客户能省多少钱？"
    ]


@pytest.mark.parametrize(
    ("head", "body", "title"),
    [
        ("<title>Runway | Notes</title>", "<h1>Runway</h1><p>a b", "Runway"),
        ("<title>Notes</title>", "<h1>Runway</h1><p>a b", "Notes"),
        ("<title>Runway | Notes</title>", "<h1>Runway</h1><h1>Notes</h1><p>a b", "Runway | Notes"),
        ("<title>R</title><meta property='og:title' content='Runway&amp;c'>", "<p>a b", "Runway&c"),
        ("", "<h1>跑道<br>Runway</h1><p>a b", "跑道 Runway"),
        ("<title>\n Run\n way </title><title>No</title>", "<svg><title>Icon</title></svg><p>a b", "Run way"),
        (f"<title>{'long ' * 100}</title>", "<p>a b", "long " * 60),
        ("", "<p>a b", "page"),
    ],
)
def test_titles(read, head, body, title):
    assert read("page.html", page(body, head)).document.title == title


@pytest.mark.parametrize(
    ("head", "meta"),
    [
        ("<meta name=date content=2026-05-01>", {"date": "2026-05-01"}),
        ("<meta name='DC.creator' content='苏禾'>", {"author": "苏禾"}),
        ("<meta property='article:author' content='https://example.org/ines'>", {}),
        ("<meta property='og:url' content='https://example.org/a'>", {"url": "https://example.org/a"}),
        ("<meta name=author content=' '><meta name=viewport content=x>", {}),
    ],
)
def test_metadata(read, head, meta):
    assert read("a.html", page("<p>Count months.", head)).document.meta == meta


@pytest.mark.parametrize(("attribute", "lang"), [("lang=de-AT", "de"), ("xml:lang=fr", "fr"), ("lang=''", "en")])
def test_the_language_of_a_page(read, attribute, lang):
    assert read("a.html", f"<html {attribute}><p>Count months.").document.lang == lang


def test_the_first_time_element_is_a_date(read):
    body = "<p>Count months. <time datetime=2026-05-01>1 May</time> <time datetime=2026-06-01>1 June</time>"
    assert read("a.html", page(body)).document.meta == {"date": "2026-05-01"}


@pytest.mark.parametrize(
    "markup",
    [
        "<script>LOST</script>",
        "<style>LOST</style>",
        "<template><p>LOST</p></template>",
        "<noscript><p>LOST</p></noscript>",
        "<svg><text>LOST</text></svg>",
        "<math><annotation>LOST</annotation></math>",
        "<iframe>LOST</iframe>",
        "<object><p>LOST</p></object>",
        "<select><option>LOST<option>LOST</select>",
        "<button>LOST</button>",
        "<textarea>LOST</textarea>",
        "<input value=LOST>",
        "<img alt=LOST>",
        "<!-- LOST -->",
        "<![if !mso]><![endif]>",
        "<nav>LOST</nav>",
        "<aside><p>LOST</p></aside>",
        "<header><p>LOST</p></header>",
        "<footer><p>LOST</p></footer>",
        "<dialog>LOST</dialog>",
        "<div role=navigation>LOST</div>",
        "<div role=banner>LOST</div>",
        "<div role=contentinfo>LOST</div>",
        "<div role=complementary>LOST</div>",
        "<form role=search>LOST</form>",
        "<div role=dialog>LOST</div>",
        "<div class='site navbar'>LOST</div>",
        "<ul class=nav-menu><li>LOST</ul>",
        "<div id=leftSidebar>LOST</div>",
        "<p class=breadcrumb>LOST</p>",
        "<div id=cookie-banner>LOST</div>",
        "<div class=page_footer>LOST</div>",
        "<div class=share>LOST</div>",
        "<div class=pagination>LOST</div>",
        "<div id=toc>LOST</div>",
        f"<div class=menu>{'A dish of it. <a href=x>LOST dish of the day</a> ' * 100}</div>",
        "<p hidden>LOST</p>",
        "<div aria-hidden=true><p>LOST</div>",
        "<p style='color:red; display : NONE'>LOST</p>",
        "<p>Some <span hidden>LOST <span>LOST</span> LOST<br>LOST</span>words.",
        "<p>Some <a class=headerlink href=#x>LOST</a>words.",
        "<ul><li><a href=a>LOST</a><li><a href=b>LOST</a></ul>",
        "<div><a href=a>LOST</a> · <a href=b>LOST</a></div>",
        "<article><header>LOST</header><p>Kept.</article>",
    ],
)
@pytest.mark.parametrize("side", ["before", "after"])
def test_what_is_no_main_text_is_left_out(read, markup, side):
    kept = "<p>Count the months of cash, then count the weeks.</p>"
    text = whole(read("a.html", page(markup + kept if side == "before" else kept + markup)))
    assert "LOST" not in text
    assert "Count the months of cash, then count the weeks." in text


@pytest.mark.parametrize(
    "markup",
    [
        "<div class='content has-sidebar with-menu'>KEPT</div>",
        "<article class='post category-menu'><p>KEPT</article>",
        "<section id=pagination><h2>Pagination</h2><p>KEPT</section>",
        "<div class=section id=menus><p>KEPT</div>",
        f"<div class=menu><p>{'A dish of the day, at a price. ' * 40}KEPT</div>",
        "<article><header><h1>KEPT</h1>by Ines</header></article>",
        "<main><footer><h2>Notes</h2>KEPT</footer></main>",
        "<main><aside class='admonition warning'>KEPT</aside></main>",
        "<aside role=note>KEPT</aside>",
        "<p><a href=a>KEPT</a>",
        "<p>These are:</p><ul><li><a href=a>One</a><li><a href=a>KEPT</a></ul>",
        "<table><tr><td><a href=a>KEPT</a><td><a href=b>too</a></table>",
        "<h2><button>KEPT</button></h2><p>text",
        "<button class=accordion>KEPT</button><p>text",
        "<div role=tabpanel aria-hidden=true>KEPT</div>",
        "<div hidden=until-found>KEPT</div>",
        "<details><summary>More</summary><div style=display:none>KEPT</div></details>",
        "<form><label>KEPT</label><input></form>",
        "<fieldset><legend>KEPT</legend></fieldset>",
        "<custom-element>KEPT</custom-element>",
        "<div/>KEPT",
        "<nav>a</nav>KEPT",
        "<svg/>KEPT",
        "<p>a &notanentity; KEPT",
        "<p>1 < 2 KEPT",
        "<p>a</p></div></section>KEPT",
    ],
)
def test_what_only_looks_left_out_is_kept(read, markup):
    reading = read("a.html", page("<p>Count months.</p>" + markup))
    assert "KEPT" in whole(reading) or any("KEPT" in passage.headings for passage in reading.passages)


def test_where_there_is_a_main_element_only_that_is_read(read):
    body = "<div>Before it all.</div><div class=sidebar><main><p>Count months.</main></div><p>After.</p>"
    assert read("a.html", page(body)).texts == ["Count months."]


def test_role_main_counts_as_main(read):
    assert read("a.html", page("<p>Before.<div role=main><p>Count months.</div>")).texts == ["Count months."]


def test_a_main_element_that_holds_next_to_nothing_is_not_believed(read):
    text = whole(read("a.html", page(f"<main><p>Hello.</main><p>{'Count the months. ' * 20}</p>")))
    assert "Hello." in text
    assert "Count the months." in text


def test_the_only_article_is_read_if_most_of_the_text_is_in_it(read):
    body = f"<p>Beside.</p><article><h1>Runway</h1><p>{'Count the months. ' * 5}</p></article>"
    assert "Beside" not in whole(read("a.html", page(body)))


@pytest.mark.parametrize(
    "body",
    [
        "<p>Beside.</p><article><p>One of many.</article><article><p>Another of many.</article>",
        f"<p>Beside.</p><article><p>Short.</article><p>{'Long. ' * 20}</p>",
    ],
)
def test_articles_that_are_only_a_part_of_the_page_leave_the_rest_in(read, body):
    assert "Beside." in whole(read("a.html", page(body)))


@pytest.mark.parametrize(
    "body",
    [
        "<ul><li><a href=a>KEPT</a></ul>",
        "<nav>KEPT</nav>",
        "<div hidden><p>KEPT</div>",
        "<h1>Title</h1><div class=menu>KEPT</div>",
        "<h1>KEPT</h1><h2>Too</h2>",
        "KEPT",
    ],
)
def test_where_nothing_else_is_what_there_is_is_read(read, body):
    reading = read("a.html", page(body))
    assert "KEPT" in whole(reading) or all(passage.headings == ("KEPT",) for passage in reading.passages)


@pytest.mark.parametrize(
    "content", [page(""), page("<script>a b c</script>"), "<!-- all of it", "<p>···</p>", "<title>T"]
)
def test_a_page_without_text_is_refused(refusal, content):
    assert refusal("a.html", content) == "no text in it"


@pytest.mark.parametrize(
    ("markup", "text"),
    [
        ("a  b\n\t c", "a b c"),
        (" a <b> b </b> c ", "a b c"),
        ("先算账，\n  再定价", "先算账，再定价"),
        ("他说：\n“先算账”", "他说：“先算账”"),
        ("先算账 再定价", "先算账 再定价"),
        ("先算账\nthen price", "先算账 then price"),
        ("先<b>算</b><i>账</i>", "先算账"),
        ("a&nbsp;&nbsp;b&#160;", "a b"),
        ("　　缩进&emsp;", "缩进"),
        ("exam&shy;ple zero\u200bwidth un<wbr>broken", "example zerowidth unbroken"),
        ("a<br>b<br/>\nc</br>d", "a\nb\nc\nd"),
        ("a<img src=x>b 中<img src=x>文", "a b 中文"),
        ("<a href=a>One</a><a href=b>Two</a>", "One Two"),
        ("<a href=a>price</a>s and mid<a id=p1></a>word", "prices and midword"),
        ("foo<span hidden>x<br>y</span>bar", "foobar"),
        ("10<sup>6</sup> m<sup>2</sup> H<sub>2</sub>O 1<sup>st</sup>", "10^6 m2 H2O 1st"),
        ("note<sup><a href=#f>3</a></sup>.", "note 3."),
        ("&lt;b&gt; &amp;amp; &copy; &#x4E2D;&#25991; &eacute &mdash;", "<b> &amp; © 中文 é —"),
        ("a\x01b\x0cc", "a b c"),
        ("C# & F#", "C# & F#"),
        ("<ruby>汉<rp>(</rp><rt>hàn</rt><rp>)</rp></ruby>", "汉(hàn)"),
    ],
)
def test_white_space_and_references_are_shown_as_browsers_do(read, markup, text):
    assert read("a.html", page(f"<p>first words</p><p>{markup}</p>")).texts == [f"first words\n\n{text}"]


@pytest.mark.parametrize(
    ("markup", "blocks"),
    [
        ("<p>a<p>b", ["a", "b"]),
        ("<div>a<p>b</p>c</div>", ["a", "b", "c"]),
        ("a<br><br>b<br> <br>c", ["a", "b", "c"]),
        ("a<hr>b", ["a", "b"]),
        ("<ul><li>a<li>b<ul><li>c</ul>d<li>e</ul>", ["a", "b", "c", "d", "e"]),
        ("<ol><li><p>a</p><p>b</p></li></ol>", ["a", "b"]),
        ("<blockquote>a<cite>b</cite></blockquote>c", ["ab", "c"]),
        ("<figure><img src=x><figcaption>a</figcaption></figure>b", ["a", "b"]),
        ("<dl><dt>a<dt>b<dd>c<dd>d<dt>e<dd>f</dl>", ["a\nb\nc", "d", "e\nf"]),
        ("<details><summary>a</summary><p>b</p><p>c</p></details>", ["a\nb", "c"]),
        ("<pre>\n  a\n    b &lt;c&gt;\n\n  d  \n</pre>e", ["a\n    b <c>\n\n  d", "e"]),
        ("<pre>a<br>b<b>c</b></pre>", ["a\nbc"]),
        ("<div><table><tr><td>a</div>b<td>c</table></div>", ["a\nb | c"]),
        ("<address>a</address><center>b</center>", ["a", "b"]),
        ("<a href=x><div>a</div><div>b c d e f g h i j k l</div></a>", ["a", "b c d e f g h i j k l"]),
    ],
)
def test_blocks(read, markup, blocks):
    assert read("a.html", page(f"<article>{markup}</article>")).texts == ["\n\n".join(blocks)]


@pytest.mark.parametrize(
    ("markup", "rows"),
    [
        ("<tr><td>a</td><td>b</td></tr><tr><td>c<td>d", ["a | b", "c | d"]),
        ("<tr><th>Plan<th>Price<tr><td>Free<td>0<tr><td>Pro<td>9", ["Plan: Free | Price: 0", "Plan: Pro | Price: 9"]),
        ("<thead><tr><td>方案<td>价格：<tbody><tr><td>免费<td>零", ["方案: 免费 | 价格: 零"]),
        ("<tr><th>Plan<th>Price<tr><td>Free<td>", ["Plan | Price", "Plan: Free"]),
        ("<tr><th>Plan<th>Price<tr><td>a<td>b<td>c", ["Plan | Price", "a | b | c"]),
        ("<tr><th>Plan<th>Price", ["Plan | Price"]),
        ("<tr><th>Founded<td>2026<tr><th>Where<td>Here", ["Founded | 2026", "Where | Here"]),
        ("<tr><th>A<th colspan=2>B<tr><td>1<td>2<td>3", ["A: 1 | B: 2 | B: 3"]),
        ("<tr><th>A<th>B<tr><td rowspan=2>1<td>2<tr><td>3", ["A: 1 | B: 2", "B: 3"]),
        ("<tr><th rowspan=2>A<th colspan=2>B<tr><th>C<th>D<tr><td>1<td>2<td>3", ["A | B", "A: 1 | C: 2 | D: 3"]),
        (f"<tr><th>{'long ' * 20}<th>B<tr><td>1<td>2", [f"{('long ' * 20).strip()} | B", "1 | 2"]),
        ("<caption>Plans</caption><tr><td>a<td>b", ["Plans", "a | b"]),
        ("<tr><td><p>a</p><p>b</p><td><ul><li>c<li>d</ul>", ["a\nb | c\nd"]),
        ("<tr><td>a<td hidden>x<td>b", ["a | b"]),
        ("<tr><td><td>b<td>&nbsp;", ["b"]),
        ("<tr><td>a<td><table><tr><td>b<td>c</table>", ["a", "b | c"]),
        ("<tr><td>a</div></p>b<td>c", ["a\nb | c"]),
        ("<td>a<td>b", ["a", "b"]),
    ],
)
def test_tables_are_read_row_by_row_with_what_their_header_says(read, markup, rows):
    assert read("a.html", page(f"<p>Before.<table>{markup}</table>After.")).texts == [
        "\n\n".join(["Before.", *rows, "After."])
    ]


def test_a_table_that_lays_out_a_page_is_read_as_that_page(read):
    body = "<table><tr><td>Left<td><h1>Runway</h1><p>Count months.<p>Count weeks.</table>"
    assert [(p.headings, p.text) for p in read("a.html", page(body)).passages] == [
        ((), "Left"),
        (("Runway",), "Count months.\n\nCount weeks."),
    ]


@pytest.mark.parametrize(
    "markup",
    [
        "<h1>A</h1>one<h3>B</h3>two<h2>C</h2>three",
        "<p><h1>A</h1>one</p><div><h3>B</div>two<section><h2>C¶</h2><p>three</section>",
        "<h1>A<p>one<h3>B<p>two<h2>C<p>three",
        "<h1><p>A</p></h1>one<h3><div>B</div></h3>two<h2>C</h3>three",
    ],
)
def test_headings(read, markup):
    assert [(p.headings, p.text) for p in read("a.html", page(markup)).passages] == [
        (("A",), "one"),
        (("A", "B"), "two"),
        (("A", "C"), "three"),
    ]


def test_a_heading_above_nothing_is_text_and_one_above_something_left_out_is_not(read):
    body = "<h1>A</h1><h2>Start free</h2><h2>Pay later</h2><p>Or never.<h2>More</h2><ul><li><a href=x>Links</a></ul>"
    assert [(p.headings, p.text) for p in read("a.html", page(body)).passages] == [
        (("A",), "Start free"),
        (("A", "Pay later"), "Or never."),
    ]


@pytest.mark.parametrize("after", ["</main><p>Outside.", "</main><footer>No.</footer>", "<nav>No.</nav>"])
def test_a_heading_at_the_end_of_the_main_text_is_text(read, after):
    body = f"<main><h1>A</h1><p>Count months.<h2>Write to us</h2>{after}"
    assert read("a.html", page(body)).texts == ["Count months.\n\nWrite to us"]


def test_a_heading_of_many_words_is_a_paragraph(read):
    passage = read("a.html", page(f"<h1>{'Count the months. ' * 30}</h1><p>Then the weeks.")).passages[0]
    assert passage.headings == ()
    assert passage.text.startswith("Count the months.")


def test_each_line_of_a_passage_has_its_own_place(read):
    (passage,) = read("a.html", "<p>one\n two &amp;\nthree<!--\n\n-->four</p>\n<p>five</p>").passages
    assert passage.text == "one two & threefour\n\nfive"
    assert passage.places == ((0, 1, 1), (4, 2, 2), (10, 3, 3), (15, 5, 5), (21, 6, 6))


def test_a_reference_of_thousands_of_digits_stays_as_it_is(read):
    assert whole(read("a.html", page(f"<p>Months &#{'9' * 5000};"))).startswith("Months &#999")


@pytest.mark.parametrize(
    "hostile",
    """<!--|<a |<a b='|<a b="|</a |<?|<!|<![CDATA[|<![x[|&#|<a/|<div>|<table>|<td>|<table><tr><td>a|<nav>|</p>|<li>|<dl><dt>
    |<svg>|<b></i>|<script>|<script></script """.split("|"),
)
def test_a_page_that_never_ends_what_it_begins_is_read_up_to_there(read, hostile):
    assert "Count months." in whole(read("a.html", page("<p>Count months.</p>" + hostile * 3000)))


def test_a_page_of_the_web_is_read_as_its_article(shared, read_file):
    folder = shared / "nasty/markitdown/markitdown/tests/test_files"
    blog = read_file(folder / "test_blog.html")
    assert blog.document.title.startswith("Does Model and Inference Parameter Matter in LLM Applications?")
    assert blog.document.meta["date"].startswith("2023-04-21")
    text = whole(blog)
    assert text.index("Large language models (LLMs) are powerful tools") < text.index("We use AutoGen to select")
    assert "temperature: The parameter that controls the randomness of the output text." in text
    assert "Skip to main content" not in text
    wiki = read_file(folder / "test_wikipedia.html")
    assert wiki.document.title == "Microsoft"
    assert ("Microsoft", "History", "1972–1985: Founding") in {passage.headings for passage in wiki.passages}
    assert "As of 2015, Microsoft is market-dominant" in whole(wiki)
    assert not any(lost in whole(wiki) for lost in ("Jump to content", "Create account", "[edit]", "Toggle", "{{"))


# --- FAQ in HTML ------------------------------------------------------------------------------------------------------

FAQ = """\
<title>Help</title>
<h1>Help</h1>
<p>Ask us anything.</p>
<h2>Money</h2>
<details id="runway"><summary>What is runway?</summary>
<p>Months of cash.</p>
<ul><li>Count them twice.</ul></details>
<details><summary><h3>怎么定价？</h3></summary>先算账，
再定价。</details>
<p>That is all.</p>
"""
TERMS = """\
<dl>
<dt id=a>What is runway?<dd>Months of cash.<dd>Count them twice.
<dt>How do I price?<dt>怎么定价？<dd><div style="display:none">先算账。</div>
</dl>
"""
HEADED = """\
<h1>常见问题</h1>
<p>Intro.</p>
<h2 id=q>What is runway?</h2><p>Months of cash.</p><h3>Example</h3><p>Nine of them.</p><p>Or ten.</p>
<h2>About us</h2><p>Nobody.</p>
<h2>怎么定价？</h2><p>先算账。</p>
"""


def entries(reading) -> list[tuple[str | None, tuple[str, ...], str]]:
    return [(passage.anchor.entry, passage.headings, passage.text) for passage in reading.passages]


def test_details_are_entries(read):
    reading = read("help.html", FAQ)
    assert reading.document.kind == "faq"
    assert entries(reading) == [
        (None, ("Help",), "Ask us anything."),
        ("runway", ("Help", "Money", "What is runway?"), "What is runway?\nMonths of cash.\nCount them twice."),
        ("2", ("Help", "Money", "怎么定价？"), "怎么定价？\n先算账，再定价。"),
        (None, ("Help", "Money"), "That is all."),
    ]
    assert [passage.anchor.label for passage in reading.passages] == ["L3", "#runway · L5–7", "#2 · L8–9", "L10"]


def test_terms_are_entries(read):
    assert entries(read("help.html", TERMS)) == [
        ("a", ("What is runway?",), "What is runway?\nMonths of cash.\nCount them twice."),
        ("2", ("How do I price? 怎么定价？",), "How do I price? 怎么定价？\n先算账。"),
    ]


@pytest.mark.parametrize(
    ("name", "content"),
    [("faq.html", HEADED.replace("常见问题", "Help")), ("a.html", f"<title>Help</title>{HEADED}")],
)
def test_headings_that_ask_are_entries_of_a_page_called_faq(read, name, content):
    assert [(entry, text) for entry, _, text in entries(read(name, content))] == [
        (None, "Intro."),
        ("q", "What is runway?\nMonths of cash.\nExample\nNine of them.\nOr ten."),
        (None, "Nobody."),
        ("2", "怎么定价？\n先算账。"),
    ]


def test_an_entry_within_an_entry_is_its_own(read):
    content = "<details><summary>One?</summary>a<details><summary>Two?</summary>b</details>c</details>"
    assert [text for _, _, text in entries(read("a.html", content))] == ["One?\na\nc", "Two?\nb"]


def test_a_question_without_an_answer_stays_text(read):
    content = FAQ + "<details><summary>Anything else?</summary></details>"
    assert entries(read("a.html", content))[-1] == (None, ("Help", "Money"), "That is all.\n\nAnything else?")


@pytest.mark.parametrize(
    "content",
    [
        "<details><summary>More?</summary>Only one of them.</details>",
        "<dl><dt>Coffee<dd>Hot<dt>Milk<dd>Cold<dt>Tea?<dd>Maybe</dl>",
        HEADED.replace("常见问题", "Help"),
        "<h1>FAQ</h1><p>There are no questions yet.</p>",
    ],
)
def test_other_pages_are_no_faq(read, content):
    assert read("a.html", content).document.kind == "doc"


def test_whatever_is_asked_and_answered_counts_if_a_faq_is_asked_for(read):
    content = "<dl><dt>Coffee<dd>Hot</dl>"
    assert entries(read("a.html", content, kind="faq")) == [("1", ("Coffee",), "Coffee\nHot")]


def test_a_page_without_questions_is_no_faq(refusal):
    assert refusal("a.html", "<p>Count months.</p>", kind="faq") == "no questions found in it"


# --- EPUB -------------------------------------------------------------------------------------------------------------

CONTAINER = '<container><rootfiles><rootfile full-path="OEBPS/book.opf"/></rootfiles></container>'
PACKAGE = """\
<?xml version="1.0" encoding="utf-8"?>
<package xmlns="http://www.idpf.org/2007/opf"><metadata xmlns:dc="http://purl.org/dc/elements/1.1/">
<dc:title>Counting Runway</dc:title><dc:creator>Ines Valcourt</dc:creator><dc:creator>苏禾</dc:creator>
<dc:language>en</dc:language><dc:date>2026-05-01</dc:date>
<dc:identifier>urn:isbn:000</dc:identifier><dc:source>https://example.org/book</dc:source></metadata>
<manifest>
<item id="n" href="nav.xhtml" properties="nav" media-type="application/xhtml+xml"/>
<item id="a" href="text/one%20a.xhtml" media-type="application/xhtml+xml"/>
<item id="b" href="text/two.xhtml#start" media-type="application/xhtml+xml"/>
<item id="c" href="style.css" media-type="text/css"/>
<item id="m" href="missing.xhtml" media-type="application/xhtml+xml"/>
</manifest>
<spine><itemref idref="n"/><itemref idref="b"/><itemref idref="a"/><itemref idref="b"/><itemref idref="c"/>
<itemref idref="m"/><itemref idref="x"/></spine></package>
"""
ONE = """<?xml version="1.0"?>
<html xmlns="http://www.w3.org/1999/xhtml"><head><title/><script src="a.js"/></head>
<body><h1>One</h1>
<p>Count the <a id="p1"/>months.</p>
<aside>A note of the author.</aside><p class="footer"><a href="#p1">Back.</a></p></body></html>
"""
TWO = "<html><body><h1>二</h1>\n<p>先算账，\n再定价。</p></body></html>"
FONTS = "http://www.idpf.org/2008/embedding"
CIPHER = "http://www.w3.org/2001/04/xmlenc#aes128-cbc"


def book(**changes: str | bytes | None) -> bytes:
    """An EPUB; `changes` replace files, or (None) take them away."""
    files: dict[str, str | bytes | None] = {
        "mimetype": "application/epub+zip",
        "META-INF/container.xml": CONTAINER,
        "OEBPS/book.opf": PACKAGE,
        "OEBPS/nav.xhtml": "<nav>Contents</nav>",
        "OEBPS/style.css": "p { color: red }",
        "OEBPS/text/one a.xhtml": ONE,
        "OEBPS/text/two.xhtml": TWO,
    }
    names = {"container": "META-INF/container.xml", "opf": "OEBPS/book.opf", "one": "OEBPS/text/one a.xhtml"}
    files.update({names.get(name, name): content for name, content in changes.items()})
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in files.items():
            if content is not None:
                archive.writestr(name, content)
    return packed.getvalue()


def encryption(method: str) -> str:
    return f'<encryption xmlns:e="urn:e"><e:EncryptedData><e:EncryptionMethod Algorithm="{method}"/></e:EncryptedData></encryption>'


def test_a_book_is_read_in_the_order_of_its_spine(read):
    reading = read("a.epub", book())
    assert [(p.headings, p.anchor.label, p.text) for p in reading.passages] == [
        (("二",), "OEBPS/text/two.xhtml · L2–3", "先算账，再定价。"),
        (("One",), "OEBPS/text/one a.xhtml · L4–5", "Count the months.\n\nA note of the author.\n\nBack."),
    ]


def test_a_book_says_its_title_language_and_metadata(read):
    document = read("a.epub", book()).document
    assert (document.title, document.lang, document.kind) == ("Counting Runway", "en", "doc")
    assert document.meta == {
        "author": ["Ines Valcourt", "苏禾"],
        "date": "2026-05-01",
        "identifier": "urn:isbn:000",
        "url": "https://example.org/book",
    }


@pytest.mark.parametrize("container", [None, "<container", CONTAINER.replace("book", "other")])
def test_a_package_is_found_without_being_named(read, container):
    assert read("a.epub", book(container=container)).document.title == "Counting Runway"


@pytest.mark.parametrize(
    "package",
    [
        None,
        PACKAGE.replace("<manifest>", "<manifest"),
        '<!DOCTYPE p [<!ENTITY a "b">]><package><spine>&a;</spine></package>',
        "<package><manifest/><spine/></package>",
        PACKAGE.replace("text/", "../../"),
    ],
)
def test_a_book_that_does_not_say_what_is_in_it_is_read_in_order_of_names(read, package):
    pages = {"OEBPS/text/10.html": "<p>Ten.", "OEBPS/text/2.html": "<p>Two.", "OEBPS/nav.xhtml": None}
    assert [passage.anchor.part for passage in read("a.epub", book(opf=package, **pages)).passages] == [
        "OEBPS/text/2.html",
        "OEBPS/text/10.html",
        "OEBPS/text/one a.xhtml",
        "OEBPS/text/two.xhtml",
    ]


def test_a_package_that_declares_entities_is_not_believed(read):
    bomb = PACKAGE.replace("<package", '<!DOCTYPE package [<!ENTITY a "b">]><package').replace("Runway<", "&a;<")
    assert read("book.epub", book(opf=bomb)).document.title == "book"


def test_tables_of_contents_are_no_pages(read):
    guide = '<guide><reference type="toc" href="text/two.xhtml"/></guide></package>'
    reading = read("a.epub", book(opf=PACKAGE.replace("</package>", guide)))
    assert {passage.anchor.part for passage in reading.passages} == {"OEBPS/text/one a.xhtml"}


def test_a_book_encrypted_against_copying_is_refused(refusal):
    assert refusal("a.epub", book(**{"META-INF/encryption.xml": encryption(CIPHER)})) == "a copy-protected EPUB"


def test_a_book_of_which_only_fonts_are_encrypted_is_read(read):
    assert read("a.epub", book(**{"META-INF/encryption.xml": encryption(FONTS)})).passages


def test_a_book_that_is_too_large_unpacked_is_refused(refusal, monkeypatch):
    monkeypatch.setattr(epub, "_MOST_BYTES", 5_000_000)
    bomb = book(one="<p>" + "bomb " * 1_000_000)
    assert len(bomb) < 100_000
    assert refusal("a.epub", bomb) == "an EPUB of more than 5 MB, unpacked"


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (b"", "empty file"),
        (b"not a zip file", "a damaged EPUB"),
        (book()[:-40], "a damaged EPUB"),
        (
            book(one=ONE * 50).replace(b"one a.xhtml", b"one b.xhtml", 1),
            "a damaged EPUB: OEBPS/text/one a.xhtml can't be unpacked",
        ),
        (book(one="", **{"OEBPS/text/two.xhtml": "<p>…"}), "no text in it"),
    ],
)
def test_a_damaged_book_is_refused(refusal, content, reason):
    assert refusal("a.epub", content) == reason


def test_a_book_behind_a_password_is_refused(refusal):
    locked = bytearray(book())
    for mark, offset in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        position = locked.find(mark)
        while position != -1:
            locked[position + offset] |= 1
            position = locked.find(mark, position + 1)
    assert refusal("a.epub", bytes(locked)) == "a password-protected EPUB"


def test_a_book_made_by_another_program(shared, read_file):
    reading = read_file(shared / "nasty/markitdown/markitdown/tests/test_files/test.epub")
    assert reading.document.title == "Test EPUB Document"
    assert reading.document.meta["author"] == "Test Author"
    assert [p.anchor.part for p in reading.passages] == ["EPUB/chap_1.xhtml", "EPUB/chap_2.xhtml"]


# --- e-mail -----------------------------------------------------------------------------------------------------------


def message(text: str | None = "Count the months.\n", **headers: str) -> EmailMessage:
    mail = EmailMessage()
    given = {"From": "Ines Valcourt <ines@example.org>", "Subject": "Runway", **headers}
    for name, value in given.items():
        mail[name.replace("_", "-")] = value
    if text is not None:
        mail.set_content(text)
    return mail


def test_the_text_of_a_message_is_read_with_its_lines(read):
    text = "Hello Jo,\n\nCount the months,\nthen the weeks.\n\n> 先算账？\n\n-- \nInes\n"
    (passage,) = read("a.eml", bytes(message(text))).passages
    assert passage.text == "Hello Jo,\n\nCount the months,\nthen the weeks.\n\n> 先算账？\n\n-- \nInes"
    assert passage.anchor.label == "body · L1–9"
    assert passage.headings == ()


def test_headers_become_title_and_metadata(read):
    mail = message(
        Subject="定价 and pricing",
        From="苏禾 <su@example.org>",
        To="Jo <jo@example.org>, ines@example.org",
        Cc="Lee <lee@example.org>",
        Date="Fri, 01 May 2026 23:34:00 +0800",
        Message_ID="<1@example.org>",
    )
    mail.add_attachment(b"...", maintype="application", subtype="pdf", filename="计划.pdf")
    mail.add_attachment("rows", filename="notes.txt")
    reading = read("a.eml", bytes(mail))
    assert reading.document.title == "定价 and pricing"
    assert reading.document.meta == {
        "author": "苏禾",
        "from": "苏禾 <su@example.org>",
        "to": ["Jo <jo@example.org>", "ines@example.org"],
        "cc": "Lee <lee@example.org>",
        "date": "2026-05-01",
        "message-id": "<1@example.org>",
        "attachments": ["计划.pdf", "notes.txt"],
    }
    assert reading.texts == ["Count the months."]


def test_a_text_with_a_name_is_an_attachment_though_shown_inline(read):
    mail = message()
    mail.add_attachment("rows", disposition="inline", filename="notes.txt")
    reading = read("a.eml", bytes(mail))
    assert reading.texts == ["Count the months."]
    assert reading.document.meta["attachments"] == ["notes.txt"]


def test_a_byte_order_mark_hides_no_header(read):
    assert read("a.eml", b"\xef\xbb\xbfSubject: Runway\n\nCount months.").document.title == "Runway"


def test_of_two_forms_of_a_text_the_plain_one_is_read(read):
    mail = message("The plain one.\n")
    mail.add_alternative("<p>The other one.</p>", subtype="html")
    assert read("a.eml", bytes(mail)).texts == ["The plain one."]


@pytest.mark.parametrize("plain", [None, " \n"])
def test_a_message_in_html_alone_is_read_as_lines_of_it(read, plain):
    mail = message(plain)
    markup = (
        "<html><body>\n<div class=footer>Count the months,<br>\nthen the weeks.</div>\n<p style='display:none'>x</p>\n"
    )
    if plain:
        mail.add_alternative(markup, subtype="html")
    else:
        mail.set_content(markup, subtype="html")
    (passage,) = read("a.eml", bytes(mail)).passages
    assert passage.text == "Count the months,\nthen the weeks."
    assert passage.anchor.label == "body · L2–3"


def test_all_texts_of_a_message_are_read(read):
    mail = message(None)
    mail.make_mixed()
    for text in ("First words.", "More words."):
        part = EmailMessage()
        part.set_content(text)
        mail.attach(part)
    labels = [(passage.anchor.label, passage.text) for passage in read("a.eml", bytes(mail)).passages]
    assert labels == [("body · L1", "First words."), ("body 2 · L1", "More words.")]


def test_messages_attached_are_read_too(read):
    inner = message("Innermost words.\n", Subject="Innermost")
    middle = message("Inner words.\n", Subject="内部")
    middle.add_attachment(inner)
    outer = message("Outer words.\n")
    outer.add_attachment(middle)
    assert [(p.anchor.label, p.headings, p.text) for p in read("a.eml", bytes(outer)).passages] == [
        ("body · L1", (), "Outer words."),
        ("attached message 1 · L1", ("内部",), "Inner words."),
        ("attached message 2 · L1", ("Innermost",), "Innermost words."),
    ]


HEAD = b"From: ines@example.org\nSubject: Runway\nMIME-Version: 1.0\n"
CHINESE = "先算账，再定价。客户能省多少钱？朱镕基"


@pytest.mark.parametrize(
    ("declared", "encoding"),
    [
        ("utf-8", "utf-8"),
        ("gb2312", "gb18030"),
        ("x-unknown", "gb18030"),
        ("", "gb18030"),
        ("us-ascii", "utf-8"),
        ("utf-8", "gb18030"),
        ("hex", "utf-8"),
        ("idna", "utf-8"),
        ("punycode", "utf-8"),
        ("undefined", "utf-8"),
        ("utf-8", "utf-8-sig"),
    ],
)
def test_the_charset_of_a_body_may_be_missing_or_wrong(read, declared, encoding):
    kind = f"Content-Type: text/plain; charset={declared}\nContent-Transfer-Encoding: 8bit\n" if declared else ""
    assert read("a.eml", HEAD + kind.encode() + b"\n" + CHINESE.encode(encoding)).texts == [CHINESE]


@pytest.mark.parametrize(
    ("declared", "data", "text"),
    [("gb2312", "镕".encode("gbk"), "镕"), ("iso-8859-1", b"\x93months\x94", "“months”")],
)
def test_a_charset_stands_for_the_larger_one_that_is_meant(read, declared, data, text):
    assert read("a.eml", HEAD + f"Content-Type: text/plain; charset={declared}\n\n".encode() + data).texts == [text]


@pytest.mark.parametrize(
    ("header", "title"),
    [
        ("Subject: 定价".encode(), "定价"),
        ("Subject: 定价上线了".encode("gb18030"), "定价上线了"),
        (b"Subject: =?gb2312?B?tqi82w==?=\n =?gb2312?B?yc/P3w==?=", "定价上线"),
        (b"Subject: =?utf-8?B?5a6a5Lu3?= and more", "定价 and more"),
        (b"Subject: =?x-unknown?Q?price?=", "price"),
        (b"Subject: =?utf-8?B?a?=", "=?utf-8?B?a?="),
        (b"Subject: folded\r\n\tover lines", "folded over lines"),
        (b"Subject: " + b"long " * 50_000, ("long " * 60).strip()),
        (b"Subject:", "mail"),
    ],
)
def test_subjects(read, header, title):
    assert read("mail.eml", b"From: a@example.org\n" + header + b"\n\nCount months.").document.title.strip() == title


@pytest.mark.parametrize(
    "header",
    [
        b"Date: yesterday",
        b"Date: Fri, 99 May 99999 23:34:00 +9999",
        b"To: " + b"(" * 5000,
        b"To: " + b"a@example.org, " * 50_000,
        b"Content-Type: text/plain" + b";" * 300_000,
        b"Content-Type: ;;;",
        b"Content-Type: text/plain; charset*=a'b'c; charset*0*=x",
        b"Content-Transfer-Encoding: x-unknown",
        b"Content-Transfer-Encoding: uuencode",
        b"Content-Type: multipart/mixed",
        b"Content-Type: multipart/mixed; boundary=never",
        b"X: y\n" * 50_000 + b"Z: z",
        b": no name",
    ],
)
def test_malformed_headers_lose_nothing_but_themselves(read, header):
    assert read("a.eml", HEAD + header + b"\n\nCount months.").texts == ["Count months."]


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (b"", "empty file"),
        (b"Count the months.\n\nThen the weeks.", "not an e-mail message"),
        (bytes(range(256)) * 10, "not an e-mail message"),
        (HEAD, "no text in it"),
        (HEAD + b"Content-Type: application/pdf; name=a.pdf\n\nJVBERi0", "no text in it"),
        (HEAD + b"Content-Type: application/pkcs7-mime; name=smime.p7m\n\nAAAA", "an encrypted e-mail message"),
        (
            HEAD + b"Content-Type: multipart/encrypted; boundary=b\n\n"
            b"--b\nContent-Type: application/pgp-encrypted\n\nVersion: 1\n"
            b"--b\nContent-Type: application/octet-stream\n\nAAAA\n--b--\n",
            "an encrypted e-mail message",
        ),
        (
            HEAD + b"".join(b'Content-Type: multipart/mixed; boundary="b%d"\n\n--b%d\n' % (n, n) for n in range(1500)),
            "too deeply nested",
        ),
        (HEAD + b"Content-Type: message/rfc822\n\n" * 3000, "too deeply nested"),
    ],
)
def test_what_is_no_readable_message_is_refused(refusal, content, reason):
    assert refusal("a.eml", content) == reason


def test_messages_made_by_another_program(shared, read_file):
    reading = read_file(shared / "nasty/docling/email/sources/eml_with_attachment.eml")
    assert reading.document.meta["attachments"] == ["test.txt"]
    assert whole(reading) == "Hello Bob,\n\nThis email contains an attachment.\n\nBest regards,\nAlice"


# --- damage -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("a.html", ARTICLE.encode()),
        ("faq.html", FAQ.encode()),
        ("a.epub", book()),
        ("a.eml", bytes(message(CHINESE))),
    ],
)
def test_cut_short_anywhere_a_file_is_read_or_refused(read, name, content):
    for length in range(0, len(content), max(1, len(content) // 40)):
        with suppress(Unreadable):
            read(name, content[:length])
