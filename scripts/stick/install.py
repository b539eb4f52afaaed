"""Installs Roomcast from this folder, without a network. Any Python 3 can read this file.

python install.py              into the Python that runs this
python install.py .venv        into a new environment in the folder .venv
"""

import os
import subprocess
import sys

NEEDED = (3, 11)
HERE = os.path.dirname(os.path.abspath(__file__))  # noqa: PTH100, PTH120  # as old a Python as there may be


def main():
    if sys.version_info < NEEDED:
        sys.exit(
            "Roomcast needs Python {}.{} or newer, and this is Python {}.{}. Is there a newer one here? Then: "
            "python3.12 install.py, with its number.".format(*NEEDED, *sys.version_info[:2])
        )
    python = sys.executable
    if len(sys.argv) > 1:
        folder = os.path.abspath(sys.argv[1])  # noqa: PTH100
        subprocess.check_call([python, "-m", "venv", folder])
        python = os.path.join(folder, *(("Scripts", "python.exe") if os.name == "nt" else ("bin", "python")))  # noqa: PTH118
    words = ["-m", "pip", "--disable-pip-version-check", "install", "--quiet", "--no-index", "--find-links", HERE]
    if subprocess.call([python, *words, "roomcast"]) != 0:
        sys.exit(
            "It could not be installed; pip says why above. Where it says 'no matching distribution', this folder was "
            "made for other systems or another Python than {}.{} on {}. Where it says 'externally managed', give a "
            "folder for a new environment: python3 install.py .venv".format(*sys.version_info[:2], sys.platform)
        )
    print("Roomcast is installed. Try: {} -m roomcast demo".format(python))  # noqa: UP032


if __name__ == "__main__":
    main()
