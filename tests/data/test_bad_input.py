"""Bad input meets one clear error: exit code 2, nothing trained, nothing written."""

import gzip

import numpy as np
import pandas as pd
import pytest

from command_line import run


@pytest.fixture
def refused(tmp_path, capfd, monkeypatch):
    """Run a command that must be refused; return its one message."""
    monkeypatch.chdir(tmp_path)

    def command(*words):
        before = sorted(tmp_path.iterdir())
        ended = run(capfd, monkeypatch, *words)
        assert ended.code == 2
        assert ended.out == ""
        assert "Traceback" not in ended.err
        assert ended.err.count("error: ") == 1
        assert "\n  fix: " in ended.err
        assert sorted(tmp_path.iterdir()) == before
        return ended.err

    return command


def table(n_rows=60):
    generator = np.random.default_rng(0)
    frame = pd.DataFrame(
        {"width": generator.normal(size=n_rows), "length": generator.normal(size=n_rows)}
    )
    frame["sold"] = np.where(frame.width + frame.length > 0, "yes", "no")
    return frame


def written(text, name="table.csv"):
    with open(name, "w", encoding="utf-8") as file:
        file.write(text)
    return name


def lines(frame):
    return frame.to_csv(index=False).splitlines()


def test_1_a_column_named_twice(refused):
    rows = ["width,width,sold", *lines(table())[1:]]
    message = refused("compare", written("\n".join(rows)), "--target", "sold")
    assert "'width'" in message
    assert "1" in message
    assert "2" in message


def test_2_a_row_that_is_too_short(refused):
    rows = lines(table())
    rows[7] = "0.5,yes"
    message = refused("compare", written("\n".join(rows)), "--target", "sold")
    assert "line 8" in message


def test_3_rows_that_are_too_long(refused):
    head, *rows = lines(table())
    text = "\n".join([head, *(f"{row},9" for row in rows)])
    assert "line 2" in refused("compare", written(text), "--target", "sold")


def test_4_a_decimal_comma(refused):
    text = table().assign(width=table().width.map(lambda v: f"{v:.2f}".replace(".", ",")))
    message = refused("compare", written(text.to_csv(index=False)), "--target", "sold")
    assert "'width'" in message
    assert "--decimal ," in message


def test_5_a_blank_target(refused):
    frame = table()
    frame.loc[3, "sold"] = ""
    message = refused("compare", written(frame.to_csv(index=False)), "--target", "sold")
    assert "'sold'" in message
    assert "line 5" in message


@pytest.mark.parametrize("value", ["", "inf", "1e400", "1e39", "nan"])
def test_6_features_that_are_no_finite_float32(refused, value):
    rows = lines(table())
    rows[4] = f"{value},0.5,yes"
    message = refused("compare", written("\n".join(rows)), "--target", "sold")
    assert "'width'" in message
    assert "line 5" in message
    assert "--impute" in message


def test_7_constant_columns_and_one_class(refused):
    frame = table().assign(width=1.0)
    message = refused("compare", written(frame.to_csv(index=False)), "--target", "sold")
    assert "'width'" in message
    assert "--drop width" in message
    frame = table().assign(sold="yes")
    message = refused("compare", written(frame.to_csv(index=False)), "--target", "sold")
    assert "'sold'" in message


def test_7_a_class_with_fewer_rows_than_folds(refused):
    frame = table()
    frame.loc[:2, "sold"] = "perhaps"
    message = refused("compare", written(frame.to_csv(index=False)), "--target", "sold")
    assert "'perhaps'" in message
    assert "--splits 3" in message


def test_8_a_compressed_bomb(refused, tmp_path):
    with gzip.open("bomb.csv.gz", "wb") as file:
        file.write(b"width,sold\n")
        for _ in range(30):
            file.write(b"0," * (1 << 19))
    message = refused("compare", "bomb.csv.gz", "--target", "sold")
    assert "bomb.csv.gz" in message


