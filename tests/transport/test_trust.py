"""Which host keys are accepted: the rules of known_hosts, and a real sshd behind each of them."""

from __future__ import annotations

import asyncio
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path

import asyncssh
import pytest

from etcd_tui.errors import HostFailure, HostsError, UsageError
from etcd_tui.remote import trust
from etcd_tui.remote.connect import connect, connect_all
from etcd_tui.remote.new_keys import NewKeys
from etcd_tui.remote.secrets import Secrets
from etcd_tui.spec.model import Node

from .sshd import Sshd, World, keygen

MakeNode = Callable[..., Node]
ONE, TWO = (asyncssh.generate_private_key("ssh-ed25519").convert_to_public() for _key in "12")
NO_KEYS = NewKeys.none()
CA = asyncssh.generate_private_key("ssh-ed25519").convert_to_public()


def line(host: str, key: asyncssh.SSHKey, marker: str = "") -> str:
    algorithm, data = key.export_public_key().decode().split()[:2]
    return f"{marker} {host} {algorithm} {data}".strip() + "\n"


def known(folder: Path, *lines: str) -> str:
    path = folder / "known_hosts"
    path.write_text("".join(lines))
    return str(path)


# The rules


def test_a_missing_file_knows_nobody(tmp_path: Path) -> None:
    assert trust.look_up(str(tmp_path / "gone"), "h", 22) == trust.Trust()


def test_a_file_that_cannot_be_read_is_no_empty_file(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="cannot be read"):
        trust.look_up(str(tmp_path), "h", 22)


@pytest.mark.parametrize("name", ["h", "h,10.0.0.1", "*", "?", "other,H".lower()])
def test_a_host_is_known_by_its_name(tmp_path: Path, name: str) -> None:
    assert trust.look_up(known(tmp_path, line(name, ONE)), "H", 22).keys == (ONE,)


@pytest.mark.parametrize("name", ["g", "h.example", "*,!h", "[h]:2222", "|1|bad|worse"])
def test_a_host_is_not_known_by_another_name(tmp_path: Path, name: str) -> None:
    assert trust.look_up(known(tmp_path, line(name, ONE)), "h", 22).acceptable == ()


def test_a_damaged_line_does_not_hide_the_others(tmp_path: Path) -> None:
    path = known(tmp_path, "@what is this\n", "h\n", "h ssh-ed25519 AAAA\n", line("h", ONE))
    assert trust.look_up(path, "h", 22).keys == (ONE,)


def test_an_address_of_ipv6(tmp_path: Path) -> None:
    path = known(tmp_path, line("2001:db8::1", ONE), line("[fe80::1%eth0]:2222", TWO))
    assert trust.look_up(path, "2001:db8::1", 22).keys == (ONE,)
    assert trust.look_up(path, "fe80::1%eth0", 2222).keys == (TWO,)


def test_another_port_has_keys_of_its_own(tmp_path: Path) -> None:
    path = known(tmp_path, line("h", ONE), line("[h]:2222", TWO))
    assert trust.look_up(path, "h", 2222) == trust.Trust(keys=(TWO,))


def test_the_key_of_port_22_is_right_if_it_matches_and_no_evidence_if_not(tmp_path: Path) -> None:
    known_as = trust.look_up(known(tmp_path, line("h", ONE)), "h", 2222)
    assert (known_as.keys, known_as.borrowed) == ((), (ONE,))


@pytest.mark.parametrize("revoked_for", ["h", "[h]:2222", "*"])
def test_a_revoked_key_is_revoked_on_every_port(tmp_path: Path, revoked_for: str) -> None:
    path = known(tmp_path, line("[h]:2222", ONE), line(revoked_for, TWO, "@revoked"))
    assert TWO in trust.look_up(path, "h", 2222).revoked


def test_an_authority_is_no_host_key(tmp_path: Path) -> None:
    known_as = trust.look_up(known(tmp_path, line("*.x", CA, "@cert-authority")), "a.x", 22)
    assert (known_as.keys, known_as.authorities) == ((), (CA,))


def test_hashed_names(tmp_path: Path) -> None:
    path = known(tmp_path, line("h", ONE), line("[h]:2222", TWO))
    subprocess.run(["ssh-keygen", "-q", "-H", "-f", path], check=True, capture_output=True)
    assert "h " not in Path(path).read_text()
    assert trust.look_up(path, "h", 22).keys == (ONE,)
    assert trust.look_up(path, "h", 2222).keys == (TWO,)


