"""``python -m losslab``."""

from losslab.cli.main import main

if __name__ == "__main__":
    main()
