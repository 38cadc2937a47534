"""What a web page says about itself: its title, language, author, date and address."""

from __future__ import annotations

from collections.abc import Sequence

from ingest.parsing.page import Element
from ingest.parsing.page_naming import Attributes

LONGEST_HEADING = 300  # characters: every passage below goes with it


class PageHead:
    """Gathers what elements say about the page. `title_pieces` is the text of <title>."""

    def __init__(self) -> None:
        self.lang = ""
        self.title_pieces: list[str] = []
        self._meta: dict[str, str] = {}

    def note(self, tag: str, attributes: Attributes) -> None:
        """Keep what an element says about the page; the first of its name counts."""
        if tag == "html":
            self.lang = self.lang or attributes.get("lang") or attributes.get("xml:lang") or ""
        elif tag == "meta":
            name = (
                attributes.get("property")
                or attributes.get("name")
                or attributes.get("itemprop")
                or ""
            )
            self._meta.setdefault(
                name.strip().lower(), " ".join(attributes.get("content", "").split())
            )
        elif tag == "time":
            self._meta.setdefault("time", attributes.get("datetime", "").strip())
        elif "canonical" in attributes.get("rel", "").lower().split():
            self._meta.setdefault("canonical", attributes.get("href", "").strip())

    def title(self, elements: Sequence[Element]) -> str:
        """The only <h1> if <title> holds it, as beside a site's name; else what the page says."""
        title = " ".join("".join(self.title_pieces).split())
        tops = {element.text for element in elements if element.within.level == 1}
        only = next(iter(tops)) if len(tops) == 1 else ""
        said = (
            only if only and (only in title or not title) else self._meta.get("og:title") or title
        )
        return said[:LONGEST_HEADING]

    def metadata(self) -> dict[str, str]:
        """Author, date, url and description, where the page gives them."""
        names = {
            "author": ("author", "dc.creator", "citation_author", "article:author"),
            "date": (
                "article:published_time",
                "date",
                "dc.date",
                "dcterms.date",
                "pubdate",
                "time",
            ),
            "url": ("canonical", "og:url"),
            "description": ("description", "og:description"),
        }
        found = {
            key: next((self._meta[name] for name in known if self._meta.get(name)), "")
            for key, known in names.items()
        }
        if found["author"].startswith("http"):
            found["author"] = ""  # of a profile
        return {key: value for key, value in found.items() if value}