def test_what_is_remembered_is_known_to_us_and_to_ssh(tmp_path: Path) -> None:
    path = tmp_path / "new" / "known_hosts"
    for _twice in range(2):
        trust.remember(str(path), "Host", 22, ONE)
        trust.remember(str(path), "2001:db8::1", 2222, TWO)
    assert path.stat().st_mode & 0o777 == 0o600
    assert path.parent.stat().st_mode & 0o777 == 0o700
    assert len(path.read_text().splitlines()) == 2
    assert trust.look_up(str(path), "host", 22).keys == (ONE,)
    for host in ("host", "[2001:db8::1]:2222"):
        subprocess.run(["ssh-keygen", "-F", host, "-f", str(path)], check=True, capture_output=True)


def test_what_stood_there_stays_even_without_a_line_end(tmp_path: Path) -> None:
    path = known(tmp_path, line("old", ONE).rstrip("\n"))
    trust.remember(path, "new", 22, TWO)
    assert Path(path).read_text() == line("old", ONE) + line("new", TWO)


async def test_hosts_remembered_at_once_are_all_remembered(tmp_path: Path) -> None:
    path = str(tmp_path / "known_hosts")
    keys = [asyncssh.generate_private_key("ssh-ed25519").convert_to_public() for _n in range(20)]
    await asyncio.gather(
        *(asyncio.to_thread(trust.remember, path, f"h{n}", 22, key) for n, key in enumerate(keys))
    )
    assert [trust.look_up(path, f"h{n}", 22).keys for n in range(20)] == [(key,) for key in keys]


@pytest.mark.parametrize("text", ["", "SHA1:xx", "ssh-ed25519", "ssh-ed25519 AAAA"])
def test_a_pin_that_is_no_key_is_refused(text: str) -> None:
    with pytest.raises(UsageError, match="pinned"):
        trust.pinned(text)


def test_a_new_key_is_agreed_to_for_one_address_however_it_is_written() -> None:
    agreed = NewKeys.these({"[Host]:2222": f"{ONE.get_fingerprint()}="})
    assert agreed.accepts("[host]:2222", ONE.get_fingerprint())
    assert not agreed.accepts("[host]:2222", TWO.get_fingerprint())
    assert not agreed.accepts("host", ONE.get_fingerprint())
    assert agreed.agreed_for("[host]:2222") == ONE.get_fingerprint()
    assert agreed.agreed_for("host") == ""


# A real server behind them


async def refusal(node: Node, new_keys: NewKeys = NO_KEYS) -> HostFailure:
    with pytest.raises(HostsError) as caught:
        await connect(node, Secrets(None), new_keys=new_keys)
    (failure,) = caught.value.failures
    assert failure.what
    assert failure.remedy
    return failure


async def entered(node: Node, new_keys: NewKeys = NO_KEYS) -> None:
    transport = await connect(node, Secrets(None), new_keys=new_keys)
    assert (await transport.run("echo in")).stdout == b"in\n"
    await transport.close()


def fingerprint(server: Sshd, kind: str = "ed25519") -> str:
    return str(asyncssh.import_public_key(server.public_key(kind)).get_fingerprint())


@pytest.mark.parametrize("kind", ["ed25519", "ecdsa", "rsa"])
async def test_a_host_known_by_any_of_its_keys_is_entered(
    shared: Sshd, node: MakeNode, tmp_path: Path, kind: str
) -> None:
    path = shared.known_hosts(tmp_path / "kh", kind)
    await entered(node(shared, known_hosts=str(path)))


async def test_an_unknown_host_is_named_with_the_fingerprint_that_ssh_would_show(
    shared: Sshd, node: MakeNode, tmp_path: Path
) -> None:
    path = tmp_path / "kh"
    failure = await refusal(node(shared, known_hosts=str(path)))
    assert failure.kind == "unknown-host-key"
    assert (failure.fingerprint, failure.key_type) == (fingerprint(shared), "ssh-ed25519")
    assert failure.fingerprint in failure.what
    assert "ssh_host_ed25519_key.pub" in failure.remedy
    assert not path.exists()


