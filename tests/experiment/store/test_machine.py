"""The store against a dictionary, under any sequence of calls and reopenings."""

import shutil
import tempfile
from pathlib import Path

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from losslab.experiment.store import Store, count, read_records, verify
from store_driver import content, make_record

SEEDS = st.integers(0, 12)


class StoreAgainstDictionary(RuleBasedStateMachine):
    def __init__(self):
        super().__init__()
        self.folder = Path(tempfile.mkdtemp())
        self.path = self.folder / "runs.sqlite"
        self.store = Store.open(self.path)
        self.model = {}
        self.reader = None

    @rule(chunk=st.lists(st.tuples(SEEDS, st.floats()), max_size=5))
    def add(self, chunk):
        records = [make_record(seed, selection=selection) for seed, selection in chunk]
        new = {}
        for record in records:
            if record.key not in self.model:
                new.setdefault(record.key, content(record))
        assert self.store.add(records) == len(new)
        self.model |= new

    @rule(seeds=st.sets(SEEDS))
    def get(self, seeds):
        keys = {make_record(seed).key for seed in seeds}
        found = {key: content(record) for key, record in self.store.get(keys).items()}
        assert found == {key: self.model[key] for key in keys if key in self.model}

    @rule()
    def reopen(self):
        self.store.close()
        self.store = Store.open(self.path)

    @rule()
    def read_beside_the_writer(self):
        found = [content(record) for record in read_records(self.path)]
        assert found == list(self.model.values())

    @precondition(lambda self: self.reader is None and self.model)
    @rule()
    def begin_to_read(self):
        self.reader = read_records(self.path)
        self.due = list(self.model.values())[1:]
        next(self.reader)

    @precondition(lambda self: self.reader is not None)
    @rule()
    def finish_reading(self):
        assert [content(record) for record in self.reader] == self.due
        self.reader = None

    @invariant()
    def the_keys_are_those_of_the_dictionary(self):
        assert self.store.keys() == self.model.keys()
        assert count(self.path) == len(self.model)

    def teardown(self):
        if self.reader is not None:
            self.reader.close()
        self.store.close()
        report = verify(self.path)
        shutil.rmtree(self.folder)
        assert report.problems == ()
        assert report.runs == len(self.model)


StoreAgainstDictionary.TestCase.settings = settings(
    max_examples=40, stateful_step_count=20, deadline=None
)
test_a_store_behaves_like_a_dictionary = StoreAgainstDictionary.TestCase
