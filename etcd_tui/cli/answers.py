"""`etcd-tui answers new|validate|schema`."""

from __future__ import annotations

import argparse
import json
import sys

from etcd_tui.apply.events import Note, ProblemFound, Stream
from etcd_tui.cli.dispatch import ended
from etcd_tui.cli.output import write_out
from etcd_tui.i18n import _


def answers(parsed: argparse.Namespace, stream: Stream, began: float) -> int:
    """Run the task; AnswersError or UsageError if it can't be done."""
    match parsed.task:
        case "new":
            from etcd_tui.spec.template import template

            write_out(parsed.output, template(), mode=0o600)
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
