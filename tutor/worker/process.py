"""A child as the worker sees it: its pipes, what it printed so far, and which step it is in.

Printed text goes to the step that was open when it was written. The child marks both output pipes before each event,
so text up to mark n was written before event n. Of a flood, the head is passed on and a tail is kept; what lies
between is counted and thrown away, so memory stays bounded whatever a snippet prints.
"""

from __future__ import annotations

import codecs
import json
import os
import time
from collections import deque
from typing import Any, Callable, Deque, Dict, List, Tuple

from . import system
from .limits import Stop
from .outbox import Outbox
from .pipes import read_ready, unblock
from .wire import Printed, decode, encode

HEAD = 256 * 1024  # bytes of output per job that are passed on as they come
TAIL = 16 * 1024  # bytes kept of what follows, at each event and at the end
FLOOD = 4 * 1024 * 1024  # bytes after which the job is ended
LINE = 8 * 1024 * 1024  # bytes of one event
EVENTS = 128 * 1024 * 1024  # bytes of all events of a job, after which it is ended
CHUNK = 65536
TURNS = 4  # chunks of events in a row


class Stream:
    """One output pipe."""

    def __init__(self, fd: int, name: str, nonce: bytes) -> None:
        self.fd, self.name, self.nonce = fd, name, nonce
        self.open = True
        self.pending = b""
        self.decoder = codecs.getincrementaldecoder("utf-8")("backslashreplace")
        self.tail: Deque[bytes] = deque()
        self.kept = self.skipped = 0

    def read(self) -> bool:
        """Take in what is there; whether there was anything."""
        if not self.open:
            return False
        try:
            data = read_ready(self.fd, CHUNK)
        except BlockingIOError:
            return False
        except OSError:
            data = b""
        if not data:
            self.open = False
            return False
        self.pending += data
        return True

    def plain(self, final: bool = False) -> bytes:
        """Take out the text before the next mark. A cut-off mark at the end stays where it is."""
        at = self.pending.find(self.nonce)
        if at < 0:
            at = len(self.pending) if final else self.partial()
        text, self.pending = self.pending[:at], self.pending[at:]
        return text

    def partial(self) -> int:
        """Where a mark may begin in the last bytes."""
        for n in range(min(len(self.nonce) - 1, len(self.pending)), 0, -1):
            if self.pending.endswith(self.nonce[:n]):
                return len(self.pending) - n
        return len(self.pending)

    def mark(self) -> int:
        """The number of the mark at the front; -1 for none."""
        if not self.pending.startswith(self.nonce):
            return -1
        end = self.pending.find(b"\n")
        number = self.pending[len(self.nonce) + 1 : end]
        return int(number) if end >= 0 and number.isdigit() else -1

    def drop_mark(self) -> None:
        """Take the mark off."""
        self.pending = self.pending[self.pending.find(b"\n") + 1 :]

    def keep(self, data: bytes) -> None:
        """Put text beyond the head into the tail."""
        self.tail.append(data)
        self.kept += len(data)
        while self.tail and self.kept - len(self.tail[0]) >= TAIL:
            lost = len(self.tail.popleft())
            self.kept -= lost
            self.skipped += lost

    def take_tail(self) -> Tuple[bytes, int]:
        """The tail and how much is missing before it."""
        data, skipped = b"".join(self.tail), self.skipped
        skipped += max(0, len(data) - TAIL)
        self.tail.clear()
        self.kept = self.skipped = 0
        return data[-TAIL:], skipped


def is_an_end(body: bytes) -> bool:
    """Whether it is what a process may say of the end of its job."""
    try:
        return decode(body).outcome in ("finished", "raised")
    except ValueError:
        return False


