"""Forks made beforehand, for the doctor to run scripts in.

A fork made only when the doctor starts a script would not do: it would have on its stack, and do
when it exits, what the doctor's process has to do.
"""

import atexit
import importlib
import os
import signal
import socket
import subprocess
import time
import types
from collections.abc import Sequence
from typing import IO, Any

from processes.request import Request, received, sent


def spare_forks(number: int) -> Request | None:
    """Make spare forks and have the doctor take them; in a fork that is taken, give its request."""
    spares: list[tuple[int, socket.socket]] = []
    for _ in range(number):
        ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        pid = os.fork()
        if pid == 0:
            for one in (ours, *(spare for _, spare in spares)):
                one.close()
            request, *_ = received(theirs)
            if request is None:
                os._exit(0)
            theirs.close()
            return request
        theirs.close()
        spares.append((pid, ours))

    def popen(command: Sequence[str], **streams: Any) -> Script:
        return Script(*spares.pop(), command, **streams)

    def dismiss() -> None:
        for pid, ours in spares:
            ours.close()
            os.waitpid(pid, 0)

    names = {name: getattr(subprocess, name) for name in subprocess.__all__}
    supervise: Any = importlib.import_module("losslab.doctor.supervise")
    supervise.subprocess = types.SimpleNamespace(**names | {"Popen": popen})
    atexit.register(dismiss)
    return None


class Script:
    """A script's process: a spare fork with the methods of ``subprocess.Popen``."""

    def __init__(
        self,
        pid: int,
        place: socket.socket,
        command: Sequence[str],
        *,
        stdin: int | None = None,
        stdout: int | None = None,
        stderr: int | None = None,
        env: dict[str, str] | None = None,
    ) -> None:
        self.pid, self.returncode, self.stdout = pid, None, None
        opened: list[int] = []
        streams = [0, 1, 2]
        for number, given in enumerate((stdin, stdout, stderr)):
            if given == subprocess.PIPE:
                ours, streams[number] = os.pipe()
                self.stdout: IO[bytes] | None = os.fdopen(ours, "rb")
                opened.append(streams[number])
            elif given == subprocess.DEVNULL:
                streams[number] = os.open(os.devnull, os.O_RDWR)
                opened.append(streams[number])
            elif given is not None:
                streams[number] = given
        with place:
            environment = dict(os.environ if env is None else env)
            sent(place, Request([*command[1:]], environment, os.getcwd(), streams))
        for number in opened:
            os.close(number)

    def poll(self) -> int | None:
        if self.returncode is None:
            ended, status = os.waitpid(self.pid, os.WNOHANG)
            self.returncode: int | None = os.waitstatus_to_exitcode(status) if ended else None
        return self.returncode

    def wait(self, timeout: float | None = None) -> int | None:
        if timeout is None and self.returncode is None:
            _, status = os.waitpid(self.pid, 0)
            self.returncode = os.waitstatus_to_exitcode(status)
        end = time.monotonic() + (timeout or 0)
        while self.poll() is None:
            if time.monotonic() > end:
                raise subprocess.TimeoutExpired("a script", timeout or 0)
            time.sleep(0.01)
        return self.returncode

    def send_signal(self, number: int) -> None:
        if self.poll() is None:
            os.kill(self.pid, number)

    def kill(self) -> None:
        self.send_signal(signal.SIGKILL)
