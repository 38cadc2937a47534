"""What programming languages look like, line by line: comments, and where definitions begin. For
the code reader.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache

HOLDERS = frozenset(
    """class struct interface trait impl enum union contract library module namespace object protocol extension record
    defmodule defprotocol defimpl service message @interface mixin mod actor instance""".split()
)
LONG = {  # comments of several lines, and strings that stand where comments do
    "/*": "*/",
    "<!--": "-->",
    "--[[": "]]",
    "{-": "-}",
    "(*": "*)",
    "=begin": "=end",
    "<#": "#>",
    "#=": "=#",
    '"""': '"""',
    "'''": "'''",
    "=": "=cut",
}

_GOES_ON = (
    r"[)\]}{]|(?:else|elif|elsif|elseif|except|finally|catch|rescue|ensure|then|do|done|fi|esac|begin|end|where)\b"
    r"|(?:public|private|protected|signals)\b[\w \t]*:(?!:)|\w+:\Z"
)
_NAME = r"[\w$@][\w$.:?!'-]*"
_MODIFIERS = (
    r"(?:(?:export|default|declare|public|private|protected|internal|fileprivate|static|final|abstract|sealed|open"
    r"|override|virtual|async|unsafe|partial|readonly|data|inline|extern|external|const|case|implicit|annotation|inner"
    r"|value|suspend|operator|infix|tailrec|expect|actual|mutating|nonisolated|indirect|local|mutable|extend|lazy"
    r"|non-sealed|typedef|enum|fun|pub(?:\([^()]*\))?|@[\w.]+(?:\([^()]*\))?"
    r"|extern[ \t]+\"\w+\")[ \t]+){0,6}"
)
_NO_CALL = (
    r"(?!(?:if|else|for|foreach|while|switch|catch|return|new|throw|delete|using|import|await|yield|goto|case|do|try"
    r"|lock|synchronized|typedef|assert|super|this|with|function|unless|until|elif|elseif|except)\b)"
)
_CALL = (  # a function with its type: what follows its name does not end a statement
    _NO_CALL + r"(?:[\w:<>,\[\]&*~?@.]+[ \t]+)+[*&]*(?!(?:if|for|while|switch)\b)"
    r"(?P<call>~?[\w:~$]+(?:<[^()<>]*>[\w:~]*)?)[ \t]*\((?:[^;]*\Z|[^;{]*\{)"
)
_BARE_CALL = _NO_CALL + r"(?P<call>~?[\w:~$]+)[ \t]*\([^;]*[){][ \t]*\Z"
_RECORD = (
    _MODIFIERS
    + r"(?P<kind>class|struct|union|enum|namespace|mixin|extension)[ \t]+(?!(?:class|struct)\b)"
    r"(?:[A-Z_]+[ \t]+)?(?P<name>\w[\w:]*)[ \t]*(?:final[ \t]*)?(?:[<{:]|\Z|(?:extends|on|with)\b)"
)
_VARIABLE = (
    r"(?:export[ \t]+)?(?:default[ \t]+)?(?P<kind>const|let|var)[ \t]+(?P<name>[\w$]+)[^=]*=[ \t]*(?:async\b[ \t]*)?"
    r"(?:function\b|[\w$]+[ \t]*=>|[(<].*=>|\([^()]*\Z)"
)
_METHOD = (
    r"(?:(?:static|async|get|set|public|private|protected|readonly|override|abstract)[ \t]+)*\*?"
    + _NO_CALL
    + r"(?P<call>#?[\w$]+)[ \t]*(?:<[^()]*>)?\([^;]*[{(,][ \t]*\Z"
)
_TYPE_ALONE = r"(?!.*\b(?:class|struct|union|enum|namespace|else|do)\b)[A-Za-z_][\w \t*]*\Z"
_DIRECTIVE = r"#[ \t]*(?:if|ifdef|ifndef|else|elif|endif|define|undef|include|pragma|error|line)\b"


@dataclass(frozen=True, slots=True)
class Language:
    """A language. All patterns match from where the text of a line begins.

    `keywords` and `patterns` tell definitions, `members` those that are only such within another;
    `leading` comments and annotations; `long` what opens a comment of several lines; `goes_on`
    lines that belong to the definition above although they stand no further in; `passing` lines
    whose indent says nothing. Definitions go on until a statement ends where `by_statement`, until
    the next one where `flat`.
    """

    name: str
    endings: str
    keywords: str = ""
    patterns: tuple[str, ...] = ()
    members: tuple[str, ...] = ()
    leading: str = r"//|@[A-Za-z]"
    long: tuple[str, ...] = ("/*",)
    goes_on: str = _GOES_ON
    passing: str = r"(?!)"
    by_statement: bool = False
    flat: bool = False


_SCRIPT = "class interface enum namespace module type function"
_MARKED = ("/*", "<!--")
LANGUAGES = (
    Language("python", ".py .pyi", "class def", leading="[#@]", long=('"""', "'''")),
    Language("vyper", ".vy", "def event struct interface enum flag", leading="[#@]", long=('"""',)),
    Language("javascript", ".js .mjs .cjs .jsx", "class function", (_VARIABLE,), (_METHOD,)),
    Language("typescript", ".ts .tsx", _SCRIPT, (_VARIABLE,), (_METHOD,)),
    Language("vue", ".vue", _SCRIPT, (_VARIABLE,), (_METHOD,), long=_MARKED),
    Language("svelte", ".svelte", _SCRIPT, (_VARIABLE,), (_METHOD,), long=_MARKED),
    Language(
        "java",
        ".java",
        "class interface enum record @interface",
        members=(_CALL, _BARE_CALL),
        leading=r"//|@(?!interface\b)",
    ),
    Language("kotlin", ".kt .kts", "class interface object fun typealias"),
    Language("scala", ".scala", "class trait object enum def type"),
    Language("groovy", ".groovy", "class interface trait enum def", (_CALL,)),
    Language(
        "c",
        ".c .h",
        patterns=(_RECORD, _CALL, _BARE_CALL),
        leading=rf"//|{_TYPE_ALONE}",
        passing=_DIRECTIVE,
    ),
    Language(
        "c++",
        ".cc .cpp .cxx .hpp .hh",
        patterns=(_RECORD, _CALL, _BARE_CALL),
        leading=rf"//|template\b.*>[ \t]*\Z|{_TYPE_ALONE}",
        passing=_DIRECTIVE,
    ),
    Language(
        "c#",
        ".cs",
        "class struct interface enum record namespace delegate",
        members=(_CALL,),
        leading=r"//|\[[A-Za-z][^=]*\][ \t]*\Z",
        passing=_DIRECTIVE,
    ),
    Language(
        "objective-c",
        ".m .mm",
        patterns=(
            r"(?P<kind>@interface|@implementation|@protocol)[ \t]+(?P<name>\w+)",
            r"[-+][ \t]*\([^()]*\)[ \t]*(?P<call>\w+)",
            _CALL,
        ),
        leading="//",
        passing=_DIRECTIVE,
    ),
    Language(
        "go",
        ".go",
        "func type",
        (
            r"(?P<kind>func)[ \t]+\([ \t]*(?:\w+[ \t]+)?\*?(?P<on>\w+)(?:\[[^\]]*\])?[ \t]*\)[ \t]*(?P<name>\w+)",
        ),
        leading="//",
    ),
    Language(
        "rust",
        ".rs",
        "fn struct enum trait mod union type macro_rules!",
        (
            r"(?:unsafe[ \t]+)?(?P<kind>impl)(?:<.*?>)?[ \t]+(?P<name>[^{]+?)[ \t]*(?:\{|\bwhere\b|\Z)",
        ),
        leading=r"//|#!?\[",
    ),
    Language("ruby", ".rb", "class module def", leading="#", long=("=begin",)),
    Language("php", ".php", "class interface trait enum function", leading="//|#"),
    Language("swift", ".swift", "class struct enum protocol extension actor func typealias"),
    Language("dart", ".dart", patterns=(_RECORD, _CALL), members=(_BARE_CALL,)),
    Language(
        "lua",
        ".lua",
        "function",
        (r"(?:local[ \t]+)?(?P<call>[\w.:]+)[ \t]*=[ \t]*function\b",),
        leading="--",
        long=("--[[",),
    ),
    Language(
        "r",
        ".r",
        patterns=(r"(?P<call>[\w.]+)[ \t]*(?:<-|=)[ \t]*function\b",),
        leading="#",
        long=(),
    ),
    Language("julia", ".jl", "function struct module macro", leading="[#@]", long=("#=", '"""')),
    Language("perl", ".pl .pm", "sub", leading="#", long=("=",)),
    Language(
        "elixir",
        ".ex .exs",
        "defmodule defprotocol defimpl def defp defmacro defmacrop",
        leading="[#@]",
        long=(),
    ),
    Language(
        "erlang",
        ".erl",
        patterns=(r"(?P<call>[a-z]\w*)\(.*(?:->|,[ \t]*\Z)",),
        leading="%",
        long=(),
    ),
    Language(
        "haskell",
        ".hs",
        "class instance data newtype type",
        (r"(?P<plain>[a-z_][\w']*)[ \t]*::",),
        leading="--",
        long=("{-",),
    ),
    Language(
        "ocaml",
        ".ml",
        "module type class",
        (r"(?P<kind>let|and)(?:[ \t]+rec)?[ \t]+(?P<name>[a-z_][\w']*)",),
        leading=r"(?!)",
        long=("(*",),
    ),
    Language(
        "clojure",
        ".clj",
        patterns=(r"\((?P<kind>def[\w-]*|ns)[ \t]+(?:\^\S+[ \t]+)?(?P<name>[^\s()\[\]]+)",),
        leading=";",
        long=(),
    ),
    Language(
        "solidity",
        ".sol",
        "contract interface library struct enum function modifier event error",
        (r"(?P<call>constructor|receive|fallback)[ \t]*\(",),
    ),
    Language(
        "sql",
        ".sql",
        patterns=(
            r"(?i:create)\b(?:[ \t]+\S+){0,4}?[ \t]+(?P<kind>(?i:table|view|function|procedure|trigger|index|type"
            r"|schema|database|sequence|domain|policy))[ \t]+(?i:if[ \t]+not[ \t]+exists[ \t]+)?"
            r"(?P<name>[\w.\"`\[\]]+)",
        ),
        leading="--",
        goes_on=r"[()$]|(?i:as|is|begin|declare|exception|end|language|returns|return)\b",
        by_statement=True,
    ),
    Language(
        "shell",
        ".sh .bash .zsh",
        "function",
        (r"(?P<call>[\w:.-]+)[ \t]*\([ \t]*\)",),
        leading="#",
        long=(),
    ),
    Language("powershell", ".ps1", "function filter class enum", leading="#", long=("<#",)),
    Language("protobuf", ".proto", "message service enum rpc extend oneof", leading="//"),
    Language(
        "graphql",
        ".graphql",
        "type input enum interface union scalar query mutation subscription fragment directive",
        leading="#",
        long=('"""',),
    ),
    Language("css", ".css"),
    Language("scss", ".scss", "@mixin @function", leading="//"),
    Language("less", ".less", leading="//"),
    Language(
        "terraform",
        ".tf",
        patterns=(
            r"(?P<kind>resource|data|module|variable|output|provider|locals|terraform)"
            r"(?P<name>(?:[ \t]+\"[^\"]*\"){0,2})[ \t]*\{",
        ),
        leading="//|#",
    ),
    Language(
        "toml",
        ".toml",
        patterns=(r"\[\[?(?P<plain>[^\[\]]+)\]\]?[ \t]*(?:#.*)?\Z",),
        leading="#",
        long=(),
        goes_on=r"(?!\[)",
        flat=True,
    ),
    Language(
        "ini",
        ".ini .cfg",
        patterns=(r"\[(?P<plain>[^\[\]]+)\][ \t]*(?:[#;].*)?\Z",),
        leading="[#;]",
        long=(),
        goes_on=r"(?!\[)",
        flat=True,
    ),
)
_UNKNOWN = Language("", "")
_BY_ENDING = {ending: language for language in LANGUAGES for ending in language.endings.split()}


