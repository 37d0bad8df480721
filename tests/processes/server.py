"""A Python that has imported what is slow to import, and forks to be started at once.

``python -m processes.server SOCKET`` reads requests from a socket, one a message: what would stand
behind ``python``, the environment, the folder, and the streams. Each is carried out in a fork,
which ends as an interpreter does; its id and then its exit status go to a pipe that came with the
request. When nobody holds the other end of the socket any more, the forks are killed.

It does nothing but import before it forks.
"""

import atexit
import contextlib
import gc
import importlib
import importlib.util
import os
import selectors
import signal
import socket
import sys
import tempfile
import threading
import time
import types
import warnings
from collections.abc import Callable
from pathlib import Path
from typing import Any, NoReturn

from processes.request import Request, received
from processes.spares import spare_forks

SLOW = [
    "torch",
    "torch._dynamo",
    "numpy",
    "scipy.stats",
    "pandas",
    "pyarrow",
    "sklearn.ensemble",
    "sklearn.linear_model",
    "matplotlib.figure",
    "matplotlib.backends.backend_agg",
    "matplotlib.backends.backend_svg",
    "jinja2",
    "rich.console",
    "pytest",
    "losslab.cli.main",
    "losslab.report.compare.compare",
    "losslab.report.compare.html",
    "losslab.report.compare.progress",
    "losslab.training.engines.compiled",
    "losslab.data.catalog",
    "losslab.experiment.store",
    "losslab.doctor.script",
    "losslab.doctor.supervise",
    "losslab.doctor.catalog",
    "losslab.doctor.intercept.mode",
    "losslab.doctor.prove.proof",
]  # torch._dynamo is what PyTorch imports when the first optimizer is made


def main() -> None:
    """Serve; in each fork, do what was asked for."""
    here = socket.socket(fileno=int(sys.argv[1]))
    sys.path.pop(0)  # the folder of the tests
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        for name in SLOW:
            importlib.import_module(name)
    # From 3.12 on Python warns of forks beside threads; what pyarrow keeps for itself is one.
    warnings.filterwarnings("ignore", ".*fork.*", DeprecationWarning)
    gc.collect()
    gc.freeze()  # or every fork would copy what it looks through
    leave(status_of(serve(here)))


def status_of(request: Request) -> int:
    """Do what was asked for; give the exit status that an interpreter would have."""
    try:
        run(request)
    except SystemExit as leaving:
        if isinstance(leaving.code, int | None):
            return leaving.code or 0
        sys.stderr.write(f"{leaving.code}\n")
        return 1
    except BaseException:
        sys.excepthook(*sys.exc_info())
        return 1
    return 0


def leave(status: int, leave_at_once: Callable[[int], NoReturn] = os._exit) -> NoReturn:
    """Do what an interpreter does at its end, but for freeing the memory, which takes a second."""
    threading._shutdown()
    atexit._run_exitfuncs()
    with contextlib.suppress(BrokenPipeError):
        sys.stdout.flush()
    leave_at_once(status)


def serve(here: socket.socket) -> Request:
    """Fork for every request and tell how the forks end; return in the forks only."""
    forks: dict[int, int] = {}
    woken, waking = os.pipe()
    os.set_blocking(waking, False)
    signal.signal(signal.SIGCHLD, lambda number, frame: None)
    signal.set_wakeup_fd(waking)
    with selectors.DefaultSelector() as events:
        events.register(here, selectors.EVENT_READ)
        events.register(woken, selectors.EVENT_READ)
        while True:
            ready = [key.fileobj for key, _ in events.select()]
            if woken in ready:
                os.read(woken, 1 << 12)
                tell_endings(forks)
            if here not in ready:
                continue
            request, *more = received(here)
            if request is None:
                end(forks)
            fork = os.fork()
            if fork == 0:
                signal.set_wakeup_fd(-1)
                signal.signal(signal.SIGCHLD, signal.SIG_DFL)
                for number in (here.detach(), woken, waking, *more, *forks.values()):
                    os.close(number)
                os.setsid()
                return request
            for stream in request.streams:
                os.close(stream)
            (forks[fork],) = more
            tell(forks[fork], fork)


