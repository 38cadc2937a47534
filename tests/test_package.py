"""What is shipped: four packages with one owner each, one command, nothing else."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
import tomllib
import zipfile
from importlib.metadata import packages_distributions
from pathlib import Path

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

ROOT = Path(__file__).parent.parent
PACKAGES = {"kb", "ingest", "retrieval", "cli"}
LOCKED = re.compile(r"^([\w.-]+)==([^ ;\n]+)", re.M)


def test_what_is_locked_is_within_the_bounds():
    """Where this fails, bounds were changed: make lock."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
    wanted = [
        *project["dependencies"],
        *(each for name in ("dev", "gpu") for each in project["optional-dependencies"][name]),
    ]
    locked: dict[str, list[str]] = {}
    for file in (
        "requirements/base.txt",
        "requirements/dev.txt",
        "requirements/models.txt",
        "constraints.txt",
    ):
        for name, version in LOCKED.findall((ROOT / file).read_text("utf-8")):
            locked.setdefault(canonicalize_name(name), []).append(version)
    for requirement in map(Requirement, wanted):
        versions = locked.get(canonicalize_name(requirement.name), [])
        assert versions, f"{requirement.name} is not locked"
        assert all(requirement.specifier.contains(version) for version in versions), requirement


def test_every_locked_package_has_its_hashes_and_comes_from_anywhere():
    for file in (ROOT / "requirements").iterdir():
        lines = file.read_text("utf-8").splitlines()
        assert all(
            re.fullmatch(r" {4}--hash=sha256:[0-9a-f]{64}(?: \\)?|[a-z0-9].*==.* \\", line)
            for line in lines
        )


def test_each_package_has_exactly_one_owner():
    owners = packages_distributions()
    assert {name: set(owners.get(name, [])) for name in PACKAGES} == {
        name: {"founders-kb"} for name in PACKAGES
    }


def test_the_wheel_holds_the_four_packages_and_every_module(tmp_path: Path):
    # What an earlier build left there goes into this one too: modules of before a renaming.
    shutil.rmtree(ROOT / "build" / "lib", ignore_errors=True)
    build = [
        sys.executable,
        "-m",
        "pip",
        "wheel",
        "--quiet",
        "--no-deps",
        "--no-build-isolation",
        "--wheel-dir",
        str(tmp_path),
        str(ROOT),
    ]
    subprocess.run(build, check=True, capture_output=True, timeout=300)
    (wheel,) = tmp_path.glob("*.whl")
    names = zipfile.ZipFile(wheel).namelist()
    modules = {name for name in names if name.endswith(".py")}
    assert {name.split("/")[0] for name in modules} == PACKAGES
    ours = {
        str(path.relative_to(ROOT))
        for package in PACKAGES
        for path in (ROOT / package).rglob("*.py")
    }
    assert modules == ours
    data = {
        "contextual.onnx",
        "static.npz",
        "late_interaction.npz",
        "pieces.json.gz",
        "MODEL_CARD.md",
    }
    assert data == {Path(name).name for name in names if name.startswith("kb/embedders/builtin/")}
    assert (
        sum(
            each.file_size
            for each in zipfile.ZipFile(wheel).infolist()
            if "/builtin/" in each.filename
        )
        < 40e6
    )
    assert [name for name in names if "/locale/" in name] == ["cli/locale/zh.po"]
    page = ROOT / "cli" / "server" / "page"
    shown = [*page.glob("html/*"), *page.glob("static/*")]
    assert {str(file.relative_to(ROOT)) for file in shown} <= set(names)
    # With it a program that imports them is checked against their types.
    assert {f"{package}/py.typed" for package in PACKAGES} <= set(names)
    (entry_points,) = [name for name in names if name.endswith("entry_points.txt")]
    scripts = zipfile.ZipFile(wheel).read(entry_points).decode()
    assert scripts.split() == ["[console_scripts]", "kb", "=", "cli.start:run"]
