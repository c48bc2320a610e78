"""script_words: what a script says on a host when it fails, in the operator's language.

The scripts speak plain English, which is also what log.txt keeps. A test reads every one of them
and fails when it can say something that has no entry here.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache

from etcd_tui.i18n import N_, _

_AGAIN = N_("Run this again: it looks at the host anew.")
_ARRIVAL = N_("Run this again. If it comes again, look at the network and the host's disk.")
_JOURNAL = N_("Read the journal on the host: journalctl -u etcd -e")
_RULES = N_("Look at the firewall on the host, or write host.firewall: leave and open the ports.")
_DEFECT = N_("This is a defect of etcd-tui: please report it with log.txt of this run.")
_ARCHIVE = N_("Fetch the release again, or correct binaries.source and binaries.sha256.")
_NOT_OURS = N_("Look whose it is. etcd-tui touches only what its record on the host names.")
_DRILL = N_("It ends by itself within minutes. Then run this again.")
_PUT_RIGHT = N_("Run etcd-tui install, which puts it right, then run this again.")

_ONE_LINE = r"[^\n]+?"
_MANY_LINES = r"(?s:.+)"
"""What another program said."""

# What a script says, what that means, what to do. In the order in which they are tried.
_TABLE: tuple[tuple[str, str, str], ...] = (
    # locks
    (
        "another etcd-tui script is still at work on this host",
        N_("A script of another run is still at work on this host."),
        N_(
            "Wait a minute, then run this again. If the machine that it came from is gone, end it "
            "on the host: fuser -k /run/etcd-tui.lock"
        ),
    ),
    (
        "another run holds this host, or has held it",
        N_("Another run holds this host, or has held it meanwhile."),
        N_("When it has ended, run this again: it looks first and goes on."),
    ),
    (
        "another run has changed this host since it was looked at",
        N_("Another run has changed this host since it was looked at."),
        _AGAIN,
    ),
    (
        "{path} cannot be written",
        N_("{path} cannot be written on the host."),
        N_("Look whether the host's disk is full or read-only: df -h /run"),
    ),
    # files and folders
    ("the content arrived incomplete", N_("The content arrived incomplete."), _ARRIVAL),
    ("the content arrived damaged", N_("The content arrived damaged."), _ARRIVAL),
    (
        "{path} changed since it was looked at",
        N_("Somebody has changed {path} since it was looked at."),
        _AGAIN,
    ),
    (
        "{path} is a symbolic link",
        N_("{path} is a symbolic link, and etcd-tui does not write through one."),
        N_("Make it a folder, or name the folder it leads to under paths."),
    ),
    ("{path} was not made by etcd-tui", N_("{path} was not made by etcd-tui."), _NOT_OURS),
    ("{path} is no leftover of etcd-tui", N_("{path} is no leftover of etcd-tui."), _DEFECT),
    (
        "{path} is not a data folder of etcd-tui",
        N_("{path} is not recorded on the host as a data folder of etcd-tui."),
        _NOT_OURS,
    ),
    (
        "{path} is not the folder itself",
        N_("{path} leads to another folder, so nothing in it was deleted."),
        N_(
            "Look where it leads: readlink -f {path}. Delete the data there by hand if it is yours."
        ),
    ),
    ("{path} is not empty and stays", N_("{path} is not empty and stays."), ""),
    (
        "still recorded: {entries}",
        N_("The record on the host still names what was made there: {entries}"),
        N_("Run uninstall again. If it comes again, look at what is named."),
    ),
    (
        "processes of the user etcd still run",
        N_("Processes of the user etcd still run, so the user stays."),
        N_("See what they are with ps -u etcd, end them, then run this again."),
    ),
    # programs
    ("the archive arrived incomplete", N_("The archive arrived incomplete."), _ARRIVAL),
    (
        "could not download {url}",
        N_("The host could not download {url}."),
        N_("Look at the host's network and proxy, or write binaries.fetch: operator."),
    ),
    (
        "{sums} has no checksum for {file}",
        N_("{sums} has no checksum for {file}."),
        N_("Give the archive's SHA-256 as binaries.sha256."),
    ),
    ("the archive's SHA-256 is not {sum}", N_("The archive's SHA-256 is not {sum}."), _ARCHIVE),
    (
        "the archive could not be unpacked",
        N_("The archive could not be unpacked on the host."),
        N_("Look whether the host's disk is full, or fetch the release again."),
    ),
    (
        "the archive holds no program {name}",
        N_("The archive holds no program {name}."),
        _ARCHIVE,
    ),
    (
        "{name} does not run on this host: {said}",
        N_("{name} does not run on this host. It says: {said}"),
        N_("Look whether its folder is mounted noexec and whether the archive fits the processor."),
    ),
    (
        "{name} in the archive is version {found}, not {wanted}",
        N_("{name} in the archive is version {found}, not {wanted}."),
        N_("Correct cluster.etcd or binaries.source, so that they name the same release."),
    ),
    # the member
    (
        "the unit failed",
        N_("systemd has given up the unit etcd.service."),
        _JOURNAL,
    ),
    ("the unit stopped", N_("etcd has ended by itself."), _JOURNAL),
    (
        "the unit keeps failing and restarting",
        N_("etcd fails again and again, and systemd starts it again and again."),
        _JOURNAL,
    ),
    (
        "no quorum after {seconds} s",
        N_("There is no quorum after {seconds} seconds: too few members have found each other."),
        N_("Look at the other members first, and whether port 2380 is open between them."),
    ),
    (
        "etcd did not stop",
        N_("etcd was told to stop and still runs."),
        N_("Look why: journalctl -u etcd -e. Stop it by hand with systemctl stop etcd."),
    ),
    # drills
    ("a drill is under way on this host", N_("A drill is under way on this host."), _DRILL),
    ("another drill is under way", N_("Another drill is under way."), _DRILL),
    (
        "etcd.service is not from etcd-tui",
        N_("The unit etcd.service on this host was not made by etcd-tui."),
        N_("Only a cluster that etcd-tui has installed can be drilled."),
    ),
    (
        "systemd-run is missing",
        N_("systemd-run is missing on this host."),
        N_("Install the package of your distribution that has it: systemd."),
    ),
    (
        "etcd.service is not {state}",
        N_("The unit etcd.service is not {state}."),
        _PUT_RIGHT,
    ),
    (
        "etcd.service is being started or stopped",
        N_("The unit etcd.service is just being started or stopped."),
        N_("Wait a minute, then run this again."),
    ),
    # SELinux
    (
        "no mode of SELinux to relax to: {mode}",
        N_("{mode} is no mode that SELinux could be relaxed to."),
        _DEFECT,
    ),
    (
        "{path} has no line SELINUX=",
        N_("{path} has no line SELINUX=, so the mode would be lost at the next boot."),
        N_("Add the line SELINUX=enforcing to it, then run this again."),
    ),
    (
        "SELinux still enforces",
        N_("SELinux still enforces after setenforce 0."),
        N_("Write host.selinux: keep; etcd needs no other mode. Or look what forbids the change."),
    ),
    # firewalls
    (
        "the active firewall is now {now}, not {before}",
        N_("The active firewall is now {now}; when the host was looked at it was {before}."),
        _AGAIN,
    ),
    (
        "{kind} still refuses connections",
        N_("{kind} still refuses connections after it was switched off."),
        N_("Look what switches it on again, or write host.firewall: open."),
    ),
    ("no firewall that etcd-tui knows: {kind}", N_("etcd-tui knows no firewall {kind}."), _DEFECT),
    ("no rule for a firewall: {rule}", N_("This is no rule for a firewall: {rule}"), _DEFECT),
    (
        "{path} with etcd's rules would not load",
        N_("{path} would no longer load with etcd's rules in it, so it was left as it is."),
        _RULES,
    ),
    (
        "{command} could not change the zone {zone}",
        N_("{command} could not change the zone {zone}."),
        _RULES,
    ),
    (
        "firewalld does not start again",
        N_("firewalld does not start again."),
        N_("Read why on the host: journalctl -u firewalld -e. Start it, then run this again."),
    ),
    (
        "ufw drops all IPv6 here: set IPV6=yes in /etc/default/ufw and run ufw reload",
        N_("ufw drops all IPv6 on this host."),
        N_("Set IPV6=yes in /etc/default/ufw on the host, type ufw reload, then run this again."),
    ),
    (
        "ufw could not allow {port} from {source}",
        N_("ufw could not allow port {port} from {source}."),
        _RULES,
    ),
    ("nft could not insert the rules", N_("nft could not insert the rules."), _RULES),
    (
        "{command} could not insert a rule for {source}",
        N_("{command} could not insert a rule for {source}."),
        _RULES,
    ),
    (
        "{path} has no table filter: etcd's rules would be lost at the next boot",
        N_("{path} has no table filter: etcd's rules would be lost at the next boot."),
        N_("Save the firewall's rules there first (iptables-save), then run this again."),
    ),
    (
        "{kind} does not show the rule: {rule}",
        N_("{kind} does not show the rule that was just made: {rule}"),
        _RULES,
    ),
    (
        "{kind} would lose at the next boot: {rule}",
        N_("{kind} would lose this rule at the next boot: {rule}"),
        _RULES,
    ),
)


@dataclass(frozen=True, slots=True)
class ScriptWords:
    """Whole sentences in the language of the moment; `remedy` is empty where there is none."""

    cause: str
    remedy: str = ""


def script_words(text: str) -> ScriptWords | None:
    """Return what `text`, the sanitised last words of a script, means; None for other programs'.

    What other programs said before the script's own last words is kept below them as it is.
    """
    lines = text.strip().splitlines()
    for first in range(len(lines)):
        # The last words may hold what a program said, over several lines.
        last = "\n".join(lines[first:])
        for pattern, cause, remedy in _TABLE:
            found = _expression(pattern).fullmatch(last)
            if found:
                told = _(cause).format(**found.groupdict())
                then = _(remedy).format(**found.groupdict()) if remedy else ""
                return ScriptWords("\n".join([told, *lines[:first]]), then)
    return None


def patterns() -> tuple[str, ...]:
    """Return all that scripts can say, with names in braces where values stand."""
    return tuple(pattern for pattern, _cause, _remedy in _TABLE)


@cache
def _expression(pattern: str) -> re.Pattern[str]:
    parts = re.split(r"\{(\w+)\}", pattern)
    return re.compile(
        "".join(
            f"(?P<{part}>{_MANY_LINES if part == 'said' else _ONE_LINE})"
            if index % 2
            else re.escape(part)
            for index, part in enumerate(parts)
        )
    )
