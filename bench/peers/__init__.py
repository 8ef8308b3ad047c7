"""What others reach: each peer in an environment of its own under var/, installed from the index, used as it tells."""

import subprocess
import sys
from pathlib import Path

from bot import HOME

FOLDER = HOME / "var" / "bench-peers"
WANTED = Path(__file__).parent / "requirements.txt"


def ready() -> str:
    """The Python of that environment; «» when it cannot be made."""
    python, mark = FOLDER / "bin" / "python", FOLDER / "ready"
    if mark.exists() and mark.read_text() == WANTED.read_text():
        return str(python)
    try:
        subprocess.run([sys.executable, "-m", "venv", str(FOLDER)], check=True)
        subprocess.run([str(python), "-m", "pip", "install", "--quiet", "-r", str(WANTED)], check=True)
    except (OSError, subprocess.CalledProcessError):
        return ""
    mark.write_text(WANTED.read_text())
    return str(python)
