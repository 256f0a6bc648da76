"""Engine processes: isolated, limited, and ended as a group.

The harness starts engines through this module alone, which guarantees that

- an engine and its child processes form a process group of their own, which is killed as a whole;
- no engine outlives its deadline, nor an interrupted run;
- an engine's output is kept up to a limit.
"""

from __future__ import annotations

import errno
import os
import shutil
import signal
import subprocess
import tempfile
import threading
import time
from pathlib import Path

import attrs

#: Bytes kept of each output stream of a process that is run to its end.
OUTPUT_LIMIT = 64 * 1024 * 1024

#: Names of signals by number.
_SIGNAL_NAMES = {s.value: s.name for s in signal.Signals}


@attrs.frozen
class Completed:
    """A process that has ended, and its output.

    `status` is the exit status, or the negated number of the signal that ended the process. `timed_out` means that the
    harness killed it at its deadline.
    """

    argv: tuple[str, ...]
    status: int
    stdout: str
    stderr: str
    seconds: float
    timed_out: bool = False

    @property
    def crashed(self) -> bool:
        """Whether a signal that the harness did not send ended the process."""
        return self.status < 0 and not self.timed_out

    def describe_end(self) -> str:
        """The exit status or signal, as a phrase."""
        return describe_status(self.status)


def processors() -> int:
    """The number of processors that this program may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def describe_status(status: int) -> str:
    """`exit status N`, or the name of the signal that ended a process."""
    if status < 0:
        return f"ended by {_SIGNAL_NAMES.get(-status, f'signal {-status}')}"
    return f"exit status {status}"


class ProcessTable:
    """The live engine processes of one run, so that an interrupt can end them all.

    Safe to use from several threads. After `kill_all` no process can be started.
    """

    def __init__(self, memory_limit: int = 0):
        """`memory_limit` is in bytes, per process; 0 means no limit."""
        self.memory_limit = memory_limit
        self._live: set[subprocess.Popen] = set()
        self._lock = threading.Lock()
        self._closed = False

    def start(self, argv: list[str], **popen) -> subprocess.Popen:
        """Start `argv` in a process group of its own. Raises OSError, or Interrupted after `kill_all`."""
        with self._lock:
            if self._closed:
                raise Interrupted("the run was interrupted")
            process = subprocess.Popen(self._limited(argv), start_new_session=True, **popen)
            self._live.add(process)
        return process

    def _limited(self, argv: list[str]) -> list[str]:
        # The data limit counts writable memory, not reserved address space: engines that reserve gigabytes of guard
        # pages per memory run under it. A shell sets the limit and becomes the engine: Python code between fork and
        # exec is not safe in a threaded program, and a limit set from outside may come too late.
        if not self.memory_limit:
            return argv
        program = shutil.which(argv[0])
        if program is None:
            raise FileNotFoundError(errno.ENOENT, os.strerror(errno.ENOENT), argv[0])
        script = f'ulimit -d {self.memory_limit // 1024} && exec "$@"'
        return ["/bin/sh", "-c", script, "sh", program, *argv[1:]]

    def kill(self, process: subprocess.Popen) -> None:
        """End the whole group of `process` and wait for it. No effect on a process that has ended."""
        kill_group(process)
        self.forget(process)

    def forget(self, process: subprocess.Popen) -> None:
        """Remove `process`, which has ended and been waited for."""
        with self._lock:
            self._live.discard(process)

    def kill_all(self) -> None:
        """End every live process, and refuse new ones."""
        with self._lock:
            self._closed = True
            live = list(self._live)
        for process in live:
            _signal_group(process, signal.SIGKILL)

    @property
    def closed(self) -> bool:
        """Whether `kill_all` has been called."""
        return self._closed


class Interrupted(Exception):
    """The run is being interrupted; no more engine processes are started."""


def _signal_group(process: subprocess.Popen, number: int) -> None:
    try:
        os.killpg(process.pid, number)
    except (ProcessLookupError, PermissionError):
        pass


def kill_group(process: subprocess.Popen) -> None:
    """Kill the process group that `process` leads, and reap `process`."""
    _signal_group(process, signal.SIGKILL)
    process.wait()


def run_to_end(
    table: ProcessTable,
    argv: list[str],
    *,
    timeout: float,
    cwd: Path | None = None,
    env: dict[str, str] | None = None,
) -> Completed:
    """Run `argv` to its end or to `timeout` seconds, whichever comes first.

    Output goes to temporary files instead of pipes: an engine that fills a pipe, or leaves a child that keeps it open,
    cannot block the harness.
    """
    begin = time.monotonic()
    with tempfile.TemporaryFile() as out, tempfile.TemporaryFile() as err:
        process = table.start(argv, stdin=subprocess.DEVNULL, stdout=out, stderr=err, cwd=cwd, env=env)
        timed_out = False
        try:
            process.wait(timeout)
        except subprocess.TimeoutExpired:
            timed_out = True
        finally:
            table.kill(process)
        return Completed(
            argv=tuple(argv),
            status=process.returncode,
            stdout=_read_back(out),
            stderr=_read_back(err),
            seconds=time.monotonic() - begin,
            timed_out=timed_out,
        )


def _read_back(stream) -> str:
    stream.seek(0)
    return stream.read(OUTPUT_LIMIT).decode("utf-8", "replace")