def tell_endings(forks: dict[int, int]) -> None:
    """Tell the exit status of every fork that has ended."""
    for fork, status_pipe in list(forks.items()):
        ended, status = os.waitpid(fork, os.WNOHANG)
        if ended:
            del forks[fork]
            tell(status_pipe, os.waitstatus_to_exitcode(status))
            os.close(status_pipe)


def tell(status_pipe: int, number: int) -> None:
    """Write a line to whoever started a fork, if anybody still listens."""
    with contextlib.suppress(BrokenPipeError):
        os.write(status_pipe, f"{number}\n".encode())


def end(forks: dict[int, int]) -> None:
    """Kill all forks, wait for them, and leave."""
    for fork in forks:
        os.kill(fork, signal.SIGKILL)
        os.waitpid(fork, 0)
    os._exit(0)


def run(request: Request) -> None:
    """Do what was asked for, as a fresh interpreter would."""
    become(request)
    options, (kind, *rest) = split(request.args)
    if kind == "-m" and "doctor" in rest:
        # The doctor starts scripts in children of its own.
        script = spare_forks(10 if "--prove" in rest else 1)
        if script is not None:
            run(script)
            return
    if "-P" not in options:
        sys.path.insert(0, {"-m": os.getcwd(), "-c": ""}.get(kind, str(Path(kind).parent)))
    module = types.ModuleType("__main__")
    sys.modules["__main__"] = module
    if kind == "-c":
        code, sys.argv = compile(rest[0], "<string>", "exec"), ["-c", *rest[1:]]
    elif kind == "-m":
        spec: Any = importlib.util.find_spec(rest[0])
        if spec.submodule_search_locations is not None:
            spec = importlib.util.find_spec(f"{rest[0]}.__main__")
        vars(module).update(__spec__=spec, __file__=spec.origin)
        code, sys.argv = spec.loader.get_code(spec.name), [spec.origin, *rest[1:]]
    else:
        vars(module).update(__file__=kind)
        code, sys.argv = compile(Path(kind).read_bytes(), kind, "exec"), [kind, *rest]
    exec(code, vars(module))


def split(args: list[str]) -> tuple[list[str], list[str]]:
    """Separate the interpreter's options from what it is to run."""
    first = next(at for at, one in enumerate(args) if one in ("-m", "-c") or one[0] != "-")
    return args[:first], args[first:]


def become(request: Request) -> None:
    """Take over streams, folder and environment, and forget what was read of others."""
    for number, stream in enumerate(request.streams):
        os.dup2(stream, number)
        os.close(stream)
    for number, name in enumerate(("stdin", "stdout", "stderr")):
        # The old ones believe that they can be sought in, as what they were opened on could.
        old = getattr(sys, name)
        settings = {"encoding": old.encoding, "errors": old.errors, "closefd": False}
        new = open(number, "w" if number else "r", 1 if number == 2 else -1, **settings)  # noqa: SIM115
        setattr(sys, name, new)
        setattr(sys, f"__{name}__", new)
    os.chdir(request.folder)
    os.environ.clear()
    os.environ.update(request.environment)
    sys.path[:0] = [one for one in os.environ.get("PYTHONPATH", "").split(os.pathsep) if one]
    signal.signal(signal.SIGINT, signal.default_int_handler)
    tempfile.tempdir = None
    time.tzset()
    options, _ = split(request.args)
    given = [one[2:] for one in options if one.startswith("-W")]
    given += [one for one in os.environ.get("PYTHONWARNINGS", "").split(",") if one]
    sys.warnoptions[:] = given
    for action in given:
        warnings.simplefilter(action)


if __name__ == "__main__":
    main()
