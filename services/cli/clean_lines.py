"""One of the processes of `newswatch clean --jobs`: the filter, with a limit to each line."""

import signal
import sys

from services.cli import filters
from services.kit.limit import limited


def main() -> None:
    # Ctrl-C is for whoever started this; its end closes our input.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    filters.run(limited(filters.clean_page, die=True), filters.standard_input(), sys.stdout)


if __name__ == "__main__":
    main()
