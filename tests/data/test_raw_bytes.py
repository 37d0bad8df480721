"""Bytes of table files: damage, bombs, odd bytes and odd files end in one clear error."""

import bz2
import gzip
import os
import zipfile

import pytest

from losslab.core.errors import DataError
from losslab.data import files
from losslab.data.files import decode, read_bytes, read_text

TEXT = "a,b\n1,ä\n"


def zipped(path, members, method=zipfile.ZIP_DEFLATED):
    with zipfile.ZipFile(path, "w", method) as archive:
        for name, content in members.items():
            archive.writestr(name, content)
    return path


def test_plain_gzipped_and_zipped_files_read_alike(tmp_path):
    (tmp_path / "t.csv").write_bytes(TEXT.encode())
    (tmp_path / "t.csv.gz").write_bytes(gzip.compress(TEXT.encode()))
    zipped(tmp_path / "t.csv.zip", {"t.csv": TEXT.encode()})
    for name in ("t.csv", "t.csv.gz", "t.csv.zip"):
        assert read_text(tmp_path / name) == TEXT


def test_a_byte_order_mark_is_left_out():
    assert decode(b"\xef\xbb\xbfa,b\n", "t.csv") == "a,b\n"


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"a,b\n1,\xe4\n", "byte 0xe4 at byte offset 6"),
        (b"\xef\xbb\xbfa,\xff", "byte 0xff at byte offset 5"),
        (b"a,b\n1,\x00\n", "a NUL byte at byte offset 6"),
        ("a,b\n".encode("utf-16"), "at byte offset 0"),
        (gzip.compress(b"a,b", mtime=0), "byte 0x8b at byte offset 1"),
    ],
)
def test_an_invalid_byte_is_reported_with_its_offset(content, words):
    with pytest.raises(DataError, match=words):
        decode(content, "t.csv")


@pytest.mark.parametrize("kind", ["gz", "zip"])
def test_a_bomb_is_refused_by_its_ratio_while_streaming(tmp_path, kind):
    content = b"0" * 80_000_000
    path = tmp_path / f"bomb.csv.{kind}"
    if kind == "gz":
        path.write_bytes(gzip.compress(content))
    else:
        zipped(path, {"bomb.csv": content})
    assert path.stat().st_size < 100_000
    with pytest.raises(DataError, match=r"at most 100-fold.*reading stopped there") as caught:
        read_bytes(path)
    stopped_at = int(caught.value.got.split("than ")[1].split(" ")[0].replace(",", ""))
    assert stopped_at < 12_000_000


def test_repetition_below_ten_megabytes_is_no_bomb(tmp_path):
    (tmp_path / "t.csv.gz").write_bytes(gzip.compress(b"0" * 9_000_000))
    assert len(read_bytes(tmp_path / "t.csv.gz")) == 9_000_000


@pytest.mark.parametrize("name", ["t.csv", "t.csv.gz"])
def test_size_is_capped(tmp_path, monkeypatch, name):
    monkeypatch.setattr(files, "SIZE_CAP", 1000)
    content = os.urandom(5000)
    (tmp_path / name).write_bytes(gzip.compress(content) if name.endswith("gz") else content)
    with pytest.raises(DataError, match="at most 1,000 bytes"):
        read_bytes(tmp_path / name)


@pytest.mark.parametrize("members", [{}, {"a.csv": "1", "b.csv": "2"}])
def test_an_archive_must_hold_exactly_one_file(tmp_path, members):
    with pytest.raises(DataError, match=f"exactly one file in t.zip, but got {len(members)}"):
        read_bytes(zipped(tmp_path / "t.zip", members))


def test_a_method_that_cannot_be_capped_is_refused(tmp_path):
    path = zipped(tmp_path / "t.zip", {"a.csv": "1"}, zipfile.ZIP_BZIP2)
    with pytest.raises(DataError, match="compression method 12"):
        read_bytes(path)


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("t.csv.gz", gzip.compress(b"a,b" * 1000, mtime=0)[:-9]),
        ("t.csv.gz", b"a,b\n1,2\n"),
        ("t.csv.gz", bz2.compress(b"a,b")),
        ("t.csv.zip", b"PK\x03\x04 and then nothing"),
    ],
    # Names without the bytes: packed ones hold the time at which they were packed.
    ids=["cut off", "not packed", "packed otherwise", "a start only"],
)
def test_damage_is_named(tmp_path, name, content):
    (tmp_path / name).write_bytes(content)
    with pytest.raises(DataError, match=f"intact compressed file {name}"):
        read_bytes(tmp_path / name)


def test_a_folder_is_no_table(tmp_path):
    with pytest.raises(DataError, match="but got a folder"):
        read_bytes(tmp_path)


def test_a_missing_file_is_named(tmp_path):
    with pytest.raises(DataError, match=r"none\.csv, but got nothing"):
        read_bytes(tmp_path / "none.csv")


def test_a_device_is_no_table():
    if not os.path.exists("/dev/zero"):
        pytest.skip("this system has no /dev/zero")
    with pytest.raises(DataError, match="something else"):
        read_bytes(files.Path("/dev/zero"))


def test_an_unreadable_file_says_why(tmp_path, monkeypatch):
    path = tmp_path / "t.csv"
    path.write_text(TEXT, encoding="utf-8")

    def refuse(*args, **options):
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(files.Path, "open", refuse)
    with pytest.raises(DataError, match=r"(?s)t\.csv, but got Permission denied.*permissions"):
        read_bytes(path)
