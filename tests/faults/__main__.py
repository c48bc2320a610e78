"""Write the fault matrix: `python -m tests.faults [--check]`."""

from __future__ import annotations

import argparse
import sys

from tests.faults.table import PAGE, is_fresh, page


def main() -> int:
    """Write the page, or say with 1 that it is stale."""
    parser = argparse.ArgumentParser(prog="python -m tests.faults", description=__doc__)
    parser.add_argument("--check", action="store_true", help="compare only; 1 if it is stale")
    if not parser.parse_args().check:
        PAGE.write_text(page())
        return 0
    if is_fresh():
        return 0
    print(f"{PAGE} is stale: run python -m tests.faults", file=sys.stderr)
    return 1


if __name__ == "__main__":
    sys.exit(main())
