"""The number of threads that a peer trains fastest with."""

import time
from collections.abc import Callable
from statistics import median

TRIES = 7
# Threads that share a small product wait for each other, and now and then, when they meet on one
# core, for very long. So they must be clearly faster, and not only the fastest once.
WORTH = 1.2


def find_fastest_threads(
    probe: Callable[[], object], choose: Callable[[int], object], cores: int
) -> int:
    """Try one thread and all cores; leave set, and return, all cores if they are clearly faster.

    Args:
        probe: a short piece of the work.
        choose: sets the number of threads.
        cores: how many there are.
    """
    seconds: dict[int, list[float]] = {1: [], cores: []}
    for _ in range(1 + TRIES):  # the first round warms up
        for number, taken in seconds.items():
            choose(number)
            started = time.perf_counter()
            probe()
            taken.append(time.perf_counter() - started)
    alone, together = (median(taken[1:]) for taken in (seconds[1], seconds[cores]))
    fastest = cores if alone > WORTH * together else 1
    choose(fastest)
    return fastest


def describe_threads(number: int) -> str:
    """Describe the number of threads.

    Examples:
        >>> describe_threads(1), describe_threads(2)
        ('1 thread', '2 threads')
    """
    return f"{number} thread{'s' if number > 1 else ''}"
