"""Files are written whole or not at all, and a refusal names the path and the free bytes."""

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from losslab.core.files import WriteError, replace_file, write_bytes, write_text


def test_a_file_is_created_and_replaced(tmp_path):
    path = tmp_path / "report.html"
    write_text(path, "first, größer")
    assert path.read_text(encoding="utf-8") == "first, größer"
    write_bytes(path, b"second")
    assert path.read_bytes() == b"second"
    assert [entry.name for entry in tmp_path.iterdir()] == ["report.html"]


def test_until_the_block_ends_a_reader_sees_the_old_file(tmp_path):
    path = tmp_path / "report.html"
    write_text(path, "old")
    with replace_file(path) as part:
        part.write_text("new", encoding="utf-8")
        assert path.read_text(encoding="utf-8") == "old"
    assert path.read_text(encoding="utf-8") == "new"


@pytest.mark.parametrize("stop", [KeyboardInterrupt, ZeroDivisionError])
def test_a_block_that_fails_leaves_the_old_file_and_nothing_else(tmp_path, stop):
    path = tmp_path / "report.html"
    write_text(path, "old")

    def write_half():
        with replace_file(path) as part:
            part.write_text("half", encoding="utf-8")
            raise stop

    with pytest.raises(stop):
        write_half()
    assert path.read_text(encoding="utf-8") == "old"
    assert [entry.name for entry in tmp_path.iterdir()] == ["report.html"]


@pytest.mark.skipif(os.name != "posix", reason="needs POSIX modes and links")
def test_a_replaced_file_keeps_its_mode_and_a_link_stays_a_link(tmp_path):
    path, link = tmp_path / "report.html", tmp_path / "link.html"
    write_text(path, "old")
    path.chmod(0o640)
    link.symlink_to(path.name)
    write_text(link, "new")
    assert link.is_symlink()
    assert path.read_text(encoding="utf-8") == "new"
    assert path.stat().st_mode & 0o777 == 0o640


@pytest.mark.skipif(os.name != "posix", reason="needs a POSIX umask")
def test_a_new_file_has_the_mode_that_the_user_asked_for(tmp_path):
    before = os.umask(0o027)
    try:
        write_text(tmp_path / "report.html", "new")
    finally:
        os.umask(before)
    assert (tmp_path / "report.html").stat().st_mode & 0o777 == 0o640


def test_a_place_that_cannot_be_written_is_named_with_the_reason(tmp_path):
    (tmp_path / "plain").write_text("a file", encoding="utf-8")
    (tmp_path / "folder").mkdir()
    for name, words in (
        ("plain/report.html", r"Not a directory \([\d,]+ bytes free\)"),
        ("none/report.html", r"No such file(.|\n)*create the folder .*none first"),
        ("folder", r"as a file, but got a folder"),
    ):
        with pytest.raises(WriteError, match=words) as caught:
            write_text(tmp_path / name, "text")
        assert str(tmp_path / name) in str(caught.value)
    assert (tmp_path / "plain").read_text(encoding="utf-8") == "a file"


@pytest.mark.skipif(os.name != "posix", reason="needs a device file")
def test_a_device_is_never_replaced():
    with pytest.raises(WriteError, match="a device or pipe"):
        write_text(os.devnull, "text")
    assert not Path(os.devnull).is_file()


LIMITED = """
import resource, sys
from losslab.core.files import WriteError, write_bytes
resource.setrlimit(resource.RLIMIT_FSIZE, (50_000, 50_000))
try:
    write_bytes(sys.argv[1], bytes(100_000))
except WriteError as error:
    print(error)
"""


@pytest.mark.skipif(sys.platform != "linux", reason="needs a limit on the size of files")
def test_a_write_that_the_system_cuts_off_leaves_the_old_file(tmp_path):
    path = tmp_path / "report.html"
    path.write_text("old", encoding="utf-8")
    command = [sys.executable, "-c", LIMITED, str(path)]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    assert re.search(r"needed to write .*report\.html, .*bytes free\)\.\n  fix: free", done.stdout)
    assert path.read_text(encoding="utf-8") == "old"
    assert [entry.name for entry in tmp_path.iterdir()] == ["report.html"]
