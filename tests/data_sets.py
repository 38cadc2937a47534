"""The public data that some tests and the benchmarks read: where it is found, and where it is from.

    python -m tests.data_sets [NAME...]       (or: make data)

fetches what has a pinned commit into `.data/`, by git. A set is looked for in `../shared/data`,
beside the checkout, then in `.data`; a test whose set is in neither is skipped, with the reason.
"""

from __future__ import annotations

import argparse
import hashlib
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
FETCHED = ROOT / ".data"
FOLDERS = (ROOT.parent / "shared" / "data", FETCHED)
_TIMEOUT = 1800.0


class FetchFailed(Exception):
    """A data set that can't be had as it is pinned, with the reason."""


@dataclass(frozen=True, slots=True)
class DataSet:
    """A set's public origin. `files` maps each path in the repository to the SHA-256 of its bytes;
    files keep their last name. Where `left_out` is set, it says why nothing is fetched.
    """

    name: str
    repository: str
    licence: str
    commit: str = ""
    files: Mapping[str, str] = field(default_factory=dict)
    left_out: str = ""


_GITHUB = "https://github.com"
_UNPINNED = "no commit is recorded for the copy that the tests were written with"
_PREPARED = "made from the origin by a step that is not recorded"

DATA_SETS = (
    DataSet(
        "meetings/qmsum",
        f"{_GITHUB}/Yale-LILY/QMSum",
        "MIT",
        "83d7768",
        {
            "data/ALL/jsonl/test.jsonl": "6bcd428211260ad2efae3af76cbaf6a7f5ae4bb5e1e59c45a4b8e89539cb9208",
            "data/ALL/jsonl/val.jsonl": "fc7444e241bdbe6997c01720d07f1a58b7357284acb73f909766e5a4700db49f",
        },
    ),
    DataSet(
        "meetings/vcsum",
        f"{_GITHUB}/hahahawu/VCSum",
        "MIT",
        "8e51d72e4e6f3af4074fd5b260b6f6d2e75e86c7",
        {
            "vcsum_data/long_dev.txt": "02d346d43f1358faf03fb8a154d14dbf3f0272806f735fd455a6c27cd194f4f4",
            "vcsum_data/long_test.txt": "ee564707cf7c487e51973027971490fa0471cfad9e6325d85c61c91b32c40ccd",
            "vcsum_data/long_train.txt": "a024231a47e73611736db75892d8c9c1fa8e33e7afb717bf4e6ada75d804a39d",
            "vcsum_data/short_dev.txt": "6414aa52153aba24dfc4a99c43ec24a47a61361c0d8372ac0e4972d3b41cc4dd",
            "vcsum_data/short_test.txt": "777643695a458b046366c24d7c540a1ff8eb7eb1496121785ccdb2678893bfe8",
        },
    ),
    DataSet(
        "qa/nomiracl_half",
        f"{_GITHUB}/project-miracl/nomiracl",
        "Apache-2.0",
        "9c787da",
        left_out="half of its prompts, and which half is not recorded",
    ),
    *(
        DataSet(name, f"{_GITHUB}/{repository}", licence, left_out=_UNPINNED)
        for name, repository, licence in (
            ("docs/opensource_guide", "github/opensource.guide", "CC BY 4.0"),
            ("docs/todogroup_guides", "todogroup/todogroup.org", "CC BY 4.0"),
            ("docs/dify_docs_zh_en", "langgenius/dify-docs", "CC BY 4.0"),
            ("transcripts/changelog", "thechangelog/transcripts", "CC BY-SA 4.0"),
            ("transcripts/bitcoin", "bitcointranscripts/bitcointranscripts", "MIT"),
            ("transcripts/forkcast_zoom", "ethereum/forkcast", "AGPL-3.0"),
            ("transcripts/whisper", "linto-ai/whisper-timestamped", "AGPL-3.0"),
            ("faq/milvus_zh_en", "milvus-io/milvus-docs", "Apache-2.0"),
            ("faq/covid_en", "deepset-ai/COVID-QA", "Apache-2.0"),
            ("qa/cmrc2018", "ymcui/cmrc2018", "CC BY-SA 4.0"),
            ("qa/drcd", "DRCKnowledgeTeam/DRCD", "CC BY-SA 3.0"),
            ("qa/squad2_dev", "chrischute/squad", "CC BY-SA 4.0"),
            ("qa/tatoeba_laser", "facebookresearch/LASER", "BSD"),
        )
    ),
    *(
        DataSet(name, f"{_GITHUB}/{repository}", licence, left_out=_PREPARED)
        for name, repository, licence in (
            ("pairs/jiyu_zh_en.tsv.xz", "jiyushe/jiyu-example-sentence-source", "Apache-2.0"),
            ("pairs/python_docs_en_zh.tsv.xz", "python/python-docs-zh-cn", "CC0"),
            ("pairs/tldr_en_zh.tsv.xz", "tldr-pages/tldr", "CC BY 4.0"),
        )
    ),
    DataSet(
        "nasty",
        "",
        "each folder's own",
        left_out="files of nine projects, and of which commits is not recorded",
    ),
)


