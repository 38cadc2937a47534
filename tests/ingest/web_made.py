"""Pages, books and messages for the tests of their readers."""

from __future__ import annotations

import io
import zipfile
from email.message import EmailMessage


def whole(reading) -> str:
    """All of the text that was read."""
    return "\n\n".join(reading.texts)


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
    names = {
        "container": "META-INF/container.xml",
        "opf": "OEBPS/book.opf",
        "one": "OEBPS/text/one a.xhtml",
    }
    files.update({names.get(name, name): content for name, content in changes.items()})
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in files.items():
            if content is not None:
                archive.writestr(name, content)
    return packed.getvalue()


def message(text: str | None = "Count the months.\n", **headers: str) -> EmailMessage:
    mail = EmailMessage()
    given = {"From": "Ines Valcourt <ines@example.org>", "Subject": "Runway", **headers}
    for name, value in given.items():
        mail[name.replace("_", "-")] = value
    if text is not None:
        mail.set_content(text)
    return mail


CHINESE = "先算账，再定价。客户能省多少钱？朱镕基"
