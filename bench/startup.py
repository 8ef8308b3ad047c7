"""How long `trian run` takes to answer, what memory it holds, and how fast its pages are: `make bench`."""

import json
import os
import signal
import socket
import statistics
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from pathlib import Path

from bot import HOME

PAGES = ("/", "/chat", "/hoi-dap", "/hoi-dap/chien-dich-la-gi", "/bang-tin", "/quyen-rieng-tu", "/can-bo/dang-nhap")
RUNS = 5


def measured(folder: Path) -> dict[str, float]:
    """One start of the service in `folder`, every page five times, then an orderly stop."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    (folder / "config.toml").write_text(f"[web]\nport = {port}\n")
    begun = time.perf_counter()
    service = subprocess.Popen(
        [sys.executable, "-m", "bot", "run", "--config", str(folder / "config.toml")],
        cwd=HOME, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
    )  # fmt: skip
    while not answers(port):
        time.sleep(0.01)
    start = time.perf_counter() - begun
    for page in PAGES:
        seconds(port, page)
    times = [seconds(port, page) for page in PAGES for _ in range(5)]
    status = Path(f"/proc/{service.pid}/status").read_text()
    memory = int(status.partition("VmRSS:")[2].split()[0]) / 1024
    os.kill(service.pid, signal.SIGTERM)
    service.wait()
    return {
        "start_seconds": round(start, 2),
        "memory_mb": round(memory),
        "page_median_ms": round(statistics.median(times) * 1000, 1),
        "page_slowest_ms": round(max(times) * 1000, 1),
    }


def answers(port: int) -> bool:
    try:
        urllib.request.urlopen(f"http://127.0.0.1:{port}/static/none", timeout=1)
    except urllib.error.HTTPError:
        return True
    except OSError:
        return False
    return True


def seconds(port: int, page: str) -> float:
    begun = time.perf_counter()
    urllib.request.urlopen(f"http://127.0.0.1:{port}{page}").read()
    return time.perf_counter() - begun


def main() -> None:
    with tempfile.TemporaryDirectory() as folder:
        runs = [measured(Path(folder)) for _ in range(RUNS)]
    output = Path(__file__).parent / "output"
    output.mkdir(exist_ok=True)
    (output / "startup.json").write_text(json.dumps(runs, indent=1))
    print(f"{RUNS} starts of the service, the first on a new database")
    for name in runs[0]:
        print(f"{name:24} {', '.join(str(run[name]) for run in runs)}")


if __name__ == "__main__":
    main()
