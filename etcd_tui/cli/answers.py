"""`etcd-tui answers new|validate|schema`."""

from __future__ import annotations

import argparse
import json
import os
import sys

from etcd_tui.apply.events import Note, ProblemFound, Stream
from etcd_tui.cli.dispatch import ended
from etcd_tui.errors import UsageError
from etcd_tui.i18n import _


def answers(parsed: argparse.Namespace, stream: Stream, began: float) -> int:
    """Run the task; AnswersError or UsageError if it can't be done."""
    match parsed.task:
        case "new":
            from etcd_tui.spec.template import template

            _write(parsed, template())
            return 0
        case "schema":
            from etcd_tui.spec.schema import json_schema

            sys.stdout.write(json.dumps(json_schema(), indent=2, ensure_ascii=False) + "\n")
            return 0
        case _:
            from etcd_tui.spec.reader import load

            spec, warnings = load(parsed.file)
            for problem in warnings:
                stream.emit(ProblemFound(problem))
            names = ", ".join(node.name for node in spec.nodes)
            stream.emit(
                Note(
                    _("{file}: cluster {name}, etcd {version}, members {names}").format(
                        file=parsed.file,
                        name=spec.cluster.name,
                        version=spec.cluster.etcd,
                        names=names,
                    )
                )
            )
            return ended(stream, "answers validate", began)


def _write(parsed: argparse.Namespace, text: str) -> None:
    if parsed.output is None:
        sys.stdout.write(text)
        return
    try:
        handle = os.open(parsed.output, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except OSError as error:
        raise UsageError(
            _("{path} cannot be written: {reason}.").format(
                path=parsed.output, reason=error.strerror
            ),
            remedy=_("Name a file that is not there yet."),
        ) from error
    with os.fdopen(handle, "w", encoding="utf-8") as file:
        file.write(text)
