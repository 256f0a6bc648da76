"""A client of the driver protocol (PROTOCOL.md, interface C).

One object is one engine process. Requests are synchronous: each is written as a line, and its answer awaited within a
deadline. A client must not be shared between threads.

    with DriverClient(["wasmproc", "driver"]) as engine:
        engine.process(name="$p", pages=64)
        address = engine.mmap(hint=0, length=65536)
        engine.poke(address, b"hello")

A request may raise

- `EngineError`: the engine answered with an error, and can continue;
- `EngineTimeout`: no answer within the deadline; the engine has been killed;
- `EngineCrash`: the engine ended, or violated the protocol; it has been killed.
"""

from __future__ import annotations

import base64
import json
import os
import select
import subprocess
import tempfile
import time
from collections.abc import Iterable, Iterator
from typing import Any

from .process import ProcessTable, describe_status

#: The most bytes of one answer.
ANSWER_LIMIT = 64 * 1024 * 1024

#: Bytes of standard error that a crash report keeps.
STDERR_KEPT = 8 * 1024

#: The kinds of failure that an engine may answer with.
ERROR_KINDS = frozenset(
    "malformed invalid unlinkable unloadable refused trap exception exhaustion exit unsupported protocol crash".split()
)


class EngineError(Exception):
    """The engine answered a request with an error of one of `ERROR_KINDS`."""

    def __init__(self, kind: str, message: str):
        super().__init__(f"{kind}: {message}")
        self.kind = kind
        self.message = message


class EngineTimeout(Exception):
    """The engine did not answer within the deadline, and was killed."""


class EngineCrash(Exception):
    """The engine ended before it answered, or violated the protocol and was killed."""


