"""The messages of Python's argparse that can reach a person who types a command line.

argparse looks them up in this catalogue, too (`etcd_tui.cli.arguments`). They are listed, not read
from the running Python: the catalogue must not depend on which release that is.
"""

from __future__ import annotations

MESSAGES = (
    "usage: ",
    "%(heading)s:",
    "options",
    "positional arguments",
    "subcommands",
    "show this help message and exit",
    "show program's version number and exit",
    " (default: %(default)s)",
    "argument %(argument_name)s: %(message)s",
    "the following arguments are required: %s",
    "one of the arguments %s is required",
    "not allowed with argument %s",
    "unrecognized arguments: %s",
    "ambiguous option: %(option)s could match %(matches)s",
    "unexpected option string: %s",
    "expected one argument",
    "expected at most one argument",
    "expected at least one argument",
    "ignored explicit argument %r",
    "invalid %(type)s value: %(value)r",
    "invalid choice: %(value)r (choose from %(choices)s)",
    "invalid choice: %(value)r, maybe you meant %(suggestion)r? (choose from %(choices)s)",
    "unknown parser %(parser_name)r (choices: %(choices)s)",
    "can't open '%(filename)s': %(error)s",
    'argument "-" with mode %r',
)

FOR_PROGRAMMERS = frozenset(
    {
        ".__call__() not defined",
        "%r is not callable",
        "'required' is an invalid argument for positionals",
        "cannot have multiple subparser arguments",
        "cannot merge actions - two groups are named %r",
        "conflicting subparser alias: %s",
        "conflicting subparser: %s",
        "dest= is required for options like %r",
        "invalid conflict_resolution value: %r",
        "invalid option string %(option)r: must start with a character %(prefix_chars)r",
        "mutually exclusive arguments must be optional",
        # Parser.error raises UsageError instead of printing, and nothing of ours is deprecated.
        "%(prog)s: error: %(message)s\n",
        "%(prog)s: warning: %(message)s\n",
        "argument '%(argument_name)s' is deprecated",
        "command '%(parser_name)s' is deprecated",
        "option '%(option)s' is deprecated",
    }
)
"""What argparse says about mistakes in the program that uses it; no operator sees these."""
