"""Builds the docs site from docs/ into src/roomcast/site/learn/, where it is not of the present sources already.

`make docs` calls this, and hatch_build.py where a wheel is made.
"""

from __future__ import annotations

import argparse
import hashlib
import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Final

TOP: Final = Path(__file__).resolve().parent.parent
SITE: Final = TOP / "src" / "roomcast" / "site" / "learn"
FRESH: Final = TOP / "build" / "learn"  # a site that is built anew, until it takes the place of the old one
DOCTREES: Final = TOP / "build" / "doctrees"  # what Sphinx has read, so that only changed pages are read again
KNOWN: Final = DOCTREES / "pages"  # the names of the pages that it has read
STAMP: Final = SITE / ".sources"  # of which sources the site was built; servers show no file that begins with a dot
_SOURCES: Final = ("docs", "examples", "src", "scripts/docs.py", "README.md", "SECURITY.md", "CHANGELOG.md",
                   "CONTRIBUTING.md", "pyproject.toml")  # fmt: skip
_MADE_BY_SPHINX: Final = ("genindex.html", "search.html")


def digest() -> str:
    """Of everything that the pages show: docs, examples, and the docstrings in src."""
    files: list[Path] = []
    for name in _SOURCES:
        path = TOP / name
        files += [path] if path.is_file() else path.rglob("*")
    found = hashlib.sha256()
    for file in sorted(files):
        if file.is_file() and SITE not in file.parents and "__pycache__" not in file.parts:
            found.update(f"{file.relative_to(TOP)}\0{hashlib.sha256(file.read_bytes()).hexdigest()}\n".encode())
    return found.hexdigest()


def is_current() -> bool:
    return STAMP.is_file() and STAMP.read_text(encoding="utf-8") == digest()


def build(*, strict: bool, fresh: bool = False) -> int:
    """Build the site. `strict`: a warning is an error. Returns 0, or Sphinx's exit code after it has said why.

    `fresh`: all of it anew, beside the old one, which servers show until the new one takes its place.
    """
    sources = digest()
    target = FRESH if fresh else SITE
    if fresh:
        shutil.rmtree(FRESH, ignore_errors=True)
        shutil.rmtree(DOCTREES, ignore_errors=True)
    forget_if_changed("\n".join(sorted(str(page.relative_to(TOP)) for page in (TOP / "docs").rglob("*.md"))))
    STAMP.unlink(missing_ok=True)
    arguments = ["-b", "html", "-d", str(DOCTREES), "-n", "-q"]
    arguments += ["--fail-on-warning"] if strict else []
    path = os.pathsep.join([str(TOP / "src"), *filter(None, [os.environ.get("PYTHONPATH")])])
    code = subprocess.run(
        [sys.executable, "-m", "sphinx", *arguments, str(TOP / "docs"), str(target)],
        env=os.environ | {"PYTHONPATH": path},
        check=False,
    ).returncode
    if fresh and code == 0:
        replace(SITE, FRESH)
    for page in SITE.rglob("*.html"):
        source = TOP / "docs" / page.relative_to(SITE).with_suffix(".md")
        if not source.exists() and page.name not in _MADE_BY_SPHINX:
            page.unlink()  # of a source that is there no more
    if code == 0:
        STAMP.write_text(sources, encoding="utf-8")
    else:
        shutil.rmtree(DOCTREES, ignore_errors=True)  # or the pages that it warned of would count as read
    return code


def forget_if_changed(pages: str) -> None:
    """Forget what Sphinx has read where there are other pages now: links of unchanged ones may lead to those."""
    if not KNOWN.is_file() or KNOWN.read_text(encoding="utf-8") != pages:
        shutil.rmtree(DOCTREES, ignore_errors=True)
        DOCTREES.mkdir(parents=True)
        KNOWN.write_text(pages, encoding="utf-8")


def replace(folder: Path, new: Path) -> None:
    """Put the new folder in the place of the old one, if there is one: between the two there is none for a moment."""
    old = new.with_name(f"{new.name}.old")
    shutil.rmtree(old, ignore_errors=True)
    folder.parent.mkdir(parents=True, exist_ok=True)
    if folder.exists():
        folder.rename(old)
    new.rename(folder)
    shutil.rmtree(old, ignore_errors=True)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--strict", action="store_true", help="a warning is an error")
    parser.add_argument("--fresh", action="store_true", help="forget what was built before")
    given = parser.parse_args()
    if not given.fresh and is_current():
        return 0
    code = build(strict=given.strict, fresh=given.fresh)
    if code == 0:
        print(f"The docs are in {SITE.relative_to(TOP)}/; roomcast serve shows them at /learn/.")
    return code


if __name__ == "__main__":
    sys.exit(main())
