"""The wizard in a real terminal, by keys alone, against real hosts."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.hosts.cluster import TOOL, Cluster
from tests.hosts.terminal import Terminal
from tests.lab import mirror

pytestmark = pytest.mark.lab


def open_wizard(cluster: Cluster, *options: str) -> Terminal:
    lab = cluster.lab
    words = [*lab.operator_prefix, *TOOL, "--state-dir", str(cluster.root), *options]
    env = {"HOME": str(lab.operator.home), "COLORTERM": "truecolor", "PYTHONPATH": str(Path.cwd())}
    return Terminal(words, env)


def fill_field(terminal: Terminal, explained: str, text: str, *, clear: bool = False) -> None:
    """Go on by Tab to the field that the screen explains with these words, and type."""
    for _number in range(20):
        terminal.press("Tab")
        if terminal.shows(explained):
            if clear:
                terminal.press("C-u")
            terminal.type(text)
            return
    raise AssertionError(f"no field is explained by {explained}:\n{terminal.screen}")


def open_tab(terminal: Terminal, shows: str) -> None:
    """Turn the tabs until this one is shown."""
    for _number in range(8):
        terminal.press("C-NPage")
        if terminal.shows(shows):
            return
    raise AssertionError(f"no tab shows {shows}:\n{terminal.screen}")


def type_hosts(terminal: Terminal, cluster: Cluster) -> None:
    """From the first screen to a list of hosts."""
    terminal.wait_for("New cluster")
    terminal.press("Enter")
    terminal.wait_for("No hosts yet")
    terminal.press("F3")
    terminal.wait_for("Paste or import hosts")
    for host in cluster.hosts:
        terminal.type(host.address)
        terminal.press("Enter")
    terminal.wait_for(f"etcd{len(cluster.hosts)}  {cluster.hosts[-1].address}")
    terminal.press("Tab", "Tab", "Enter")
    terminal.wait_for("hosts were added")


def type_access(terminal: Terminal, cluster: Cluster, known_hosts: Path) -> None:
    """SSH access and where etcd comes from."""
    open_tab(terminal, "Use ssh-agent")
    fill_field(terminal, "A private key file", str(cluster.lab.operator.private_key))
    fill_field(terminal, "The file of known host keys", str(known_hosts))
    open_tab(terminal, "Source of etcd")
    fill_field(terminal, "The etcd release to install", cluster.version, clear=True)
    fill_field(terminal, "the URL of a mirror", str(mirror.tarball(cluster.version)))


def test_a_newcomer_gets_from_an_empty_screen_to_a_proven_cluster(
    bare: Cluster, tmp_path: Path
) -> None:
    known_hosts = tmp_path / "known_hosts"
    with open_wizard(bare) as terminal:
        type_hosts(terminal, bare)
        type_access(terminal, bare, known_hosts)
        terminal.press("F8")
        terminal.wait_for("Are these your hosts?")
        terminal.press("a")
        terminal.wait_for("Preflight ✓")
        assert "SHA256" not in terminal.screen
        terminal.press("F8")
        terminal.wait_for("Names in the certificates")
        terminal.press("F8")
        terminal.wait_for("Point of no return")
        terminal.press("F8")
        terminal.wait_for("Nothing has been done on the hosts yet")
        terminal.press("F8")
        terminal.wait_for("installed and proven")
        terminal.resize(120, 40)
        terminal.press("F8")
        terminal.wait_for("What next")
        terminal.press("F8")
        end = terminal.wait_for("ended with")
    assert "ended with 0" in end
    assert "etcdctl.env" in end
    assert len(known_hosts.read_text().splitlines()) == len(bare.hosts)
    # What the wizard did is what its answers file asks for: a replay has nothing to do.
    bare.file = bare.root / "prod" / "answers.yaml"
    plan = bare.run("plan", "--exit-code")
    assert plan.exit == 0, plan.text
    assert bare.run("verify").exit == 0


def test_a_host_that_fails_in_the_middle_is_mended_and_retried_from_the_screen(
    bare: Cluster,
) -> None:
    # After the plan was shown, the disk for the programs turns out to be too small.
    third = bare.hosts[2]
    with open_wizard(bare, "--answers", str(bare.file)) as terminal:
        terminal.wait_for("Members")
        terminal.press("F8")
        terminal.wait_for("Preflight ✓")
        terminal.press("F8")
        terminal.wait_for("Names in the certificates")
        terminal.press("F8")
        terminal.wait_for("Point of no return")
        terminal.press("F8")
        terminal.wait_for("Nothing has been done on the hosts yet")
        third.exec(["mount", "-t", "tmpfs", "-o", "size=1m", "tmpfs", "/usr/local/bin"])
        terminal.press("F8")
        failed = terminal.wait_for("Deploy ✗")
        assert "etcd3" in failed
        assert "failed" in failed
        third.exec(["umount", "/usr/local/bin"])
        terminal.press("r")
        terminal.wait_for("installed and proven")
        terminal.press("C-q")
        assert "ended with 0" in terminal.wait_for("ended with")
    assert bare.run("verify").exit == 0