async def test_a_new_key_is_accepted_on_request_and_known_from_then_on(
    shared: Sshd, node: MakeNode, tmp_path: Path
) -> None:
    path = tmp_path / "ssh" / "kh"
    await entered(node(shared, known_hosts=str(path)), NewKeys.all())
    assert path.read_text() == f"[127.0.0.1]:{shared.port} {shared.public_key()}\n"
    await entered(node(shared, known_hosts=str(path)))


async def test_several_unknown_hosts_are_listed_together_and_accepted_together(
    sshd: Callable[..., Sshd], shared: Sshd, node: MakeNode, tmp_path: Path
) -> None:
    path = str(tmp_path / "kh")
    servers = [shared, sshd(hosts=("other",)), sshd(hosts=("ecdsa",))]
    nodes = [node(server, f"n{n}", known_hosts=path) for n, server in enumerate(servers)]
    with pytest.raises(HostsError) as caught:
        await connect_all(nodes, Secrets(None), new_keys=NewKeys.none())
    failures = caught.value.failures
    assert [(failure.host, failure.kind) for failure in failures] == [
        (f"n{n}", "unknown-host-key") for n in range(3)
    ]
    assert len({failure.fingerprint for failure in failures}) == 3
    transports = await connect_all(nodes, Secrets(None), new_keys=NewKeys.all())
    assert list(transports) == ["n0", "n1", "n2"]
    for transport in transports.values():
        await transport.close()
    assert len(Path(path).read_text().splitlines()) == 3


async def test_exactly_the_keys_that_were_agreed_to_are_accepted(
    sshd: Callable[..., Sshd], shared: Sshd, node: MakeNode, tmp_path: Path
) -> None:
    path = tmp_path / "kh"
    servers = [shared, sshd(hosts=("other",))]
    nodes = [node(server, f"n{n}", known_hosts=str(path)) for n, server in enumerate(servers)]
    with pytest.raises(HostsError) as caught:
        await connect_all(nodes, Secrets(None), new_keys=NewKeys.none())
    seen = {failure.address: failure.fingerprint for failure in caught.value.failures}
    assert list(seen) == [f"[127.0.0.1]:{server.port}" for server in servers]

    first, second = seen
    with pytest.raises(HostsError) as caught:
        await connect_all(nodes, Secrets(None), new_keys=NewKeys.these({first: seen[first]}))
    assert [(f.address, f.kind) for f in caught.value.failures] == [(second, "unknown-host-key")]
    assert path.read_text() == f"{first} {shared.public_key()}\n"

    transports = await connect_all(nodes, Secrets(None), new_keys=NewKeys.these(seen))
    for transport in transports.values():
        await transport.close()
    assert len(path.read_text().splitlines()) == 2


async def test_another_key_at_the_second_look_is_not_the_one_that_was_agreed_to(
    sshd: Callable[..., Sshd], node: MakeNode, tmp_path: Path
) -> None:
    path = tmp_path / "kh"
    server = sshd(hosts=("other",))
    address = f"[127.0.0.1]:{server.port}"
    agreed = NewKeys.these({address: fingerprint(server, "ed25519")})
    failure = await refusal(node(server, known_hosts=str(path)), agreed)
    assert failure.kind == "unknown-host-key"
    assert failure.fingerprint == fingerprint(server, "other")
    assert fingerprint(server, "other") in failure.what
    assert fingerprint(server, "ed25519") in failure.cause
    assert "--accept-new-host-keys" not in failure.remedy
    assert not path.exists()


async def test_a_key_that_was_agreed_to_for_another_host_is_not_enough(
    shared: Sshd, node: MakeNode, tmp_path: Path
) -> None:
    elsewhere = NewKeys.these({"[127.0.0.2]:22": fingerprint(shared)})
    failure = await refusal(node(shared, known_hosts=str(tmp_path / "kh")), elsewhere)
    assert failure.kind == "unknown-host-key"
    assert failure.address == f"[127.0.0.1]:{shared.port}"


