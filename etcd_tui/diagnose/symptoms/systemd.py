"""systemd's own failures. Wordings: systemd 252 (seen), and `systemd.exec(5)` for the statuses.

`Failed at step` comes from the child before it becomes etcd; some steps leave only the status.
"""

from __future__ import annotations

from etcd_tui.diagnose.symptom import Rank, Symptom
from etcd_tui.i18n import N_

SYMPTOMS = (
    Symptom(
        "program-missing",
        Rank.STOPPED,
        (r"Failed at step EXEC spawning (?P<path>\S+): No such file",),
        N_("{path} is not on {host} (or was built for another C library)."),
        N_("Run etcd-tui install again: it puts the programs there."),
    ),
    Symptom(
        "program-wrong-architecture",
        Rank.STOPPED,
        (r"Failed at step EXEC spawning (?P<path>\S+): Exec format error",),
        N_("{path} on {host} was built for another processor, or is no program at all."),
        N_(
            "Compare `uname -m` with `file {path}` on {host}; name the archive for its"
            " architecture in binaries.source and run etcd-tui install again."
        ),
    ),
    Symptom(
        "program-not-executable",
        Rank.STOPPED,
        (r"Failed at step EXEC spawning (?P<path>\S+): (?P<reason>.+)",),
        N_("systemd may not execute {path} on {host}: {reason}."),
        N_(
            "Look on {host}: `ls -lZ {path}` (mode 755? SELinux type bin_t? else `restorecon"
            " {path}`) and `findmnt -T {path}` (noexec? then set paths.binaries to another folder)."
        ),
    ),
    Symptom(
        "unit-user-missing",
        Rank.STOPPED,
        (r"Failed at step USER spawning", r"status=217/USER"),
        N_("The user that etcd.service names does not exist on {host}."),
        N_("Run etcd-tui install again: it makes the system user. Or look: `getent passwd etcd`."),
    ),
    Symptom(
        "unit-group-missing",
        Rank.STOPPED,
        (r"Failed at step GROUP spawning", r"status=216/GROUP"),
        N_("The group that etcd.service names does not exist on {host}."),
        N_("Run etcd-tui install again: it makes the group. Or look: `getent group etcd`."),
    ),
    Symptom(
        "unit-folder-missing",
        Rank.STOPPED,
        (
            r"Failed to set up mount namespacing: (?:/run/systemd/unit-root)?(?P<reason>/.+)",
            r"(?P<reason>Failed at step NAMESPACE spawning .+)",
            r"(?P<reason>status=226/NAMESPACE)",
        ),
        N_("A folder that etcd.service needs is missing on {host}: {reason}."),
        N_(
            "Run etcd-tui install again: it makes {data}. If {data} is a mount point, mount it"
            " first."
        ),
    ),
    Symptom(
        "unit-working-directory-missing",
        Rank.STOPPED,
        (r"Failed at step CHDIR spawning", r"status=200/CHDIR"),
        N_("The working directory that etcd.service names does not exist on {host}."),
        N_(
            "etcd-tui sets none: look for a drop-in with `systemctl cat etcd` on {host} and"
            " remove it."
        ),
    ),
    Symptom(
        "unit-environment-missing",
        Rank.STOPPED,
        (r"Failed to load environment files: (?P<reason>.+)",),
        N_("systemd on {host} cannot read {config}/etcd.conf: {reason}."),
        N_("Run etcd-tui install again: it writes the file."),
    ),
    Symptom(
        "unit-system-call-filter",
        Rank.STOPPED,
        (r"status=31/SYS",),
        N_("The kernel on {host} ended etcd for a system call that etcd.service forbids."),
        N_(
            "Look for a drop-in with `systemctl cat etcd` on {host}; remove it, or run etcd-tui"
            " install again to get the unit back."
        ),
    ),
    Symptom(
        "out-of-memory",
        Rank.STOPPED,
        (r"killed by the OOM killer", r"result 'oom-kill'"),
        N_("{host} ran out of memory, and the kernel ended etcd."),
        N_(
            "See `journalctl -k -g oom` on {host} for what took it. Add memory, move other load"
            " away, or raise MemoryMax= if `systemctl cat etcd` shows one."
        ),
    ),
    Symptom(
        "unit-masked",
        Rank.STOPPED,
        (r"etcd\.service has load state masked",),
        N_("etcd.service is masked on {host}: systemd must not start it."),
        N_("Type `systemctl unmask etcd` on {host}, then run etcd-tui install again."),
    ),
    Symptom(
        "unit-missing",
        Rank.STOPPED,
        (r"etcd\.service has load state not-found",),
        N_("There is no etcd.service on {host}."),
        N_("Run etcd-tui install: it writes the unit."),
    ),
    Symptom(
        "unit-unusable",
        Rank.STOPPED,
        (
            r"etcd\.service:\d+: (?P<reason>.*(?:absolute path|Invalid|invalid).*)",
            r"(?P<reason>etcd\.service has load state (?:bad-setting|error))",
        ),
        N_("systemd on {host} does not understand etcd.service: {reason}."),
        N_(
            "See `systemctl cat etcd` and `systemd-analyze verify etcd.service` on {host}; remove"
            " drop-ins, or run etcd-tui install again to get the unit back."
        ),
    ),
    Symptom(
        "unit-timeout",
        Rank.CONSEQUENCE,
        (r"[Ss]tart operation timed out", r"result 'timeout'"),
        N_(
            "systemd on {host} stopped etcd because it was not ready in time; etcd is ready only"
            " when a majority of the members is up."
        ),
        N_(
            "etcd-tui's unit sets TimeoutStartSec=infinity: find what sets another with `systemctl"
            " cat etcd` on {host}. Start all members at the same time."
        ),
    ),
    Symptom(
        "unit-start-limit",
        Rank.CONSEQUENCE,
        (
            r"[Ss]tart request repeated too quickly",
            r"result 'start-limit(?:-hit)?'",
        ),
        N_("systemd on {host} gave up: etcd ended too often in a short time."),
        N_(
            "Remove the cause first, then type `systemctl reset-failed etcd` on {host} and run"
            " etcd-tui install again."
        ),
    ),
    Symptom(
        "unit-resources",
        Rank.UNEXPLAINED,
        (r"result 'resources'", r"Failed to run 'start' task: .+"),
        N_("systemd on {host} could not prepare the start of etcd."),
        N_("See `journalctl -u etcd -n 50` and `systemctl status etcd` on {host}."),
    ),
    Symptom(
        "etcd-killed",
        Rank.UNEXPLAINED,
        (
            r"code=killed, (?P<reason>status=\d+/(?!TERM|SYS)\w+)",
            r"code=dumped, (?P<reason>status=\d+/\w+)",
            r"(?P<reason>result 'signal')",
            r"(?P<reason>result 'core-dump')",
            r"(?P<reason>result 'watchdog')",
        ),
        N_("etcd on {host} was ended from outside ({reason})."),
        N_(
            "See `journalctl -k -n 50` on {host}: memory, a crash? If a person did it, run etcd-tui"
            " install again."
        ),
    ),
    Symptom(
        "unit-protocol",
        Rank.UNEXPLAINED,
        (r"result 'protocol'",),
        N_("etcd on {host} ended without ever saying that it was ready."),
        N_(
            "See `journalctl -u etcd -n 50` on {host}. Is the program in `systemctl cat etcd`"
            " really etcd?"
        ),
    ),
    Symptom(
        "unit-step-failed",
        Rank.UNEXPLAINED,
        (
            r"Failed at step (?P<step>[A-Z_]+) spawning",
            r"[Mm]ain process exited, code=exited, status=2\d\d/(?P<step>[A-Z_]+)",
        ),
        N_("systemd on {host} could not start etcd; it failed at the step {step}."),
        N_(
            "`man systemd.exec` lists the steps. See `systemctl cat etcd` on {host} for drop-ins,"
            " or run etcd-tui install again to get the unit back."
        ),
    ),
    Symptom(
        "etcd-exited",
        Rank.UNEXPLAINED,
        (
            r"[Mm]ain process exited, code=exited, (?P<reason>status=(?!2\d\d/|0/)\d+/\S+)",
            r"(?P<reason>result 'exit-code')",
        ),
        N_("etcd on {host} ended by itself ({reason}), and its journal does not say why."),
        N_("See all of it on {host}: `journalctl -u etcd -b`."),
    ),
    Symptom(
        "unit-not-running",
        Rank.WAITING,
        (r"etcd\.service is inactive",),
        N_("etcd is not running on {host}: it was never started, or was stopped."),
        N_("Run etcd-tui install, or type `systemctl start --no-block etcd` on {host}."),
    ),
)
