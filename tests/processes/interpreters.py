"""Interpreters that tests start: each is ended and waited for, whatever becomes of the test.

``start`` gives one that runs, for a ``with`` statement; ``run`` waits for its end. On Linux they
are forks of one process that has imported what is slow to import, see :mod:`processes.server`;
with ``fresh`` they are not, for tests of what an interpreter does when it starts.
"""

import os
import select
import signal
import socket
import subprocess
import sys
import tempfile
import threading
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path
from typing import NamedTuple

from processes import left
from processes.request import Request, sent

TESTS = Path(__file__).parent.parent
CAN_FORK = sys.platform == "linux"


class Ended(NamedTuple):
    """How a process ended, and all that it wrote."""

    returncode: int
    stdout: str
    stderr: str


def run(*args, **options) -> Ended:
    """Run ``python ARGS`` to its end."""
    with start(*args, **options) as child:
        return child.ended()


def start(*args, folder=None, stdin="", env=None, text=True, fresh=False):
    """Start ``python ARGS``, in a session of its own.

    Args:
        args: what would stand behind ``python``.
        folder: where, if not here.
        stdin: the text that it can read.
        env: what its environment has beyond this one.
        text: give what it writes as text and not as bytes.
        fresh: start a real interpreter.
    """
    kind = Fork if CAN_FORK and not fresh else Process
    with tempfile.TemporaryFile() as given:
        given.write(stdin.encode())
        given.seek(0)
        environment = {"OMP_NUM_THREADS": "1"} | os.environ | (env or {})
        return kind([str(one) for one in args], str(folder or Path.cwd()), environment, given, text)


class Child:
    """What both kinds of process have in common."""

    def __enter__(self):
        return self

    def __exit__(self, *raised):
        self.kill()
        self.wait()
        with suppress(ProcessLookupError, PermissionError):
            os.killpg(self.pid, signal.SIGKILL)  # its own children
        for stream in (self.stdout, self.stderr):
            stream.close()

    def send_signal(self, number):
        """Send a signal to the process alone."""
        if self.poll() is None:
            os.kill(self.pid, number)

    def kill(self):
        """Send what no process survives."""
        self.send_signal(signal.SIGKILL)

    def ended(self):
        """Wait for its end; give all that it wrote and nobody has read."""
        with ExitStack() as stack:
            read = [stack.enter_context(reading(stream)) for stream in (self.stdout, self.stderr)]
        return Ended(self.wait(), *(text for (text,) in read))


@contextmanager
def reading(stream):
    """Read a stream to its end, in a thread, which is waited for."""
    read = []
    thread = threading.Thread(target=lambda: read.append(stream.read()))
    thread.start()
    yield read
    thread.join()


class Process(Child, subprocess.Popen):
    """A real interpreter."""

    def __init__(self, args, folder, environment, stdin, text):
        with interruptible():
            super().__init__(
                [sys.executable, *args],
                cwd=folder,
                env=environment,
                stdin=stdin,
                stdout=subprocess.PIPE,
                stderr=subprocess.PIPE,
                encoding="utf-8" if text else None,
                start_new_session=True,
            )


@contextmanager
def interruptible():
    """Have children take Ctrl-C, which a shell makes what it runs in the background ignore."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    earlier = signal.signal(signal.SIGINT, signal.default_int_handler)
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, earlier)


class Fork(Child):
    """A fork of the server."""

    def __init__(self, args, folder, environment, stdin, text):
        out, err, status = os.pipe(), os.pipe(), os.pipe()
        request = Request(args, dict(environment), folder, [stdin.fileno(), out[1], err[1]])
        sent(server(), request, status[1])
        for pipe in (out, err, status):
            os.close(pipe[1])
        mode = {"mode": "r", "encoding": "utf-8"} if text else {"mode": "rb"}
        self.stdout, self.stderr = os.fdopen(out[0], **mode), os.fdopen(err[0], **mode)
        self._status = os.fdopen(status[0], "rb", buffering=0)
        self.returncode = None
        self.pid = int(self._line() or 0)
        assert self.pid, "the server of forks has ended"

    def poll(self):
        """Give the exit status, or None if there is none yet."""
        if self.returncode is None and select.select([self._status], [], [], 0)[0]:
            self.wait()
        return self.returncode

    def wait(self):
        """Wait for the end and give the exit status; negative for a signal."""
        if self.returncode is None:
            self.returncode = int(self._line() or -signal.SIGKILL)
            self._status.close()
        return self.returncode

    def _line(self):
        line = b""
        while not line.endswith(b"\n") and (byte := self._status.read(1)):
            line += byte
        return line


class Server:
    """The process that forks, started when it is first needed."""

    process = None
    socket = None


def server():
    """Give the socket of the server."""
    if Server.process is None:
        Server.socket, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        with theirs:
            Server.process = subprocess.Popen(
                [sys.executable, "-m", "processes.server", str(theirs.fileno())],
                cwd=TESTS,
                # The forks' hashes are those of the doctor's repeated runs.
                env=os.environ | {"OMP_NUM_THREADS": "1", "PYTHONHASHSEED": "0"},
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                pass_fds=[theirs.fileno()],
                start_new_session=True,
            )
        left.KEPT.add(Server.process.pid)
    return Server.socket


def end_server():
    """End it and its forks."""
    if Server.process is not None:
        Server.socket.close()
        Server.process.wait()
        Server.process = Server.socket = None