@pytest.mark.fault(
    4,
    injected="the server shows another key than before",
    seen="hard stop, whatever is accepted; known_hosts unchanged",
)
@pytest.mark.parametrize("all_new", [False, True])
async def test_a_changed_key_is_a_hard_stop(
    sshd: Callable[..., Sshd], node: MakeNode, tmp_path: Path, all_new: bool
) -> None:
    server = sshd(hosts=("other",))
    path = server.known_hosts(tmp_path / "kh", "ed25519")
    before = path.read_text()
    new_keys = NewKeys.all() if all_new else NewKeys.none()
    failure = await refusal(node(server, known_hosts=str(path)), new_keys)
    assert failure.kind == "changed-host-key"
    assert failure.fingerprint == fingerprint(server, "other")
    assert fingerprint(server, "ed25519") in failure.cause
    assert f"-R '[127.0.0.1]:{server.port}'" in failure.remedy
    assert path.read_text() == before


async def test_a_key_of_another_type_is_a_changed_key(
    sshd: Callable[..., Sshd], node: MakeNode, tmp_path: Path
) -> None:
    server = sshd(hosts=("rsa",))
    path = server.known_hosts(tmp_path / "kh", "ed25519")
    failure = await refusal(node(server, known_hosts=str(path)), NewKeys.all())
    assert (failure.kind, failure.key_type) == ("changed-host-key", "ssh-rsa")
    assert failure.fingerprint == fingerprint(server, "rsa")


async def test_another_service_of_the_same_machine_is_unknown_not_changed(
    shared: Sshd, node: MakeNode, tmp_path: Path
) -> None:
    path = known(tmp_path, line("127.0.0.1", ONE))
    failure = await refusal(node(shared, known_hosts=path))
    assert failure.kind == "unknown-host-key"


async def test_the_key_of_port_22_will_do_for_another_port(
    shared: Sshd, node: MakeNode, tmp_path: Path
) -> None:
    path = known(tmp_path, f"127.0.0.1 {shared.public_key()}\n")
    await entered(node(shared, known_hosts=path))


@pytest.mark.parametrize("known_too", [False, True])
async def test_a_revoked_key_is_a_hard_stop(
    shared: Sshd, node: MakeNode, tmp_path: Path, known_too: bool
) -> None:
    lines = [f"@revoked * {shared.public_key()}\n"]
    if known_too:
        lines.append(f"[127.0.0.1]:{shared.port} {shared.public_key()}\n")
    failure = await refusal(node(shared, known_hosts=known(tmp_path, *lines)), NewKeys.all())
    assert failure.kind == "changed-host-key"
    assert "revoked" in failure.what


@pytest.mark.parametrize("kind", ["ed25519", "ecdsa", "rsa"])
async def test_a_pinned_key_is_enough(shared: Sshd, node: MakeNode, kind: str) -> None:
    await entered(node(shared, host_key=shared.public_key(kind)))
    await entered(node(shared, host_key=fingerprint(shared, kind)))


@pytest.mark.parametrize("as_fingerprint", [False, True])
async def test_a_pinned_key_is_the_only_trust(
    shared: Sshd, node: MakeNode, tmp_path: Path, as_fingerprint: bool
) -> None:
    pin = ONE.get_fingerprint() if as_fingerprint else line("", ONE).strip()
    path = shared.known_hosts(tmp_path / "kh")
    failure = await refusal(node(shared, host_key=pin, known_hosts=str(path)), NewKeys.all())
    assert failure.kind == "changed-host-key"
    assert failure.fingerprint == fingerprint(shared)
    assert ONE.get_fingerprint() in failure.cause
    assert "ssh.host_key" in failure.remedy


async def test_a_certified_host_needs_no_key_of_its_own(
    sshd: Callable[..., Sshd], node: MakeNode, world: World, tmp_path: Path
) -> None:
    authority = keygen(tmp_path / "ca")
    host_key = shutil.copy(world.host_keys["other"], tmp_path / "host")
    shutil.copy(f"{world.host_keys['other']}.pub", tmp_path / "host.pub")
    subprocess.run(
        ["ssh-keygen", "-q", "-s", str(authority), "-I", "x", "-h", "-n", "127.0.0.1", "-V", "+1d",
         f"{host_key}.pub"],
        check=True,
        capture_output=True,
    )  # fmt: skip
    server = sshd(f"HostCertificate {tmp_path}/host-cert.pub", hosts=("other",))
    certified = f"@cert-authority * {(tmp_path / 'ca.pub').read_text()}"
    await entered(node(server, known_hosts=known(tmp_path, certified)))
    other = f"@cert-authority * {(tmp_path / 'host.pub').read_text()}"
    failure = await refusal(node(server, known_hosts=known(tmp_path, other)))
    assert failure.kind == "unknown-host-key"
