"""Lessons about hosts as they were found: ports, tools, clocks, disks, keys, old data."""

from __future__ import annotations

import asyncio
import platform
import tarfile
from dataclasses import replace

import asyncssh

from etcd_tui.errors import Exit, RefusedError
from etcd_tui.fetch.origin import obtain, origin
from etcd_tui.i18n import N_, _
from etcd_tui.practice.lessons.lesson import Ground, Lesson, Step
from etcd_tui.practice.lessons.scripts import run, script
from etcd_tui.spec.writer import dump

_MACHINES = {"x86_64": "amd64", "aarch64": "arm64"}
_AGAIN = Step(text=N_("Go on: install again."), command="{install}")


async def _busy_port(ground: Ground) -> None:
    await run(ground, "etcd2", script("busy_port"), ground.values["etcd2"])


async def _missing_tool(ground: Ground) -> None:
    await run(ground, "etcd2", script("missing_tool"))


async def _clock(ground: Ground) -> None:
    await run(ground, "etcd2", script("clock"))


async def _full_disk(ground: Ground) -> None:
    await run(ground, "etcd3", script("full_disk"))


async def _peer_blocked(ground: Ground) -> None:
    await run(ground, "etcd3", script("peer_blocked"))


async def _stale_data(ground: Ground) -> None:
    """Let a real etcd of its own make the data of a cluster that is gone."""
    program = await asyncio.to_thread(_etcd, ground)
    await run(ground, "etcd3", script("stale_data"), ground.values["etcd3"], stdin=program)


def _etcd(ground: Ground) -> bytes:
    machine = platform.machine()
    archive = obtain(origin(ground.practice.spec, _MACHINES.get(machine, machine)))
    if archive is not None:
        with tarfile.open(archive.path) as opened:
            found = opened.extractfile(f"{archive.top}/etcd")
            if found is not None:
                return found.read()
    raise RefusedError(_("There is no etcd here to make old data with."))


async def _changed_host_key(ground: Ground) -> None:
    """Know etcd2 by the key that it had before it was set up anew."""
    practice = ground.practice
    known = practice.folder.path / "known_hosts"
    before = asyncssh.generate_private_key("ssh-ed25519").export_public_key("openssh")
    lines = []
    nodes = []
    for node in practice.spec.nodes:
        key = node.ssh.host_key
        if node.name == "etcd2":
            console = practice.folder.disk(node.name) / "etc/ssh"
            console.mkdir()
            (console / "ssh_host_ed25519_key.pub").write_text(f"{key} root@{node.name}\n")
            key = " ".join(before.decode("ascii").split()[:2])
            ground.values["known_as"] = f"[{node.address}]:{node.ssh.port}"
        lines.append(f"[{node.address}]:{node.ssh.port} {key}\n")
        ssh = replace(node.ssh, host_key="", known_hosts=str(known))
        nodes.append(replace(node, ssh=ssh))
    known.write_text("".join(lines))
    practice.spec = replace(practice.spec, nodes=tuple(nodes))
    practice.answers = dump(practice.spec)
    practice.answers_file.write_text(practice.answers)
    ground.values["known_hosts"] = str(known)
    ground.values["console"] = str(practice.folder.disk("etcd2") / "etc/ssh")