class DriverClient:
    """An engine process that speaks the driver protocol."""

    def __init__(
        self,
        argv: list[str],
        *,
        timeout: float = 10.0,
        env: dict[str, str] | None = None,
        table: ProcessTable | None = None,
    ):
        """Start `argv`; `timeout` is the default number of seconds that a request may take."""
        self.argv = list(argv)
        self.timeout = timeout
        self._table = table or ProcessTable()
        self._next_id = 0
        self._buffer = bytearray()
        self._stderr = tempfile.TemporaryFile()
        self._process = self._table.start(
            self.argv, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=self._stderr, env=env, bufsize=0
        )
        os.set_blocking(self._process.stdin.fileno(), False)
        self._alive = True

    def __enter__(self) -> DriverClient:
        return self

    def __exit__(self, *exception) -> None:
        self.close()

    @property
    def alive(self) -> bool:
        """Whether requests can still be sent."""
        return self._alive

    def close(self) -> int | None:
        """End the engine: close its input, wait a second, then kill it. Never raises.

        Returns its exit status if it ended at the end of input, else None.
        """
        status = None
        if self._alive:
            self._alive = False
            try:
                self._process.stdin.close()
                status = self._process.wait(1.0)
            except (OSError, subprocess.TimeoutExpired):
                pass
        self._end()
        return status

    def stderr_tail(self) -> str:
        """The last `STDERR_KEPT` bytes that the engine wrote to standard error."""
        if self._stderr.closed:
            return ""
        end = self._stderr.seek(0, os.SEEK_END)
        self._stderr.seek(max(0, end - STDERR_KEPT))
        return self._stderr.read().decode("utf-8", "replace")

    def request(self, cmd: str, *, deadline: float | None = None, **keys: Any) -> dict:
        """Send one command and return its answer. `deadline` is a time of `time.monotonic`.

        Keys whose value is None are omitted.
        """
        if not self._alive:
            raise EngineCrash("the engine has ended")
        if deadline is None:
            deadline = time.monotonic() + self.timeout
        self._next_id += 1
        message = {"id": self._next_id, "cmd": cmd} | {k: v for k, v in keys.items() if v is not None}
        try:
            self._write(json.dumps(message).encode() + b"\n", deadline)
            answer = self._parse(self._read_line(deadline))
        except BrokenPipeError:
            raise self._crash("the engine closed its input") from None
        if "error" in answer:
            raise self._engine_error(answer["error"])
        return answer

    def pipeline(self, requests: list[dict]) -> Iterator[dict | EngineError]:
        """Send several requests at once, each a dict with its "cmd", and yield the answer or error of each.

        Together they must fit into a pipe, 65,536 bytes. The caller must take all answers.
        """
        deadline = time.monotonic() + self.timeout
        first = self._next_id
        lines = (json.dumps({"id": first + number} | request) for number, request in enumerate(requests, 1))
        try:
            self._write("".join(line + "\n" for line in lines).encode(), deadline)
        except BrokenPipeError:
            raise self._crash("the engine closed its input") from None
        for _ in requests:
            self._next_id += 1
            answer = self._parse(self._read_line(deadline))
            yield self._engine_error(answer["error"]) if "error" in answer else answer

    def _write(self, data: bytes, deadline: float) -> None:
        # Standard input does not block, so that the deadline holds for an engine that never reads.
        view = memoryview(data)
        while view:
            _, ready, _ = select.select([], [self._process.stdin], [], max(0.0, deadline - time.monotonic()))
            if not ready:
                raise self._timeout()
            view = view[os.write(self._process.stdin.fileno(), view):]

    def _read_line(self, deadline: float) -> bytes:
        scanned = 0
        while True:
            end = self._buffer.find(b"\n", scanned)
            if end >= 0:
                line = bytes(self._buffer[:end])
                del self._buffer[: end + 1]
                return line
            scanned = len(self._buffer)
            if scanned > ANSWER_LIMIT:
                raise self._crash("the engine's answer is too long")
            ready, _, _ = select.select([self._process.stdout], [], [], max(0.0, deadline - time.monotonic()))
            if not ready:
                raise self._timeout()
            chunk = os.read(self._process.stdout.fileno(), 1 << 16)
            if not chunk:
                raise self._crash("the engine ended without an answer")
            self._buffer += chunk

    def _parse(self, line: bytes) -> dict:
        try:
            answer = json.loads(line)
        except ValueError:
            raise self._crash(f"the answer is not JSON: {line[:200]!r}") from None
        if not isinstance(answer, dict):
            raise self._crash(f"the answer is not an object: {line[:200]!r}")
        if answer.get("id") != self._next_id:
            raise self._crash(f"the answer has id {answer.get('id')!r}, not {self._next_id}")
        if "error" not in answer and answer.get("ok") is not True:
            raise self._crash(f'the answer has neither "ok" nor "error": {line[:200]!r}')
        return answer

    def _engine_error(self, error: Any) -> Exception:
        kind = error.get("kind") if isinstance(error, dict) else None
        if kind not in ERROR_KINDS:
            return self._crash(f"the answer's error is not of a known kind: {error!r}")
        return EngineError(kind, str(error.get("message", "")))

    def _crash(self, what: str) -> EngineCrash:
        # The status of an engine that has just died may take a moment to arrive; an engine that only violated the
        # protocol is still alive and is killed.
        try:
            status = self._process.wait(0.5)
            what = f"{what} ({describe_status(status)})"
        except subprocess.TimeoutExpired:
            pass
        tail = self.stderr_tail().strip()
        self._end()
        return EngineCrash(what + (f"\n{tail}" if tail else ""))

    def _timeout(self) -> EngineTimeout:
        self._end()
        return EngineTimeout("the engine did not answer in time")

    def _end(self) -> None:
        self._alive = False
        self._table.kill(self._process)
        for stream in (self._process.stdin, self._process.stdout, self._stderr):
            try:
                stream.close()
            except OSError:
                pass

    # The protocol's commands, one method each.

    def hello(self) -> dict:
        """Name, version, features, profiles of the engine, and whether it knows processes."""
        return self.request("hello")

    def module(self, *, data: bytes | None = None, text: str | None = None, name: str | None = None) -> None:
        """Decode, validate and instantiate a module, given as bytes or as text; in a process, load it."""
        self.request("module", bytes=_base64(data), text=text, name=name)

    def define(self, *, data: bytes | None = None, text: str | None = None, name: str | None = None) -> None:
        """Decode and validate a module, and keep it as a definition."""
        self.request("define", bytes=_base64(data), text=text, name=name)

    def instantiate(self, *, definition: str | None = None, name: str | None = None) -> None:
        """Instantiate a definition: the one named, else the last one."""
        self.request("instantiate", definition=definition, name=name)

    def check(self, phase: str, *, data: bytes | None = None, text: str | None = None) -> None:
        """Run the phases up to `phase` ("decode", "validate", "instantiate") and discard the result."""
        self.request("check", phase=phase, bytes=_base64(data), text=text)

    def register(self, as_: str, *, name: str | None = None) -> None:
        """Make an instance's exports importable under the module name `as_`."""
        self.request("register", name=name, **{"as": as_})

    def invoke(self, field: str, args: Iterable[dict] = (), *, module: str | None = None) -> list[dict]:
        """Call an exported function; arguments and results are values of the protocol."""
        return self.request("invoke", module=module, field=field, args=list(args))["values"]

    def get(self, field: str, *, module: str | None = None) -> dict:
        """The value of an exported global."""
        return self.request("get", module=module, field=field)["values"][0]

    def process(
        self,
        *,
        pages: int,
        name: str | None = None,
        address: str = "i32",
        stack: int = 0,
        limit: int | None = None,
        dictionary: Iterable[list[str]] = (),
    ) -> None:
        """Create a process of `pages` pages, of which `limit` may be accessible at once, and make it current."""
        self.request(
            "process",
            name=name,
            address=address,
            pages=str(pages),
            stack=str(stack),
            limit=None if limit is None else str(limit),
            dictionary=[list(entry) for entry in dictionary],
        )

    def switch(self, name: str | None = None) -> None:
        """Make a process current; without a name, return to the plain core embedding."""
        self.request("switch", name=name)

    def end(self, name: str | None = None) -> None:
        """End a process."""
        self.request("end", name=name)

    def peek(self, addr: int, length: int) -> bytes:
        """Read `length` bytes (at most 65,536) of the current process as a host function would."""
        return base64.b64decode(self.request("peek", addr=str(addr), length=str(length))["bytes"], validate=True)

    def poke(self, addr: int, data: bytes) -> None:
        """Write `data` to the current process as a host function would."""
        self.request("poke", addr=str(addr), bytes=_base64(data))

    def mmap(self, hint: int, length: int) -> int:
        """The platform API's `mmap`, called by the embedder: an address, or 0."""
        return int(self.request("mmap", hint=str(hint), length=str(length))["value"])

    def munmap(self, addr: int, length: int) -> bool:
        """The platform API's `munmap`, called by the embedder."""
        return self.request("munmap", addr=str(addr), length=str(length))["value"] == "1"

    def discard(self, addr: int, length: int) -> bool:
        """The platform API's `discard`, called by the embedder."""
        return self.request("discard", addr=str(addr), length=str(length))["value"] == "1"

    def rules(self) -> dict[str, int]:
        """The number of times each rule fired since the last call, in an engine with rule probes."""
        return self.request("rules")["rules"]

    def reset(self) -> None:
        """Discard every process, instance, definition and name."""
        self.request("reset")


def _base64(data: bytes | None) -> str | None:
    return None if data is None else base64.b64encode(data).decode("ascii")
