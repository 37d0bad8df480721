"""The results of the benchmarks, and the two files they are written to."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from benchmarks.floor import Floor
from benchmarks.pages import render_page
from benchmarks.peers.spec import Work
from benchmarks.requirement import REQUIREMENTS, compute_ratio
from benchmarks.row import Row
from benchmarks.table import Table, make_requirements_table, make_workload_table

FOLDER = Path(__file__).parent


@dataclass(frozen=True, kw_only=True)
class Results:
    """The results of one run of the benchmarks.

    Args:
        machine, versions: what was measured on, and with what.
        rounds: how often each peer was timed.
        works: the workloads.
        rows: one for each peer on each workload.
        floors: by workload.
        skipped: what was left out, and why.
    """

    machine: Mapping[str, Any]
    versions: Mapping[str, str]
    rounds: int
    works: Sequence[Work]
    rows: Sequence[Row]
    floors: Mapping[str, Floor]
    skipped: Sequence[str]

    def tables(self) -> list[Table]:
        """Make a table per workload, then the table of requirements."""
        each = [
            make_workload_table(work, self.rows, self.floors.get(work.name)) for work in self.works
        ]
        return [*each, make_requirements_table(self.rows, self.floors)]

    def to_json(self) -> str:
        """Return every number as JSON."""
        content = {
            "machine": dict(self.machine),
            "versions": dict(self.versions),
            "rounds": self.rounds,
            "workloads": {work.name: work.description for work in self.works},
            "rows": [asdict(row) for row in self.rows],
            "floors": {name: _floor_to_dict(floor) for name, floor in self.floors.items()},
            "ratios": [
                {
                    **asdict(requirement),
                    "measured": compute_ratio(requirement, self.rows, self.floors),
                }
                for requirement in REQUIREMENTS
            ],
            "skipped": list(self.skipped),
        }
        return json.dumps(content, indent=1) + "\n"

    def to_markdown(self) -> str:
        """Render the tables as a page."""
        facts = {**self.machine, **self.versions, "rounds": self.rounds}
        skipped = [f"- {line}" for line in self.skipped]
        return "\n".join([render_page(self.tables(), facts), *skipped]).rstrip("\n") + "\n"

    def write(self, folder: Path = FOLDER) -> None:
        """Write ``results.json`` and ``results.md``."""
        folder.mkdir(parents=True, exist_ok=True)
        (folder / "results.json").write_text(self.to_json(), encoding="utf-8")
        (folder / "results.md").write_text(self.to_markdown(), encoding="utf-8")


def _floor_to_dict(floor: Floor) -> dict[str, Any]:
    return {**asdict(floor), "seconds": floor.seconds, "usual_seconds": floor.usual_seconds}