def test_9_bytes_that_are_no_text(refused, tmp_path):
    (tmp_path / "table.csv").write_bytes(b"width,sold\n1.5,caf\xe9\n")
    assert "byte offset 18" in refused("compare", "table.csv", "--target", "sold")


def test_10_a_preprocessor_names_missing_and_extra_columns():
    from losslab.core.errors import DataError
    from losslab.data.preprocess import Preprocessor

    frame = table()[["width", "length"]]
    fitted = Preprocessor().fit(frame)
    shuffled = fitted.transform(frame[["length", "width"]])
    np.testing.assert_array_equal(shuffled, fitted.transform(frame))
    with pytest.raises(DataError, match="without length"):
        fitted.transform(frame[["width"]])
    with pytest.raises(DataError, match="height"):
        fitted.transform(frame.assign(height=1.0))


@pytest.mark.parametrize(
    ("words", "hint"),
    [
        (["--loss", "mes"], "did you mean 'mse'"),
        (["--optimizer", "adm"], "did you mean 'adam'"),
        (["--optimizer", "sgd(momentm=0.9)"], "did you mean 'momentum'"),
        (["--activation", "rely"], "did you mean 'relu'"),
        (["--head", "sigmoyd"], "did you mean 'sigmoid'"),
        (["--metric", "acuracy"], "did you mean 'accuracy'"),
        (["--task", "binari"], "did you mean 'binary'"),
        (["--lr", "fast"], "--lr"),
        (["--lr", "0"], "--lr"),
        (["--hidden", "64,x"], "--hidden"),
        (["--hidden", "0"], "--hidden"),
        (["--batch-size", "0"], "--batch-size"),
        (["--epochs", "0"], "--epochs"),
        (["--splits", "1"], "--splits"),
        (["--repeats", "0"], "--repeats"),
        (["--seed", "-1"], "--seed"),
        (["--rope", "-1"], "--rope"),
        (["--rope", "1.5"], "accuracy lies between 0 and 1"),
        (["--loss", "mae"], "did you mean 'l1'"),
        (["--budget", "soon"], "--budget"),
        (["--metric", "rmse"], "--metric"),
        (["--features", "x,z"], "--features"),
        (["--drop", "z"], "--drop"),
        (["--groups", "z"], "--groups"),
        (["--loss", "nowhere:f"], "nowhere"),
        (["--report", "no/such/folder.html"], "--report"),
        (["--code", "no/such/folder.py"], "--code"),
        (["--store", "no/such/folder.sqlite"], "--store"),
    ],
    ids=" ".join,
)
def test_11_options_that_can_not_be_used(refused, words, hint):
    assert hint in refused("compare", "moons", *words)


@pytest.mark.parametrize(
    ("words", "hint"),
    [(["--los", "mse"], "--loss"), (["--epochs", "x"], "--epochs"), ([], "Missing argument")],
)
def test_11_options_that_do_not_exist(capfd, monkeypatch, tmp_path, words, hint):
    monkeypatch.chdir(tmp_path)
    ended = run(capfd, monkeypatch, "compare", *(["moons", *words] if words else []))
    assert ended.code == 2
    assert hint in ended.err
    assert list(tmp_path.iterdir()) == []


def test_11_a_data_set_that_does_not_exist(refused):
    assert "did you mean 'moons'" in refused("compare", "mons")


def test_12_pairings_that_do_not_fit_name_option_and_column(refused):
    message = refused("compare", "iris", "--loss", "bce_with_logits")
    assert "--loss bce_with_logits" in message
    assert "'species'" in message
    assert "virginica" in message
    message = refused("compare", "moons", "--loss", "cross_entropy", "--head", "softmax")
    assert "--head softmax" in message
    assert "raw scores" in message
    frame = table()
    frame.loc[4, "width"] = -3.5
    message = refused(
        "compare", written(frame.to_csv(index=False)), "--target", "width", "--task", "count"
    )
    assert "'width'" in message
    assert "line" in message


