"""`python -m tests.catalogue`: see the package's docstring."""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Sequence
from pathlib import Path

import tests.catalogue
from tests.catalogue.messages import messages
from tests.catalogue.pairs import faults
from tests.catalogue.places import MO
from tests.catalogue.po import mo_bytes, read, translations, write
from tests.catalogue.state import problems


def main(arguments: Sequence[str] | None = None) -> int:
    """Do one task and return the exit code."""
    parser = argparse.ArgumentParser(
        prog="python -m tests.catalogue",
        description=tests.catalogue.__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    tasks = parser.add_subparsers(dest="task", required=True)
    for name in ("update", "compile", "check"):
        tasks.add_parser(name)
    tasks.add_parser("merge").add_argument("file", type=Path)
    parsed = parser.parse_args(arguments)
    match parsed.task:
        case "update":
            return _update()
        case "merge":
            return _merge(json.loads(parsed.file.read_text(encoding="utf-8")))
        case "compile":
            MO.write_bytes(mo_bytes(translations(read())))
            return 0
        case _:
            found = list(problems())
            sys.stdout.writelines(f"{line}\n" for line in found)
            return 1 if found else 0


def _update() -> int:
    known = translations(read())
    wanted = messages()
    write(wanted, known)
    lacking = {message: "" for message in wanted if not known.get(message)}
    sys.stdout.write(json.dumps(lacking, ensure_ascii=False, indent=1) + "\n")
    return 0


def _merge(given: dict[str, str]) -> int:
    """Take in what is sound; name what is not, and what nobody asks for."""
    wanted = messages()
    refused = 0
    taken = {}
    for message, translation in given.items():
        wrong = list(faults(message, translation))
        if message not in wanted:
            wrong.append("no such message")
        if wrong:
            refused += 1
            sys.stdout.write(f"{message!r}: {'; '.join(wrong)}\n")
        else:
            taken[message] = translation
    write(wanted, {**translations(read()), **taken})
    sys.stdout.write(f"{len(taken)} taken, {refused} refused\n")
    return 1 if refused else 0


if __name__ == "__main__":
    sys.exit(main())
