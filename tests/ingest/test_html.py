"""HTML: what is read of a web page, and what is left out."""

from __future__ import annotations

import pytest
from web_made import ARTICLE, whole


def page(body: str, head: str = "") -> str:
    return f"<!doctype html><html><head>{head}</head><body>{body}</body></html>"


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
    assert [passage.anchor.label for passage in read("a.html", ARTICLE).passages] == [
        "L18–19",
        "L21–25",
    ]


@pytest.mark.parametrize("ending", [".html", ".htm", ".xhtml", ".HTML"])
def test_endings(read, ending):
    assert read(f"a{ending}", page("<p>Count months.</p>")).texts == ["Count months."]


@pytest.mark.parametrize("encoding", ["utf-8-sig", "gb18030", "utf-16"])
def test_encodings(read, encoding):
    assert read(
        "a.html", page("<p>先算账，再定价。客户能省多少钱？</p>").encode(encoding)
    ).texts == ["先算账，再定价。客户能省多少钱？"]


@pytest.mark.parametrize(
    ("head", "body", "title"),
    [
        ("<title>Runway | Notes</title>", "<h1>Runway</h1><p>a b", "Runway"),
        ("<title>Notes</title>", "<h1>Runway</h1><p>a b", "Notes"),
        ("<title>Runway | Notes</title>", "<h1>Runway</h1><h1>Notes</h1><p>a b", "Runway | Notes"),
        ("<title>R</title><meta property='og:title' content='Runway&amp;c'>", "<p>a b", "Runway&c"),
        ("", "<h1>跑道<br>Runway</h1><p>a b", "跑道 Runway"),
        (
            "<title>\n Run\n way </title><title>No</title>",
            "<svg><title>Icon</title></svg><p>a b",
            "Run way",
        ),
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
        (
            "<meta property='og:url' content='https://example.org/a'>",
            {"url": "https://example.org/a"},
        ),
        ("<meta name=author content=' '><meta name=viewport content=x>", {}),
    ],
)
def test_metadata(read, head, meta):
    assert read("a.html", page("<p>Count months.", head)).document.meta == meta


@pytest.mark.parametrize(
    ("attribute", "lang"), [("lang=de-AT", "de"), ("xml:lang=fr", "fr"), ("lang=''", "en")]
)
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
    assert "KEPT" in whole(reading) or any(
        "KEPT" in passage.headings for passage in reading.passages
    )


def test_where_there_is_a_main_element_only_that_is_read(read):
    body = "<div>Before it all.</div><div class=sidebar><main><p>Count months.</main></div><p>After.</p>"
    assert read("a.html", page(body)).texts == ["Count months."]


def test_role_main_counts_as_main(read):
    assert read("a.html", page("<p>Before.<div role=main><p>Count months.</div>")).texts == [
        "Count months."
    ]


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
    assert "KEPT" in whole(reading) or all(
        passage.headings == ("KEPT",) for passage in reading.passages
    )


@pytest.mark.parametrize(
    "content",
    [page(""), page("<script>a b c</script>"), "<!-- all of it", "<p>···</p>", "<title>T"],
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
    assert read("a.html", page(f"<p>first words</p><p>{markup}</p>")).texts == [
        f"first words\n\n{text}"
    ]


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
        ("<div><table><tr><td>a</div>b<td>c</table></div>", ["a b · c"]),
        ("<address>a</address><center>b</center>", ["a", "b"]),
        (
            "<a href=x><div>a</div><div>b c d e f g h i j k l</div></a>",
            ["a", "b c d e f g h i j k l"],
        ),
    ],
)
def test_blocks(read, markup, blocks):
    assert read("a.html", page(f"<article>{markup}</article>")).texts == ["\n\n".join(blocks)]


