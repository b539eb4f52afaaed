"""A folder with all that Roomcast needs, for computers without an index of packages (`make wheelhouse`).

For each system and each Python that is asked for, the wheels of Roomcast and of everything below it are put into
dist/wheelhouse/, in place of those that were there, with install.py, which installs them there without a network:

    python install.py

What a package needs may depend on the system (`colorama; sys_platform == "win32"`), and pip asks that of the system on
which it runs. So here the markers are read for the system that is meant, and pip only downloads.
"""

from __future__ import annotations

import argparse
import shutil
import subprocess
import sys
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from email.parser import Parser
from pathlib import Path
from typing import Final
from zipfile import ZipFile

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name, parse_wheel_filename

TOP: Final = Path(__file__).resolve().parent.parent
PYTHONS: Final = ("3.11", "3.12", "3.13", "3.14")
_LINUX: Final = ("manylinux_2_28", "manylinux_2_17", "manylinux2014")

# By the word that is typed: the tags of wheels that run there, and what markers ask for.
PLATFORMS: Final[dict[str, tuple[tuple[str, ...], dict[str, str]]]] = {
    "windows": (("win_amd64",), {"sys_platform": "win32", "platform_system": "Windows", "os_name": "nt"}),
    "macos": (("macosx_11_0_arm64",), {"sys_platform": "darwin", "platform_system": "Darwin", "os_name": "posix"}),
    "macos-intel": (
        ("macosx_11_0_x86_64", "macosx_10_15_x86_64"),
        {"sys_platform": "darwin", "platform_system": "Darwin", "os_name": "posix"},
    ),
    "linux": (
        tuple(f"{one}_x86_64" for one in _LINUX),
        {"sys_platform": "linux", "platform_system": "Linux", "os_name": "posix"},
    ),
    "linux-arm": (  # a Raspberry Pi with a system of 64 bits
        tuple(f"{one}_aarch64" for one in _LINUX),
        {"sys_platform": "linux", "platform_system": "Linux", "os_name": "posix"},
    ),
}


@dataclass(frozen=True)
class Target:
    platform: str
    python: str

    def environment(self) -> dict[str, str]:
        """What a marker may ask for there."""
        return PLATFORMS[self.platform][1] | {
            "python_version": self.python,
            "python_full_version": f"{self.python}.0",
            "implementation_name": "cpython",
            "platform_python_implementation": "CPython",
            "extra": "",
        }

    def __str__(self) -> str:
        return f"{self.platform}, Python {self.python}"


class Unavailable(Exception):
    """Something cannot be had for a target. Its message is a sentence."""


def needed(wheel: Path, target: Target) -> Iterator[Requirement]:
    """What a wheel needs on the target."""
    with ZipFile(wheel) as file:
        name = next(one for one in file.namelist() if one.endswith(".dist-info/METADATA"))
        metadata = Parser().parsestr(file.read(name).decode("utf-8"))
    for line in metadata.get_all("Requires-Dist") or ():
        requirement = Requirement(line)
        if requirement.marker is None or requirement.marker.evaluate(target.environment()):
            yield requirement


def gather(roomcast: Path, folder: Path, target: Target) -> None:
    """Download what Roomcast needs on the target, step by step. Raises `Unavailable`."""
    wheels = {"roomcast": roomcast}
    wanted = list(needed(roomcast, target))
    while missing := [one for one in wanted if canonicalize_name(one.name) not in wheels]:
        found = _download(missing, folder / f".{target.platform}-{target.python}", target)
        for wheel in found:
            wheels[parse_wheel_filename(wheel.name)[0]] = folder / wheel.name
            wanted += needed(wheel, target)
            shutil.move(wheel, folder / wheel.name)
    for one in wanted:
        version = parse_wheel_filename(wheels[canonicalize_name(one.name)].name)[1]
        if not one.specifier.contains(version):
            raise Unavailable(f"{one} is needed, and {version} is what was found for {target}")


def _download(requirements: Iterable[Requirement], folder: Path, target: Target) -> list[Path]:
    words = sorted({f"{one.name}{one.specifier}" for one in requirements})
    tags = [word for tag in PLATFORMS[target.platform][0] for word in ("--platform", tag)]
    pip = [sys.executable, "-m", "pip", "--disable-pip-version-check", "--quiet", "--quiet", "download"]
    how = ["--no-deps", "--only-binary=:all:", "--python-version", target.python, "--implementation", "cp", *tags]
    done = subprocess.run([*pip, *how, "--dest", folder, *words], capture_output=True, text=True, check=False)
    if done.returncode != 0:
        shutil.rmtree(folder, ignore_errors=True)
        raise Unavailable(f"{target}: {(done.stderr.strip().splitlines() or ['pip failed'])[-1]}")
    return sorted(folder.glob("*.whl"))


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--platform", action="append", choices=PLATFORMS, help="for this system; may be said twice")
    parser.add_argument("--python", action="append", choices=PYTHONS, help="for this Python; may be said twice")
    parser.add_argument("--to", type=Path, default=TOP / "dist" / "wheelhouse", metavar="FOLDER")
    parser.add_argument("--wheel", type=Path, required=True, help="that of Roomcast itself: make wheel")
    asked = parser.parse_args()
    folder: Path = asked.to
    folder.mkdir(parents=True, exist_ok=True)
    for old in folder.glob("*.whl"):  # of another version, or for other systems
        if not old.samefile(asked.wheel):
            old.unlink()
    roomcast = Path(shutil.copy(asked.wheel, folder))
    shutil.copy(TOP / "scripts" / "stick" / "install.py", folder)
    failed = 0
    for platform in asked.platform or PLATFORMS:
        for python in asked.python or PYTHONS:
            target = Target(platform, python)
            try:
                gather(roomcast, folder, target)
                print(f"✓ {target}")
            except Unavailable as trouble:
                failed += 1
                print(f"✗ {trouble}")
            shutil.rmtree(folder / f".{platform}-{python}", ignore_errors=True)
    size = sum(file.stat().st_size for file in folder.iterdir()) / 1e6
    print(
        f"{folder}: {len(list(folder.glob('*.whl')))} wheels, {size:.0f} MB. On the other computer: python install.py"
    )
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
