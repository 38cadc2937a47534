"""Pages from templates: escaped everywhere, in the reader's language, and nothing runs on them but
the page's own script.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

from fastapi import Request
from fastapi.responses import HTMLResponse
from jinja2 import Environment, FileSystemLoader, StrictUndefined

from cli.formats.inert import visible
from cli.language import Language, addressed_in, listed, translated
from cli.server.gate import Caller
from kb import __version__

FOLDER = Path(__file__).parent
LANGUAGE_COOKIE = "kb_lang"
_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; img-src 'self';"
    " form-action 'self'; base-uri 'none'; frame-ancestors 'none';"
    " require-trusted-types-for 'script'"
)
_HEADERS = {
    "Content-Security-Policy": _POLICY,
    "Referrer-Policy": "same-origin",  # with no-referrer a form's own origin would be told as null
    "X-Content-Type-Options": "nosniff",
    "Cache-Control": "no-store",
}


def _shown(value: Any) -> Any:
    """A value as it may be shown: nothing for None, text without what no reader sees."""
    if value is None:
        return ""
    return visible(value) if type(value) is str else value  # markup is a kind of str, and clean


def channel(caller: Caller) -> str:
    """The channel of what is asked on the page: that of the token, else `page`."""
    return caller.channel or "page"


def _environment() -> Environment:
    environment = Environment(
        loader=FileSystemLoader(FOLDER / "html"),
        autoescape=True,
        undefined=StrictUndefined,
        finalize=_shown,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.globals.update(
        translated=translated, listed=listed, channel=channel, version=__version__
    )
    return environment


_templates = _environment()


def language_of(request: Request) -> Language:
    """The language that a reader chose on the page, else the one that the browser prefers."""
    chosen = request.cookies.get(LANGUAGE_COOKIE)
    if chosen in ("en", "zh"):
        return chosen  # type: ignore[return-value]  # mypy does not narrow by `in`
    return _preferred(request.headers.get("accept-language", ""))


def _preferred(header: str) -> Language:
    """Of an Accept-Language header the language that is wanted most; English for neither."""
    weights: dict[Language, float] = {"en": 0.0, "zh": 0.0}
    for part in header.split(","):
        name, _, parameters = part.partition(";")
        weight = _weight(parameters)
        primary = name.strip().lower().partition("-")[0]
        if primary == "zh":
            weights["zh"] = max(weights["zh"], weight)
        elif primary == "en":
            weights["en"] = max(weights["en"], weight)
    return "zh" if weights["zh"] > weights["en"] else "en"


def _weight(parameters: str) -> float:
    _, _, number = parameters.partition("q=")
    try:
        return float(number) if number.strip() else 1.0
    except ValueError:
        return 0.0


def page(request: Request, template: str, status: int = 200, **values: Any) -> HTMLResponse:
    """The page that a template makes of these values."""
    language = language_of(request)
    here = request.url.path + (f"?{request.url.query}" if request.url.query else "")
    with addressed_in(language):
        text = _templates.get_template(f"{template}.html").render(
            lang=language, here=here, caller=getattr(request.state, "caller", None), **values
        )
    return HTMLResponse(text, status, _HEADERS)