class Child:
    """A process that serves, or waits to serve, one job."""

    def __init__(
        self,
        pid: int,
        fds: Tuple[int, int, int, int],
        nonce: str,
        directory: str,
        selector: Any,
        popen: Any = None,
        cage: Any = None,
    ) -> None:
        self.pid, self.directory, self.popen, self.cage = pid, directory, popen, cage
        self.job_fd, self.event_fd, out, err = fds
        self.inbox = Outbox(self.job_fd, selector)
        self.nonce = nonce.encode()
        self.streams = (Stream(out, "stdout", self.nonce), Stream(err, "stderr", self.nonce))
        for fd in (self.event_fd, out, err):
            unblock(fd)
        self.events = b""
        self.event_open = True
        self.closed = False
        self.device = ""
        self.allow: Tuple[str, ...] = ()
        self.job: Any = None
        self.steps: List[int] = []
        self.lines: Dict[int, int] = {}
        self.line = 0  # of the error, where one was told
        self.own = b""  # how an event of its job goes on after its kind
        self.told = 0  # bytes of events
        self.printed = 0
        self.started = self.deadline = self.kill_at = 0.0
        self.had = 0  # bytes of memory before its job
        self.room = 0  # bytes of the disk that were left then
        self.stop: Stop | None = None  # why it was told to stop
        self.facts = b""  # what a spawned child says of its interpreter
        self.result = b""  # its own Finished
        self.error_kinds: List[str] = []
        self.status: Any = None
        self.replay_of: Any = None  # the Finished that waits for this replay

    def give(self, job: Any) -> None:
        """Hand the job over."""
        self.job = job
        self.own = ',"job":{}'.format(json.dumps(job.id)).encode("ascii")
        self.inbox.send(encode(job))

    def start_clock(self, memory: int, grace: float) -> None:
        """Its time, memory and room on the disk count from here. It may use so many bytes, and has `grace` seconds more
        than its job says."""
        self.started = time.monotonic()
        self.deadline = self.started + self.job.timeout + grace
        self.had = system.resident(self.pid)[0]
        self.room = system.room(self.directory)
        if self.cage is not None:
            self.cage.limit_memory(memory)

    def read_events(self, send: Callable[[bytes], None]) -> None:
        """Pass on the events that have arrived, each after the text printed before it. Only so much at a time: there
        are other children."""
        for _ in range(TURNS):
            if not self.event_open:
                break
            try:
                data = read_ready(self.event_fd, CHUNK)
            except BlockingIOError:
                break
            except OSError:
                data = b""
            if not data:
                self.event_open = False
            self.events += data
            if len(data) < CHUNK:
                break
        lines = self.events.split(b"\n")
        self.events = lines.pop()
        if len(self.events) > LINE:
            self.events = b""
        for line in lines:
            at = line.rfind(self.nonce)
            if at >= 0:  # anything else on this pipe was written by the snippet
                self.event(line[at:], send)

    def event(self, line: bytes, send: Callable[[bytes], None]) -> None:
        """One event: `nonce:number:class:step:line:error json`."""
        head, _, body = line.partition(b" ")
        try:
            _, number, kind, step, at, told = head.decode("utf-8").split(":", 5)
            n, place, source_line = int(number), int(step), int(at)
        except ValueError:
            return
        if kind in ("Ready", "Unready"):
            self.facts = self.facts or body
            return
        if not body.startswith('{{"is":"{}"'.format(kind).encode() + self.own):
            return  # a snippet that found the way speaks for another
        self.catch_up(n, send, kind in ("StepBegan", "StepEnded"))
        if kind == "Finished":
            self.result = body if is_an_end(body) else b""
            return
        self.told += len(body)
        if kind == "StepBegan":
            self.steps.append(place)
            self.lines[place] = source_line
        elif kind == "StepEnded":
            while self.steps and self.steps.pop() != place:
                pass
            self.lines.pop(place, None)
            self.line = source_line or self.line
            self.error_kinds = told.split(",") if told else self.error_kinds
        if self.replay_of is None or kind == "Operands":
            send(body + b"\n")

    def catch_up(self, number: int, send: Callable[[bytes], None], boundary: bool) -> None:
        """Bring both output pipes to the mark that was set before this event; at the boundary of a step its text
        is complete."""
        for stream in self.streams:
            while stream.open or stream.pending:
                self.put(stream, stream.plain(), send)
                mark = stream.mark()
                if mark >= 0:
                    if mark <= number:
                        stream.drop_mark()
                    if mark >= number:
                        break
                elif not stream.read():
                    break
            if boundary:
                self.put_tail(stream, send)

    def read_output(self, stream: Stream, send: Callable[[bytes], None]) -> None:
        """Text arrived: pass it on as far as it belongs to the step now open."""
        if len(stream.pending) < CHUNK:
            stream.read()
        if stream.mark() < 0:
            self.put(stream, stream.plain(), send)

    def put(self, stream: Stream, data: bytes, send: Callable[[bytes], None]) -> None:
        """Pass text on, or keep it in the tail where there has been much already."""
        self.printed += len(data)
        if self.printed > HEAD and data:
            stream.keep(data)
        else:
            self.tell(stream, data, 0, send)

    def put_tail(self, stream: Stream, send: Callable[[bytes], None]) -> None:
        """Pass the tail on."""
        if stream.tail:
            data, skipped = stream.take_tail()
            if skipped:
                stream.decoder.reset()
            self.tell(stream, data, skipped, send)

    def tell(
        self, stream: Stream, data: bytes, skipped: int, send: Callable[[bytes], None], final: bool = False
    ) -> None:
        """Send text to the step that is open."""
        text = stream.decoder.decode(data, final)
        if text and self.job is not None and self.replay_of is None:
            send(encode(Printed(self.job.id, self.steps[-1] if self.steps else -1, stream.name, text, skipped)))

    def drain(self, send: Callable[[bytes], None]) -> None:
        """Everything that is still in the pipes, at the end."""
        self.read_events(send)
        for stream in self.streams:
            for _ in range(64):
                if not stream.read():
                    break
            while stream.mark() >= 0:
                stream.drop_mark()
                self.put(stream, stream.plain(), send)
            self.put(stream, stream.plain(final=True), send)
            self.put_tail(stream, send)
            self.tell(stream, b"", 0, send, final=True)

    def family(self) -> List[int]:
        """The processes below it, as far as the system tells of them."""
        if self.cage is not None:
            return [pid for pid in self.cage.pids() if pid != self.pid]
        return system.descendants(self.pid)

    def kill(self) -> None:
        """End it and what it started."""
        if self.cage is not None:
            self.cage.end()
        system.kill_group(self.pid)

    def where(self) -> int:
        """The line it is at, or was at when it failed."""
        return self.line or (self.lines.get(self.steps[-1], 0) if self.steps else 0)

    def close(self) -> None:
        """Let go of the descriptors."""
        self.closed = True
        for fd in (self.job_fd, self.event_fd, self.streams[0].fd, self.streams[1].fd):
            try:
                os.close(fd)
            except OSError:
                pass