def test_13_a_grid_of_a_billion_runs(refused):
    message = refused("compare", "moons", "--repeats", "100000000")
    assert "22,500,000,000 runs" in message
    assert "TiB" in message
    assert "--yes" in message


def test_13_networks_that_do_not_fit_into_memory(refused):
    message = refused("compare", "moons", "--hidden", "100000000")
    assert "GiB of memory" in message or "TiB of memory" in message
    assert "--yes" in message


def test_14_duplicates_count_once_and_are_reported(capfd, monkeypatch, tmp_path):
    monkeypatch.chdir(tmp_path)
    words = ["--loss", "mse,mse", "--epochs", "1", "--repeats", "1", "--hidden", "4", "--lr", "0.1"]
    ended = run(capfd, monkeypatch, "compare", "moons", *words, "--no-reference")
    assert ended.code == 0
    assert "asked for more than once, trained and counted once: mse" in ended.err
    assert "5 runs, about" in ended.err


def test_15_a_changed_table_is_reported_and_never_mixed(capfd, monkeypatch, tmp_path):
    monkeypatch.chdir(tmp_path)
    words = ["--target", "sold", "--loss", "mse", "--epochs", "1", "--repeats", "1", "--lr", "0.1"]
    frame = table()
    written(frame.to_csv(index=False))
    first = run(capfd, monkeypatch, "compare", "table.csv", *words, "--no-reference")
    frame.loc[0, "width"] += 1
    written(frame.to_csv(index=False))
    second = run(capfd, monkeypatch, "compare", "table.csv", *words, "--no-reference")
    assert "changed" not in first.err
    assert "changed since 5 runs" in second.err
    assert "5 runs trained, 0 reused" in " ".join(second.out.split())


def test_a_store_that_is_another_file_is_left_alone(refused, tmp_path):
    written("not a database at all, but something dear", "notes.sqlite")
    refused("compare", "moons", "--store", "notes.sqlite")
    assert (tmp_path / "notes.sqlite").read_text(encoding="utf-8").endswith("something dear")


@pytest.mark.parametrize(
    ("option", "name", "text"),
    [
        ("--code", "train.py", "import losslab\n# days of work\n"),
        ("--report", "index.html", "<title>my page</title>"),
        ("--report", "losslab-report.html", "\0"),
    ],
)
def test_a_file_that_losslab_did_not_write_is_left_alone(refused, tmp_path, option, name, text):
    written(text, name)
    message = refused("compare", "moons", option, name)
    assert f"needed a new file, or one that losslab wrote, for {option}" in message
    assert (tmp_path / name).read_text(encoding="utf-8") == text


def test_an_empty_file_and_what_losslab_wrote_are_replaced(capfd, monkeypatch, tmp_path):
    monkeypatch.chdir(tmp_path)
    words = ["--loss", "mse", "--epochs", "1", "--repeats", "1", "--hidden", "4", "--lr", "0.1"]
    outputs = ["--code", "train.py", "--report", "out.html", "--no-reference"]
    written("", "train.py")
    for task in ("moons", "circles"):
        assert run(capfd, monkeypatch, "compare", task, *words, *outputs).code == 0
    assert "circles" in (tmp_path / "train.py").read_text(encoding="utf-8")
    assert "circles" in (tmp_path / "out.html").read_text(encoding="utf-8")


@pytest.mark.parametrize(
    "words",
    [
        ["--report", "table.csv"],
        ["--code", "./table.csv"],
        ["--store", "x.html", "--report", "x.html"],
        ["--report", "x.html", "--code", "x.html"],
    ],
    ids=" ".join,
)
def test_nothing_is_written_over_the_table_or_over_another_output(refused, tmp_path, words):
    text = table().to_csv(index=False)
    written(text)
    message = refused("compare", "table.csv", "--target", "sold", *words)
    assert "a file of its own" in message
    assert (tmp_path / "table.csv").read_text(encoding="utf-8") == text
