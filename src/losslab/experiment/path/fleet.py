"""All alphas of all repetitions trained as one fleet, told as it goes."""

from collections.abc import Iterator, Sequence
from contextlib import closing

from losslab.experiment.amounts import counted, spoken
from losslab.experiment.cost import seconds_for
from losslab.experiment.monitor import Monitor
from losslab.experiment.path.study import PathStudy
from losslab.training.engines import compile_for
from losslab.training.fleet import FleetOptions, train_chunks
from losslab.training.result import Result
from losslab.training.run import Run
from losslab.training.threads import one_thread


def trained(study: PathStudy, monitor: Monitor) -> Iterator[Result]:
    """Say what the runs will cost, train them, and yield their results as they finish."""
    runs = [run for repetition in study.runs for run in repetition]
    compile_for(runs, monitor.say)
    seconds = seconds_for(runs, study.tables)
    monitor.say(f"{counted(len(runs), 'run')}, about {spoken(seconds)} of training")
    monitor.start(len(runs), seconds)

    def after_epoch(members: Sequence[Run]) -> None:
        monitor.advance(len(members) / members[0].epochs)

    options = FleetOptions(after_epoch=after_epoch)
    # Closing stops the other fleets at once if this loop ends early, as by Ctrl-C.
    with one_thread(), closing(train_chunks(runs, study.tables, options)) as chunks:
        for results in chunks:
            yield from results
    monitor.stop()