@dataclass(frozen=True, slots=True)
class Syntax:
    """A language with its patterns compiled."""

    language: Language
    leading: re.Pattern[str]
    long: re.Pattern[str]
    goes_on: re.Pattern[str]
    passing: re.Pattern[str]
    definitions: tuple[re.Pattern[str], ...]
    members: tuple[re.Pattern[str], ...]


@lru_cache(maxsize=64)
def syntax(ending: str) -> Syntax:
    """The syntax of files with that ending; of unknown ones, what most languages have in common."""
    language = _BY_ENDING.get(ending, _UNKNOWN)
    definitions = [*language.patterns]
    if language.keywords:
        kinds = "|".join(map(re.escape, language.keywords.split()))
        definitions.append(
            rf"{_MODIFIERS}(?P<kind>{kinds})\*?[ \t]+(?!(?:{kinds})\b)"
            rf"(?:<[^<>]*>[ \t]*)?[*&]?(?P<name>{_NAME})"
        )
    long = "|".join(
        rf"{re.escape(mark)}(?!cut)" if mark == "=" else re.escape(mark) for mark in language.long
    )
    return Syntax(
        language,
        re.compile(language.leading),
        re.compile(long or "(?!)"),
        re.compile(language.goes_on),
        re.compile(language.passing),
        tuple(map(re.compile, definitions)),
        tuple(map(re.compile, language.members)),
    )