HOSTS = (
    Lesson(
        name="busy-port",
        title=N_("Another program listens on etcd's port"),
        text=N_(
            "A port belongs to one program at a time. Where something else listens on 2379 or "
            "2380, etcd ends with “address already in use”, is started again by systemd, and "
            "ends again.\n\n"
            "So the preflight looks who listens before anything is changed. Ask what the program "
            "is for before you stop it: it may be the old etcd that somebody still uses."
        ),
        played=N_(
            "What is played: on etcd2 a unit called old-web really listens on port 2379 of the "
            "host's address."
        ),
        host="etcd2",
        named="ports",
        exit=Exit.REFUSED,
        play=_busy_port,
        steps=(
            Step(text=N_("See who listens."), command="ss -Hltn sport = :2379", host="etcd2"),
            Step(
                text=N_("Stop it, once you know that nobody needs it."),
                command="systemctl stop old-web",
                host="etcd2",
            ),
            _AGAIN,
        ),
    ),
    Lesson(
        name="missing-tool",
        title=N_("A program that the steps call is missing"),
        text=N_(
            "etcd-tui leaves no agent on the hosts. Its steps are shell scripts, and they call "
            "what every distribution has, or nearly every one: minimal images leave out tar, awk "
            "or flock.\n\n"
            "All of these programs are looked for at the first look at a host, so that no step "
            "finds out half way."
        ),
        played=N_(
            "What is played: tar was taken out of the PATH of etcd2. Practice hosts have no "
            "package manager, so the step puts it back; on a real host it is "
            "“dnf install tar” or “apt install tar”."
        ),
        host="etcd2",
        named="tools",
        exit=Exit.REFUSED,
        play=_missing_tool,
        steps=(
            Step(
                text=N_("Put the program where the host looks for programs."),
                command='mv "$ETCD_TUI_ROOT/opt/tar" "${{ETCD_TUI_PATH%%:*}}/tar"',
                host="etcd2",
            ),
            _AGAIN,
        ),
    ),
    Lesson(
        name="clock",
        title=N_("A host's clock is wrong"),
        text=N_(
            "Certificates say from when to when they hold. To a host whose clock is behind, a "
            "certificate of today is not yet valid; to one that is ahead, it ends too early. "
            "Leases and logs mislead as well.\n\n"
            "The preflight compares the clocks of all hosts with each other, and stops at half a "
            "minute. Let a service keep them: chrony or systemd-timesyncd."
        ),
        played=N_(
            "What is played: practice hosts share this machine's clock, so on etcd2 the program "
            "date tells a time ten minutes ahead. Setting that clock is removing the file that "
            "says so; on a real host it is “chronyc makestep”."
        ),
        host="etcd2",
        named="clock",
        exit=Exit.REFUSED,
        play=_clock,
        steps=(
            Step(text=N_("See what time it is there."), command="date", host="etcd2"),
            Step(
                text=N_("Set the clock."),
                command='rm "$ETCD_TUI_ROOT/run/practice/clock"',
                host="etcd2",
            ),
            _AGAIN,
        ),
    ),
    Lesson(
        name="full-disk",
        title=N_("A disk is full"),
        text=N_(
            "etcd writes each change to its log before it answers. Where it cannot write, it ends; "
            "and a database that was cut off in the middle of a write is the worst thing to "
            "restore.\n\n"
            "A new data folder takes 256 MiB at once, because etcd lays out its log in advance. "
            "The preflight adds up what all target folders on one file system will need. Logs are "
            "what fills most disks: give etcd a file system of its own."
        ),
        played=N_(
            "What is played: the size of the disk. On etcd3 df counts what lies in the host's "
            "folder against 1 GiB, and a log of 900 MiB (a sparse file, it takes no room on this "
            "machine) leaves too little. The practice disk itself would not stop a write."
        ),
        host="etcd3",
        named="disk",
        exit=Exit.REFUSED,
        play=_full_disk,
        steps=(
            Step(
                text=N_("See how full it is."),
                command='df -Pk "$ETCD_TUI_ROOT/var/lib"',
                host="etcd3",
            ),
            Step(
                text=N_("Find what fills it."),
                command='ls -lh "$ETCD_TUI_ROOT/var/log"',
                host="etcd3",
            ),
            Step(
                text=N_("Make room."), command='rm "$ETCD_TUI_ROOT/var/log/debug.log"', host="etcd3"
            ),
            _AGAIN,
        ),
    ),
    Lesson(
        name="peer-blocked",
        title=N_("A member cannot be reached by its peers"),
        text=N_(
            "Members talk to each other on port 2380, clients to them on 2379. A firewall in "
            "between that drops packets says nothing: connections just never come about. With "
            "three members, two still form a quorum, and the third is missing when you need it.\n\n"
            "So before anything is installed, every member listens for a moment, and every other "
            "one tries to connect, both ways and on both ports."
        ),
        played=N_(
            "What is played: practice has no kernel firewall. On etcd3 the listener of the "
            "preflight is full as long as a file called closed is there, and the kernel drops what "
            "comes, as a firewall would. Opening the firewall is removing the file; on a real host "
            "it is “firewall-cmd --permanent --add-port=2379-2380/tcp” and “firewall-cmd --reload”."
        ),
        host="etcd3",
        named="peers:etcd3",
        exit=Exit.REFUSED,
        play=_peer_blocked,
        steps=(
            Step(
                text=N_("Open the ports."),
                command='rm "$ETCD_TUI_ROOT/run/practice/closed"',
                host="etcd3",
            ),
            _AGAIN,
        ),
    ),
    Lesson(
        name="stale-data",
        title=N_("The data folder is of an old cluster"),
        text=N_(
            "A member's identity lies in its data folder: who it is, and which cluster it belongs "
            "to. An etcd that finds old data does not look at its settings for a new cluster. It "
            "goes on as the old member, and the new ones refuse it: “cluster ID mismatch”.\n\n"
            "etcd-tui never deletes data that it did not put there. Look at what it is, move it "
            "away, and keep it until you are sure."
        ),
        played=N_(
            "What is played: on etcd3 a real etcd ran for a moment as a cluster of its own, and "
            "left its data in /var/lib/etcd."
        ),
        host="etcd3",
        named="data-folder",
        exit=Exit.REFUSED,
        play=_stale_data,
        steps=(
            Step(
                text=N_("Look at what is there."),
                command='ls -l "$ETCD_TUI_ROOT/var/lib/etcd/member"',
                host="etcd3",
            ),
            Step(
                text=N_("Move it away."),
                command='cd "$ETCD_TUI_ROOT/var/lib" && mv etcd etcd-of-the-old-cluster',
                host="etcd3",
            ),
            _AGAIN,
        ),
    ),
    Lesson(
        name="changed-host-key",
        title=N_("A host shows another key than before"),
        text=N_(
            "By its host key you know that it is your host that you talk to, and nobody in "
            "between. A key changes when a host is set up anew, or when its address now belongs to "
            "another machine, or when somebody listens in. From here these look the same.\n\n"
            "That is why etcd-tui stops, and no option passes over it. Compare the fingerprint "
            "with what the host's own console says, and only then let the new key take the place "
            "of the old one."
        ),
        played=N_(
            "What is played: the file of known hosts has another key for etcd2, as if the host had "
            "been set up anew since. The host's own key lies on its practice disk: that is its "
            "console here."
        ),
        host="etcd2",
        named="changed-host-key",
        exit=Exit.HOSTS,
        play=_changed_host_key,
        steps=(
            Step(
                text=N_("Read the key at the host's console."),
                command="cat {console}/ssh_host_ed25519_key.pub",
            ),
            Step(
                text=N_("It is the one that was shown. Forget the old one …"),
                command="sed -i '/{etcd2}/d' {known_hosts}",
            ),
            Step(
                text=N_("… and write down the new one."),
                command=(
                    "echo \"{known_as} $(cut -d ' ' -f 1,2 {console}/ssh_host_ed25519_key.pub)\" "
                    ">> {known_hosts}"
                ),
            ),
            _AGAIN,
        ),
    ),
)
