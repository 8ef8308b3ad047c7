"""The installed command: puts the folder `trian` of site-packages, where bot/ and its neighbours are, on the path."""

import sys
from pathlib import Path


def main() -> None:
    sys.path.insert(0, str(Path(__file__).parent / "trian"))
    from bot.__main__ import main as command

    command()