@pytest.mark.parametrize(
    ("markup", "rows"),
    [
        ("<tr><td>a</td><td>b</td></tr><tr><td>c<td>d", ["a · b", "c · d"]),
        (
            "<tr><th>Plan<th>Price<tr><td>Free<td>0<tr><td>Pro<td>9",
            ["Plan: Free · Price: 0", "Plan: Pro · Price: 9"],
        ),
        ("<thead><tr><td>方案<td>价格：<tbody><tr><td>免费<td>零", ["方案: 免费 · 价格: 零"]),
        ("<tr><th>Plan<th>Price<tr><td>Free<td>", ["Plan · Price", "Plan: Free"]),
        ("<tr><th>Plan<th>Price<tr><td>a<td>b<td>c", ["Plan · Price", "a · b · c"]),
        ("<tr><th>Plan<th>Price", ["Plan · Price"]),
        ("<tr><th>Founded<td>2026<tr><th>Where<td>Here", ["Founded: 2026", "Where: Here"]),
        ("<tr><th>A<th colspan=2>B<tr><td>1<td>2<td>3", ["A: 1 · B: 2 · B: 3"]),
        ("<tr><th>A<th>B<tr><td rowspan=2>1<td>2<tr><td>3", ["A: 1 · B: 2", "A: 1 · B: 3"]),
        (
            "<tr><th rowspan=2>A<th colspan=2>B<tr><th>C<th>D<tr><td>1<td>2<td>3",
            ["A: 1 · B C: 2 · B D: 3"],
        ),
        (f"<tr><th>{'long ' * 20}<th>B<tr><td>1<td>2", [f"{('long ' * 20).strip()} · B", "1 · 2"]),
        ("<caption>Plans</caption><tr><td>a<td>b", ["Plans", "a · b"]),
        ("<tr><td><p>a</p><p>b</p><td><ul><li>c<li>d</ul>", ["a b · c d"]),
        ("<tr><td>a<td hidden>x<td>b", ["a · b"]),
        ("<tr><td><td>b<td>&nbsp;", ["b"]),
        ("<tr><td>a<td><table><tr><td>b<td>c</table>", ["a", "b · c"]),
        ("<tr><td>a</div></p>b<td>c", ["a b · c"]),
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


@pytest.mark.parametrize(
    "after", ["</main><p>Outside.", "</main><footer>No.</footer>", "<nav>No.</nav>"]
)
def test_a_heading_at_the_end_of_the_main_text_is_text(read, after):
    body = f"<main><h1>A</h1><p>Count months.<h2>Write to us</h2>{after}"
    assert read("a.html", page(body)).texts == ["Count months.\n\nWrite to us"]


def test_a_heading_of_many_words_is_a_paragraph(read):
    passage = read(
        "a.html", page(f"<h1>{'Count the months. ' * 30}</h1><p>Then the weeks.")
    ).passages[0]
    assert passage.headings == ()
    assert passage.text.startswith("Count the months.")


def test_each_line_of_a_passage_has_its_own_place(read):
    (passage,) = read(
        "a.html", "<p>one\n two &amp;\nthree<!--\n\n-->four</p>\n<p>five</p>"
    ).passages
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
    assert blog.document.title.startswith(
        "Does Model and Inference Parameter Matter in LLM Applications?"
    )
    assert blog.document.meta["date"].startswith("2023-04-21")
    text = whole(blog)
    assert text.index("Large language models (LLMs) are powerful tools") < text.index(
        "We use AutoGen to select"
    )
    assert "temperature: The parameter that controls the randomness of the output text." in text
    assert "Skip to main content" not in text
    wiki = read_file(folder / "test_wikipedia.html")
    assert wiki.document.title == "Microsoft"
    assert ("Microsoft", "History", "1972–1985: Founding") in {
        passage.headings for passage in wiki.passages
    }
    assert "As of 2015, Microsoft is market-dominant" in whole(wiki)
    assert not any(
        lost in whole(wiki)
        for lost in ("Jump to content", "Create account", "[edit]", "Toggle", "{{")
    )
