"""Runs a conversion in a child and says what it took."""

import os
import resource
import signal
import subprocess
import tempfile
import threading
import time
from pathlib import Path


# A calibration that keeps every tensor would take the machine's other processes with it.
_ADDRESS_SPACE = 16 << 30


def _limit_memory() -> None:
    resource.setrlimit(resource.RLIMIT_AS, (_ADDRESS_SPACE, _ADDRESS_SPACE))


def model_bytes(path: Path) -> int:
    """Of the model with its weights, wherever they lie beside it."""
    companions = [path.with_suffix(".bin")] if path.suffix == ".xml" else [path.with_name(path.name + ".data")]
    return sum(file.stat().st_size for file in [path, *companions] if file.exists())


def run_recorded(command: list[str], seconds: float, file: Path | None = None) -> dict:
    """Runs the command to its end or its limit.

    file     what it makes; None: its last line of output says so
    returns  outcome (made, failed, crashed, timeout), seconds and cpu_seconds, peak_bytes (resident), file and bytes or
             error (its last lines)
    """
    with tempfile.TemporaryFile() as out, tempfile.TemporaryFile() as err:
        start = time.monotonic()
        child = subprocess.Popen(command, stdout=out, stderr=err, start_new_session=True, preexec_fn=_limit_memory)
        timer = threading.Timer(seconds, os.killpg, (child.pid, signal.SIGKILL))
        timer.start()
        # wait4 and not wait: it tells the peak of this child alone.
        _, status, usage = os.wait4(child.pid, 0)
        timer.cancel()
        child.returncode = os.waitstatus_to_exitcode(status)
        taken = time.monotonic() - start
        out.seek(0)
        err.seek(0)
        said, complaint = out.read().decode(errors="replace").strip(), err.read().decode(errors="replace").strip()
    record = {"seconds": taken, "cpu_seconds": usage.ru_utime + usage.ru_stime, "peak_bytes": usage.ru_maxrss * 1024}
    if child.returncode == 0:
        made = file or Path(said.splitlines()[-1])
        return {"outcome": "made", "file": str(made), "bytes": model_bytes(made), **record}
    outcome = "timeout" if taken >= seconds else "crashed" if child.returncode < 0 else "failed"
    error = "\n".join((complaint or said).splitlines()[-3:])
    return {"outcome": outcome, "error": error if outcome != "timeout" else f"not done in {seconds:g} s", **record}
