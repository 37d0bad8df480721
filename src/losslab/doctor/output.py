"""What a script writes to its stdout: passed on as it comes, its end kept, however much it is."""

import codecs
import os
import threading
from collections.abc import Callable
from typing import IO

MOST_KEPT = 1 << 20


class Output:
    """The end of a stream of text.

    Args:
        told: gets the text as it comes.

    Example
        >>> with open(os.devnull, "rb") as nothing:
        ...     Output().read(nothing).text
        ''
    """

    def __init__(self, told: Callable[[str], object] = lambda text: None) -> None:
        self._told = told
        self._kept = ""
        self._reader: threading.Thread | None = None

    @property
    def text(self) -> str:
        """The last million characters."""
        return self._kept[-MOST_KEPT:]

    def follow(self, stream: IO[bytes]) -> None:
        """Read a stream in a thread of its own, so that the writer never waits."""
        self._reader = threading.Thread(target=self.read, args=(stream,), daemon=True)
        self._reader.start()

    def finish(self, seconds: float) -> None:
        """Wait for the end of the stream, but no longer: a process out of reach may hold it."""
        if self._reader is not None:
            self._reader.join(seconds)

    def read(self, stream: IO[bytes]) -> "Output":
        """Read a stream to its end."""
        decoder = codecs.getincrementaldecoder("utf-8")("replace")
        while chunk := os.read(stream.fileno(), 1 << 16):
            text = decoder.decode(chunk)
            try:
                self._told(text)
            except BrokenPipeError:  # whoever read it has seen enough
                self._told = str.strip
            self._kept += text
            if len(self._kept) > 2 * MOST_KEPT:
                self._kept = self.text
        return self
