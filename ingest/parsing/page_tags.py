"""HTML's elements by what they mean for the text in them."""

from __future__ import annotations

from collections.abc import Mapping

VOID = frozenset("area base br col embed hr img input link meta param source track wbr".split())
HEADINGS = frozenset("h1 h2 h3 h4 h5 h6".split())
BLOCKS = HEADINGS | frozenset(
    """address article aside blockquote body caption center dd details dialog dir div dl dt fieldset figcaption figure
    footer form header hgroup html legend li listing main menu nav ol p pre search section summary table tbody td tfoot
    th thead title tr ul xmp""".split()
)
NEVER = frozenset(
    """script style template noscript noframes svg iframe object applet audio video canvas annotation annotation-xml
    select textarea button datalist option optgroup""".split()
)
NOTED = frozenset("html meta link time".split())
TELLING = BLOCKS | VOID | NEVER | {"a", "sup"}  # the rest say nothing without attributes
REPLACED = frozenset(
    "img input embed svg iframe object audio video canvas select textarea button".split()
)
PROSE_TAGS = frozenset("p pre blockquote figcaption caption dt dd summary td th address".split())
PRE = frozenset("pre xmp listing".split())
LISTS = frozenset("ul ol menu dir".split())
CELLS = ("td", "th", "caption")
TABLE_PARTS = frozenset(("table", "thead", "tbody", "tfoot", "tr", *CELLS))
# Tag: the elements that it ends, and those out of which it doesn't reach.
ENDS: Mapping[str, tuple[tuple[str, ...], tuple[str, ...]]] = {
    "li": (("li",), (*LISTS, *CELLS)),
    **dict.fromkeys(("dt", "dd"), (("dt", "dd"), ("dl", *CELLS))),
    **dict.fromkeys(CELLS, (CELLS, ("table",))),
    "tr": (("tr", *CELLS), ("table",)),
    **dict.fromkeys(
        ("thead", "tbody", "tfoot"), (("thead", "tbody", "tfoot", "tr", *CELLS), ("table",))
    ),
}
