"""The scripts here are run by the doctor's tests and are no tests themselves."""

collect_ignore_glob = ["*/*.py"]
