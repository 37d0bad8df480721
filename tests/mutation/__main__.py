"""Make one small mistake after the other, and see which of them the tests notice.

``python -m mutation losses statistics`` (in ``tests/``) says how many mistakes of every file were
noticed, and shows those that were not. ``--file`` takes a part of a path, ``--every 10`` one
mistake in ten, ``--quick`` leaves the doctor's scripts out, ``--out`` a file for the answers, a
line of JSON each. What was found is told in ``docs/mutation.md``.
"""

import argparse
import json
import multiprocessing
import os
import sys
import tempfile
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

from mutation.areas import AREAS
from mutation.mutants import mutants_of
from mutation.worker import work

ROOT = Path(__file__).resolve().parents[2]


def chosen(areas: list[str], part: str, every: int, quick: bool) -> list[dict]:
    """List the mistakes to make, one in ``every`` of each file."""
    jobs = []
    for area in areas:
        for path in sorted((ROOT / "src/losslab" / area).rglob("*.py")):
            name = str(path.relative_to(ROOT))
            if part in name:
                mutants = mutants_of(path.read_text(encoding="utf-8"))[:: max(every, 1)]
                job = {"area": area, "file": name, "quick": quick}
                jobs += [job | vars(one) for one in mutants]
    return jobs


def answered(jobs: list[dict], workers: int) -> Iterator[dict]:
    """Share jobs out, and give the answers as they come."""
    context = multiprocessing.get_context("spawn")
    tasks, answers = context.Queue(), context.Queue()
    for job in [*jobs, *[None] * workers]:
        tasks.put(job)
    with tempfile.TemporaryDirectory() as folder:
        for number in range(workers):
            place = f"{folder}/{number}"
            context.Process(target=work, args=(place, tasks, answers), daemon=True).start()
        for _ in jobs:
            answer = answers.get()
            if isinstance(answer, BaseException):
                raise answer
            yield answer


def main(words: list[str]) -> int:
    """Make mistakes, and tell how many were noticed."""
    parser = argparse.ArgumentParser(prog="python -m mutation", description=__doc__)
    parser.add_argument("areas", nargs="+", choices=sorted(AREAS))
    parser.add_argument("--file", default="")
    parser.add_argument("--every", type=int, default=1)
    parser.add_argument("--quick", action="store_true")
    parser.add_argument("--workers", type=int, default=multiprocessing.cpu_count())
    parser.add_argument("--out", type=Path, default=Path(os.devnull))
    options = parser.parse_args(words)
    jobs = chosen(options.areas, options.file, options.every, options.quick)
    noticed, made = Counter(), Counter()
    with options.out.open("w", encoding="utf-8") as kept:
        for answer in answered(jobs, options.workers):
            made[answer["file"]] += 1
            noticed[answer["file"]] += answer["by"] is not None
            kept.write(json.dumps(answer) + "\n")
            kept.flush()
            if answer["by"] is None:
                where = f"{answer['file']}:{answer['line']}"
                sys.stdout.write(f"{where}: {answer['old']!r} -> {answer['new']!r}\n")
    for file in sorted(made):
        sys.stdout.write(f"{noticed[file]:4} of {made[file]:4}  {file}\n")
    share = noticed.total() / max(len(jobs), 1)
    sys.stdout.write(f"{noticed.total()} of {len(jobs)} mistakes noticed ({share:.1%})\n")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
