"""SIGKILL at any moment: nothing acknowledged is lost, and nothing is stored in part.

``LOSSLAB_KILLS`` sets how many processes are killed (60 if unset).
"""

import os
import random
import signal
import time
from collections import Counter
from contextlib import ExitStack
from pathlib import Path

import pytest

import store_driver
from losslab.core.errors import StoreError
from losslab.experiment.store import Store, count, read_records, verify
from processes import interpreters
from processes.interpreters import TESTS
from store_driver import CHUNK, content, make_chunk, make_record

pytestmark = pytest.mark.skipif(os.name != "posix", reason="needs SIGKILL")
CHUNKS = 120


def start(path, *, chunks=CHUNKS, hold=False):
    return interpreters.start(store_driver.__file__, path, chunks, *(["hold"] if hold else []))


def kill(process):
    """Kill a driver and return the chunks whose commits it had reported."""
    process.kill()
    returncode, output, complaint = process.ended()
    assert returncode in {0, -signal.SIGKILL}, complaint
    # A line cut short by the kill is no acknowledgement.
    return {int(line) for line in output.splitlines(keepends=True) if line.endswith("\n")}


def kill_at_random(path, chance):
    """Start a driver and kill it early or late; return what it acknowledged."""
    with start(path) as process:
        if chance.random() < 0.3:
            time.sleep(chance.uniform(0, 0.3))
            return kill(process)
        # Counted in commits, so that a fast machine has not stored everything by then.
        lines = [process.stdout.readline() for _ in range(chance.randrange(1, CHUNKS // 2))]
        time.sleep(chance.uniform(0, 0.02))
        return {int(line) for line in lines if line} | kill(process)


def chunks_in(path):
    """How many runs of each chunk a store holds, seen by a reader."""
    return Counter(record.spec["split"]["fold"] for record in read_records(path))


def test_kills_at_random_moments_lose_nothing_and_leave_nothing_in_part(tmp_path):
    chance = random.Random(20)
    kills, stores, acknowledged = int(os.environ.get("LOSSLAB_KILLS", "60")), 0, set()
    expected = {
        record.key: content(record) for chunk in range(CHUNKS) for record in make_chunk(chunk)
    }
    path = tmp_path / "runs0.sqlite"
    interrupted = 0
    for _ in range(kills):
        acknowledged |= kill_at_random(path, chance)
        if path.exists():
            stored = chunks_in(path)
            assert acknowledged <= stored.keys()
            assert set(stored.values()) <= {CHUNK}
            assert verify(path).problems == ()
            interrupted += 0 < len(stored) < CHUNKS
        else:
            assert acknowledged == set()
        if acknowledged >= set(range(CHUNKS)):
            stores += 1
            path, acknowledged = tmp_path / f"runs{stores}.sqlite", set()
    # Most kills must have hit a store that was being filled, or this test shows nothing.
    assert interrupted >= kills // 3
    for store in sorted(tmp_path.glob("*.sqlite")):
        with start(store) as last:
            assert last.wait() == 0, last.stderr.read()
        assert {record.key: content(record) for record in read_records(store)} == expected
        assert verify(store).problems == ()


def test_a_second_writer_is_refused_at_once_with_the_name_of_the_holder(tmp_path):
    path = tmp_path / "runs.sqlite"
    with start(path, chunks=1, hold=True) as holder:
        assert holder.stdout.readline() == "0\n"
        with start(path) as second:
            returncode, output, complaint = second.ended()
        assert (output, returncode) == ("", 1)
        assert f"got process {holder.pid} on host {os.uname().nodename!r}, " in complaint
        assert "which holds it since 20" in complaint
        assert "fix: wait until that process ends, or write to another file" in complaint
        # The loser has not spoilt the winner's card.
        with pytest.raises(StoreError, match=f"process {holder.pid} "):
            Store.open(path)
        assert count(path) == CHUNK
        kill(holder)
    # What the dead process left is taken over.
    assert f'"pid": {holder.pid}' in Path(f"{path}.lock").read_text(encoding="utf-8")
    with Store.open(path) as store:
        assert store.add(make_chunk(1)) == CHUNK
        assert f'"pid": {os.getpid()}' in Path(f"{path}.lock").read_text(encoding="utf-8")


def test_a_process_that_holds_the_store_itself_is_advised_to_close_it(tmp_path):
    with (
        Store.open(tmp_path / "runs.sqlite") as store,
        pytest.raises(StoreError, match=r"fix: close the store that this process opened before"),
    ):
        Store.open(tmp_path / "runs.sqlite")
    store.close()
    Store.open(tmp_path / "runs.sqlite").close()


def test_many_writers_that_take_turns_fill_one_store(tmp_path):
    path = tmp_path / "runs.sqlite"
    with ExitStack() as stack:
        waiting = [stack.enter_context(start(path, chunks=20)) for _ in range(4)]
        while waiting:
            returncode, output, complaint = waiting.pop().ended()
            if returncode:
                assert "needed to be the only writer of the store" in complaint
                waiting.insert(0, stack.enter_context(start(path, chunks=20)))
            else:
                assert len(output.split()) == 20
    assert chunks_in(path) == dict.fromkeys(range(20), CHUNK)
    assert verify(path).problems == ()


def test_a_reader_beside_a_writer_sees_whole_chunks_that_only_grow(tmp_path):
    path = tmp_path / "runs.sqlite"
    seen, views = {}, 0
    with start(path) as writer:
        assert writer.stdout.readline() == "0\n"
        while writer.poll() is None:
            now = chunks_in(path)
            assert set(now.values()) <= {CHUNK}
            assert seen.keys() <= now.keys()
            views += len(now) > len(seen)
            seen = now
        assert writer.returncode == 0, writer.stderr.read()
    assert len(chunks_in(path)) == CHUNKS
    assert views > 1


def test_a_reader_who_stops_half_way_does_not_let_the_log_grow(tmp_path):
    path = tmp_path / "runs.sqlite"
    with Store.open(path) as store:
        store.add([make_record(seed) for seed in range(600)])
        reader = read_records(path)
        next(reader)
        written = 600
        while path.stat().st_size < 20_000_000:
            store.add([make_record(seed) for seed in range(written, written + 500)])
            written += 500
        assert Path(f"{path}-wal").stat().st_size < 8_000_000
        assert sum(1 for _ in reader) == 599


def test_a_killed_writers_store_can_be_read_before_anyone_writes_again(tmp_path):
    path = tmp_path / "runs.sqlite"
    with start(path, chunks=3, hold=True) as holder:
        assert [holder.stdout.readline() for _ in range(3)] == ["0\n", "1\n", "2\n"]
        kill(holder)
    before = path.read_bytes()
    assert chunks_in(path) == {0: CHUNK, 1: CHUNK, 2: CHUNK}
    assert verify(path).ok
    # The runs lie in the log; a reader has no right to move them.
    assert path.read_bytes() == before


def test_a_log_whose_store_is_gone_is_not_replayed_into_a_new_one(tmp_path):
    path = tmp_path / "runs.sqlite"
    with start(path, chunks=3, hold=True) as holder:
        assert [holder.stdout.readline() for _ in range(3)]
        kill(holder)
    path.unlink()
    with pytest.raises(StoreError, match=r"the log alone.*committed runs(.|\n)*delete .*-wal"):
        Store.open(path)
    assert Path(f"{path}-wal").stat().st_size > 0
    assert not path.exists()


FORK = """
import os, sys, time
from losslab.core.errors import StoreError
from losslab.experiment.store import Store
from store_driver import make_chunk
store = Store.open(sys.argv[1])
store.add(make_chunk(0))
closed, closing = os.pipe()
child = os.fork()
if child == 0:
    try:
        store.add(make_chunk(1))
    except StoreError as error:
        print(error, flush=True)
    store.close()
    print("closed", flush=True)
    os.write(closing, b"!")
    time.sleep(3600)
if sys.argv[2] == "go on":
    os.read(closed, 1)
    store.add(make_chunk(2))
    store.close()
    os.kill(child, 9)
    os.waitpid(child, 0)
else:
    time.sleep(3600)
"""


def fork_driver(path, then):
    tests = str(TESTS)
    return interpreters.start("-c", FORK, path, then, env={"PYTHONPATH": tests})


def test_a_forked_child_may_not_use_the_store_and_does_its_parent_no_harm(tmp_path):
    path = tmp_path / "runs.sqlite"
    with fork_driver(path, "go on") as parent:
        returncode, output, _ = parent.ended()
    assert returncode == 0
    assert "in the process that opened it" in output
    assert f"forked from process {parent.pid}" in output
    assert "fix: send results to the parent" in output
    assert chunks_in(path) == {0: CHUNK, 2: CHUNK}
    assert verify(path).ok


def test_a_forked_child_that_outlives_its_parent_does_not_keep_the_lock(tmp_path):
    path = tmp_path / "runs.sqlite"
    with fork_driver(path, "wait") as parent:
        while parent.stdout.readline() != "closed\n":
            assert parent.poll() is None
        with pytest.raises(StoreError, match=f"process {parent.pid} "):
            Store.open(path)
        parent.kill()
        parent.wait()
        with Store.open(path) as store:
            assert store.add(make_chunk(1)) == CHUNK
    assert chunks_in(path) == {0: CHUNK, 1: CHUNK}
