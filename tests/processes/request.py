"""What a fork is asked to do, as it goes through a socket."""

import json
import socket
from typing import Any, NamedTuple

LONGEST = 1 << 20
MOST_STREAMS = 4


class Request(NamedTuple):
    """What a fork is to do: what ``python ARGS`` would, in a folder, with these three streams."""

    args: list[str]
    environment: dict[str, str]
    folder: str
    streams: list[int]


def sent(here: socket.socket, request: Request, *more: int) -> None:
    """Send a request, and further pipes behind its streams."""
    text = json.dumps(request._asdict() | {"streams": None}).encode()
    socket.send_fds(here, [text], [*request.streams, *more])


def received(here: socket.socket) -> tuple[Any, ...]:
    """Read a request and what came behind it; None if there will be none any more."""
    text, streams, _, _ = socket.recv_fds(here, LONGEST, MOST_STREAMS)
    if not text:
        return (None,)
    return Request(**json.loads(text) | {"streams": streams[:3]}), *streams[3:]