def find(name: str, folders: Sequence[Path] = FOLDERS) -> Path | None:
    """The file or folder called `name` in the first folder of data that has it."""
    return next((path for folder in folders if (path := folder / name).exists()), None)


def fetch(data_set: DataSet, folder: Path = FETCHED) -> Path:
    """Bring the set's files from its origin into a folder of its name below `folder`.

    All of them, or none. Raises FetchFailed where git does, and where a file is not to the byte
    what was pinned.
    """
    target = folder / data_set.name
    with tempfile.TemporaryDirectory(prefix="kb-data-") as temporary:
        clone = Path(temporary) / "clone"
        # Without file contents until they are asked for: a history may be a hundred times as large.
        _git("clone", "--filter=blob:none", "--no-checkout", data_set.repository, str(clone))
        _git("-C", str(clone), "checkout", data_set.commit, "--", *data_set.files)
        ready = Path(temporary) / "ready"
        ready.mkdir()
        for path, digest in data_set.files.items():
            given = hashlib.sha256((clone / path).read_bytes()).hexdigest()
            if given != digest:
                raise FetchFailed(f"{path} is not what was pinned: its SHA-256 is {given}")
            (clone / path).rename(ready / Path(path).name)
        shutil.rmtree(target, ignore_errors=True)
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.move(ready, target)
    return target


def _git(*arguments: str) -> None:
    """Run git, asking nobody for a password and changing no line end. Raises FetchFailed."""
    command = ["git", "-c", "core.autocrlf=false", *arguments]
    environment = {**os.environ, "GIT_TERMINAL_PROMPT": "0"}
    try:
        subprocess.run(
            command, check=True, capture_output=True, text=True, env=environment, timeout=_TIMEOUT
        )
    except FileNotFoundError as error:
        raise FetchFailed("git is not installed") from error
    except subprocess.TimeoutExpired as error:
        raise FetchFailed(f"git took longer than {_TIMEOUT:.0f} s") from error
    except subprocess.CalledProcessError as error:
        raise FetchFailed(error.stderr.strip() or f"git exited with {error.returncode}") from error


def main(arguments: Sequence[str] | None = None) -> int:
    """Fetch the named sets, or all that are pinned and not there yet; 1 where one can't be had."""
    parser = argparse.ArgumentParser(
        prog="python -m tests.data_sets", description="Fetch public data for the tests."
    )
    parser.add_argument("names", nargs="*", metavar="NAME", help="such as meetings/qmsum")
    names = parser.parse_args(arguments).names
    if unknown := sorted(set(names) - {each.name for each in DATA_SETS}):
        parser.error(f"no data set is called {', '.join(unknown)}")
    failed = False
    for data_set in DATA_SETS:
        if names and data_set.name not in names:
            continue
        if data_set.left_out:
            print(f"{data_set.name}: left out, {data_set.left_out}")
        elif not names and (there := find(data_set.name)):
            print(f"{data_set.name}: is in {there.parent}")
        else:
            failed |= not _fetched(data_set)
    return int(failed)


def _fetched(data_set: DataSet) -> bool:
    """Whether the set could be fetched; says so either way."""
    try:
        target = fetch(data_set)
    except FetchFailed as error:
        print(f"{data_set.name}: {error}", file=sys.stderr)
        return False
    print(f"{data_set.name}: fetched into {target} ({data_set.licence})")
    return True


if __name__ == "__main__":
    sys.exit(main())
