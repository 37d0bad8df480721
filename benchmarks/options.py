"""What can be asked of the benchmarks on the command line."""

import argparse
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from benchmarks.catalog import WORKLOADS
from benchmarks.peers.catalog import PEERS
from losslab.core.errors import OptionError
from losslab.core.registry import suggest

ROUNDS, QUICK_ROUNDS = 5, 1


@dataclass(frozen=True, kw_only=True)
class Options:
    """What to measure.

    Args:
        workloads, peers: names, in the order of their catalogues.
        rounds: how often each peer is timed.
        quick: tiny settings, to see that everything works.
        out: where to write the results; None writes nothing.
    """

    workloads: list[str]
    peers: list[str]
    rounds: int
    quick: bool
    out: Path | None


def read_options(words: Sequence[str] | None) -> Options:
    """Read the command line; everything is measured by default.

    Raises:
        OptionError: if a name is unknown or the rounds are too few.

    Examples:
        >>> options = read_options(["--workload", "wide,single"])
        >>> options.workloads, options.rounds, options.out
        (['single', 'wide'], 5, None)
    """
    given = _make_parser().parse_args(words)
    partly = given.workload is not None or given.peer is not None or given.quick
    return Options(
        workloads=_check_names("workload", given.workload, WORKLOADS),
        peers=_check_names("peer", given.peer, PEERS),
        rounds=_check_rounds(given.rounds, given.quick),
        quick=given.quick,
        # What is kept beside the code is a whole measurement; parts go where they are asked to.
        out=given.out or (None if partly else Path(__file__).parent),
    )


def _check_names(kind: str, asked: str | None, known: Mapping[str, object]) -> list[str]:
    if asked is None:
        return list(known)
    names = [name.strip() for name in asked.split(",")]
    for name in names:
        if name not in known:
            raise OptionError(
                f"needed the name of a {kind} for --{kind}",
                got=repr(name),
                fix=suggest(name, known),
            )
    return [name for name in known if name in names]


def _check_rounds(asked: int | None, quick: bool) -> int:
    rounds = asked if asked is not None else (QUICK_ROUNDS if quick else ROUNDS)
    least = 1 if quick else ROUNDS
    if rounds < least:
        raise OptionError(
            f"needed --rounds of at least {least}",
            got=str(rounds),
            fix=f"--rounds {ROUNDS}; --quick only shows that everything works, and takes fewer",
        )
    return rounds


def _make_parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks", description="Measure losslab and its peers on the same work."
    )
    parser.add_argument("--workload", metavar="A,B", help=f"of {', '.join(WORKLOADS)}")
    parser.add_argument("--peer", metavar="A,B", help=f"of {', '.join(PEERS)}")
    parser.add_argument("--rounds", type=int, metavar="N", help=f"{ROUNDS} by default")
    parser.add_argument("--quick", action="store_true", help="tiny settings; nothing to keep")
    parser.add_argument(
        "--out",
        type=Path,
        metavar="FOLDER",
        help="where to write results.json and results.md; benchmarks/ for a whole measurement",
    )
    return parser
