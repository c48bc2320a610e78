"""Logging in: each kind of credential, in the order that locks nobody out."""

from __future__ import annotations

import asyncio
import socket
import subprocess
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from etcd_tui.errors import HostFailure, HostsError
from etcd_tui.remote.connect import connect, connect_all, connect_each
from etcd_tui.remote.login import Login
from etcd_tui.remote.new_keys import NewKeys
from etcd_tui.remote.secrets import Secrets
from etcd_tui.remote.trust import Trust
from etcd_tui.secret import Secret
from etcd_tui.spec.model import Node, SecretRef, Ssh

from .sshd import SUDO_PASSWORD, Sshd, free_port, keygen

MakeNode = Callable[..., Node]
PASSWORD = SecretRef("inline", inline=Secret(SUDO_PASSWORD))
WRONG = SecretRef("inline", inline=Secret("wrong-pw"))


async def entered(node: Node, secrets: Secrets | None = None) -> None:
    transport = await connect(node, secrets or Secrets(None))
    assert (await transport.run("echo in", root=False)).stdout == b"in\n"
    await transport.close()


async def refusal(node: Node, kind: str, secrets: Secrets | None = None) -> HostFailure:
    with pytest.raises(HostsError) as caught:
        await connect(node, secrets or Secrets(None))
    (failure,) = caught.value.failures
    assert failure.kind == kind, failure
    assert failure.host == node.name
    assert failure.what
    assert failure.remedy
    return failure


# Keys in files


async def test_a_key_file(shared: Sshd, node: MakeNode) -> None:
    await entered(node(shared))


async def test_the_default_key_of_the_home_folder(
    shared: Sshd, node: MakeNode, tmp_path: Path
) -> None:
    (tmp_path / ".ssh").mkdir()
    (tmp_path / ".ssh/id_ed25519").write_bytes(shared.world.key.read_bytes())
    (tmp_path / ".ssh/id_ed25519").chmod(0o600)
    await entered(node(shared, private_key=()))


@pytest.fixture
def locked(shared: Sshd, tmp_path: Path) -> Path:
    """The good key, under the passphrase `open sesame`."""
    path = tmp_path / "locked"
    path.write_bytes(shared.world.key.read_bytes())
    path.chmod(0o600)
    Path(f"{path}.pub").write_bytes(Path(f"{shared.world.key}.pub").read_bytes())
    subprocess.run(
        ["ssh-keygen", "-q", "-p", "-P", "", "-N", "open sesame", "-f", str(path)],
        check=True,
        capture_output=True,
    )
    return path


async def test_an_encrypted_key_opens_for_all_hosts_with_one_question(
    shared: Sshd, node: MakeNode, locked: Path
) -> None:
    asked: list[str] = []

    def prompt(purpose: str) -> Secret:
        asked.append(purpose)
        return Secret("open sesame")

    how = {"private_key": (str(locked),), "passphrase": SecretRef("prompt")}
    nodes = [node(shared, f"n{n}", **how) for n in range(5)]
    transports = await connect_all(nodes, Secrets(prompt), new_keys=NewKeys.none())
    for transport in transports.values():
        await transport.close()
    assert asked == [f"the passphrase of {locked}"]


async def test_an_encrypted_key_without_or_with_the_wrong_passphrase(
    shared: Sshd, node: MakeNode, locked: Path
) -> None:
    failure = await refusal(node(shared, private_key=(str(locked),)), "key-file")
    assert "is encrypted" in failure.what
    failure = await refusal(node(shared, private_key=(str(locked),), passphrase=WRONG), "key-file")
    assert "does not open" in failure.what
    assert "wrong-pw" not in repr(failure)


async def test_a_key_file_that_is_missing_open_to_others_or_no_key(
    shared: Sshd, node: MakeNode, tmp_path: Path
) -> None:
    failure = await refusal(node(shared, private_key=(str(tmp_path / "gone"),)), "key-file")
    assert "No such file" in failure.cause
    loose = keygen(tmp_path / "loose")
    loose.chmod(0o640)
    failure = await refusal(node(shared, private_key=(str(loose),)), "key-file")
    assert "0640" in failure.cause
    assert failure.remedy == f"chmod 600 {loose}"
    public = Path(f"{loose}.pub")
    public.chmod(0o600)
    failure = await refusal(node(shared, private_key=(str(public),)), "key-file")
    assert "no private key" in failure.what


async def test_a_key_with_a_certificate(sshd: Callable[..., Sshd], node: MakeNode) -> None:
    server = sshd()
    folder = server.world.folder
    authority = keygen(folder / "user-ca")
    key = keygen(folder / "certified")
    subprocess.run(
        ["ssh-keygen", "-q", "-s", str(authority), "-I", "x", "-n", "root", f"{key}.pub"],
        check=True,
        capture_output=True,
    )
    certified = sshd(f"TrustedUserCAKeys {authority}.pub")
    await entered(node(certified, private_key=(str(key),)))


async def test_a_foreign_key_is_refused_once_and_named(
    shared: Sshd, node: MakeNode, tmp_path: Path
) -> None:
    key = keygen(tmp_path / "foreign")
    failure = await refusal(node(shared, private_key=(str(key),)), "authentication")
    assert f"Tried: {key} (ssh-ed25519)" in failure.cause
    assert "publickey" in failure.cause


async def test_nothing_to_try_is_told(shared: Sshd, node: MakeNode) -> None:
    failure = await refusal(node(shared, private_key=()), "authentication")
    assert "no key and no password" in failure.cause
    assert "ssh.private_key" in failure.remedy


# The agent


async def test_a_key_of_the_agent(shared: Sshd, node: MakeNode, agent: Callable[..., None]) -> None:
    agent(shared.world.key)
    await entered(node(shared, private_key=()))
    await refusal(node(shared, private_key=(), agent=False), "authentication")


async def test_the_agent_holds_the_encrypted_key(
    shared: Sshd, node: MakeNode, agent: Callable[..., None], locked: Path
) -> None:
    agent(shared.world.key)
    await entered(node(shared, private_key=(str(locked),)))


async def test_a_full_agent_does_not_use_up_the_tries(
    sshd: Callable[..., Sshd], node: MakeNode, agent: Callable[..., None], tmp_path: Path,
    locked: Path,
) -> None:  # fmt: skip
    server = sshd("MaxAuthTries 2")
    agent(*(keygen(tmp_path / f"other{n}") for n in range(8)), server.world.key)
    await entered(node(server))
    await entered(node(server, private_key=(str(locked),)))


async def test_a_password_still_fits_behind_a_full_agent(
    sshd: Callable[..., Sshd], node: MakeNode, agent: Callable[..., None], tmp_path: Path
) -> None:
    server = sshd("KbdInteractiveAuthentication no")
    agent(*(keygen(tmp_path / f"other{n}") for n in range(8)))
    await entered(node(server, user="nopass", private_key=(), password=PASSWORD))


async def test_an_agent_that_is_gone_is_no_agent(
    shared: Sshd, node: MakeNode, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("SSH_AUTH_SOCK", str(tmp_path / "gone"))
    await entered(node(shared))


# Passwords


@pytest.mark.parametrize("asked_by", ["PasswordAuthentication", "KbdInteractiveAuthentication"])
async def test_a_password(sshd: Callable[..., Sshd], node: MakeNode, asked_by: str) -> None:
    methods = ("PasswordAuthentication", "KbdInteractiveAuthentication")
    server = sshd(*(f"{method} {'yes' if method == asked_by else 'no'}" for method in methods))
    await entered(node(server, user="nopass", private_key=(), password=PASSWORD))


async def test_a_key_and_a_password_together(sshd: Callable[..., Sshd], node: MakeNode) -> None:
    server = sshd("AuthenticationMethods publickey,password")
    await entered(node(server, user="nopass", password=PASSWORD))


@pytest.mark.fault(
    3,
    injected="a wrong password",
    seen="one try, then exit 4: authentication",
)
async def test_a_wrong_password_is_sent_once(sshd: Callable[..., Sshd], node: MakeNode) -> None:
    server = sshd("PasswordAuthentication yes", "KbdInteractiveAuthentication yes")
    failure = await refusal(
        node(server, user="nopass", private_key=(), password=WRONG), "authentication"
    )
    assert "Tried: password." in failure.cause
    assert "wrong-pw" not in repr(failure)
    assert server.log.read_text().count("Failed") <= 1
    assert server.log.read_text().count("error: PAM: Authentication failure") <= 1


@pytest.mark.parametrize(
    ("prompt", "answers"),
    [
        (("Password: ", False), True),
        (("密码：", False), True),
        (("(root@h) Password:", False), True),
        (("Verification code: ", False), False),
        (("OTP: ", False), False),
        (("Name: ", True), False),
    ],
)
def test_a_prompt_gets_the_password_only_if_it_asks_for_it(
    prompt: tuple[str, bool], answers: bool
) -> None:
    login = Login(Trust(), [], Secret("pw"))
    assert login.kbdint_challenge_received("", "", "", []) == []
    assert login.kbdint_challenge_received("", "", "", [prompt, prompt]) is None
    assert login.kbdint_challenge_received("", "", "", [prompt]) == (["pw"] if answers else None)
    # Whatever was asked for first, a second time is one too many.
    login.kbdint_challenge_received("", "", "", [("Password:", False)])
    assert login.kbdint_challenge_received("", "", "", [("Password:", False)]) is None


# The way there


@pytest.mark.fault(
    2,
    injected="a port where nobody listens",
    seen="refused: the host is up but sshd is not",
)
async def test_nobody_listens(node: MakeNode, shared: Sshd) -> None:
    failure = await refusal(node(shared, port=free_port(), host_key=shared.public_key()), "refused")
    assert "nothing listens" in failure.cause


async def test_a_name_that_does_not_exist(node: MakeNode, shared: Sshd) -> None:
    failure = await refusal(node(shared, host="etcd.invalid"), "unreachable")
    assert "etcd.invalid" in failure.what


@pytest.fixture
def full() -> Iterator[int]:
    """A port whose queue of connections is full: further packets are dropped, as by a firewall."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        listener.listen(0)
        waiting = [socket.socket() for _n in range(3)]
        for one in waiting:
            one.setblocking(False)
            one.connect_ex(listener.getsockname())
        yield listener.getsockname()[1]
        for one in waiting:
            one.close()


@pytest.mark.fault(
    2,
    injected="a port that takes no more connections",
    seen="timeout after connect_timeout, which is named as such",
)
async def test_packets_are_dropped(node: MakeNode, shared: Sshd, full: int) -> None:
    failure = await refusal(node(shared, port=full, connect_timeout=1), "timeout")
    assert "firewall" in failure.cause


@pytest.fixture
def no_ssh() -> Iterator[int]:
    """Something that listens, and is no SSH server."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        listener.listen()

        def answer() -> None:
            connection, _address = listener.accept()
            connection.sendall(b"SSH-1.5-ancient\r\n")
            connection.recv(100)
            connection.close()

        thread = threading.Thread(target=answer)
        thread.start()
        yield listener.getsockname()[1]
        thread.join()


async def test_what_answers_is_no_ssh_server(node: MakeNode, shared: Sshd, no_ssh: int) -> None:
    failure = await refusal(node(shared, port=no_ssh), "unreachable")
    assert "no SSH server" in failure.what


@pytest.mark.fault(
    12,
    injected="nologin as login shell",
    seen="exit 4: shell, with the host's words",
)
async def test_a_login_shell_that_runs_nothing(shared: Sshd, node: MakeNode) -> None:
    failure = await refusal(node(shared, user="nobodyhome"), "shell")
    assert "not available" in failure.cause


@pytest.mark.fault(
    12,
    injected="ForceCommand",
    seen="exit 4: shell, with the other command's words",
)
async def test_a_key_that_is_bound_to_another_command(
    sshd: Callable[..., Sshd], node: MakeNode
) -> None:
    server = sshd("ForceCommand echo something else")
    failure = await refusal(node(server), "shell")
    assert failure.cause == "something else"


@pytest.mark.fault(
    11,
    injected="MaxStartups 6:100:6 and fourteen logins",
    seen="all get in",
)
async def test_more_logins_than_sshd_takes_at_once(
    sshd: Callable[..., Sshd], node: MakeNode
) -> None:
    server = sshd("MaxStartups 6:100:6")
    nodes = [node(server, f"n{n}") for n in range(14)]
    transports = await connect_all(nodes, Secrets(None), new_keys=NewKeys.none())
    assert len(transports) == 14
    for transport in transports.values():
        await transport.close()


class Moody:
    """A listener that hangs up on the first `drops` connections and hands the others to sshd."""

    def __init__(self, server: Sshd, drops: int) -> None:
        self.server, self.drops, self.seen = server, drops, 0

    async def __call__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.seen += 1
        if self.seen > self.drops:
            ahead = await asyncio.open_connection("127.0.0.1", self.server.port)
            await asyncio.gather(self.pass_on(reader, ahead[1]), self.pass_on(ahead[0], writer))
        writer.close()

    async def pass_on(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while data := await reader.read(65536):
            writer.write(data)
        writer.close()


@pytest.mark.fault(
    11,
    injected="a server that hangs up before the login",
    seen="three tries, then MaxStartups is named",
)
async def test_a_login_that_is_dropped_before_it_begins_is_tried_three_times(
    shared: Sshd, node: MakeNode
) -> None:
    moody = Moody(shared, 2)
    listener = await asyncio.start_server(moody, "127.0.0.1", 0)
    port = listener.sockets[0].getsockname()[1]
    changing = node(shared, port=port, host_key=shared.public_key())
    await entered(changing)
    assert moody.seen == 3
    moody.drops = 1000
    failure = await refusal(changing, "lost")
    assert "MaxStartups" in failure.cause
    listener.close()


@pytest.mark.fault(
    3,
    injected="a key that the host does not know",
    seen="one connection, no retries",
)
async def test_a_refused_login_is_not_tried_again(
    sshd: Callable[..., Sshd], node: MakeNode, tmp_path: Path
) -> None:
    server = sshd()
    await refusal(node(server, private_key=(str(keygen(tmp_path / "k")),)), "authentication")
    assert server.log.read_text().count("Connection from") == 1


async def test_the_events_of_a_host(shared: Sshd, node: MakeNode) -> None:
    seen: list[tuple[str, str]] = []
    nodes = [node(shared, "good"), node(shared, "bad", user="nobodyhome")]
    with pytest.raises(HostsError):
        await connect_all(
            nodes,
            Secrets(None),
            new_keys=NewKeys.none(),
            on_event=lambda host, state: seen.append((host, state)),
        )
    assert [state for host, state in seen if host == "good"] == [
        "connecting", "connected", "entered",
    ]  # fmt: skip
    assert [state for host, state in seen if host == "bad"] == ["connecting", "connected", "failed"]


async def test_all_failures_are_told_together_and_nothing_stays_open(
    sshd: Callable[..., Sshd], node: MakeNode, tmp_path: Path
) -> None:
    server = sshd()
    foreign = keygen(tmp_path / "foreign")
    nodes = [
        node(server, "good"),
        node(server, "foreign", private_key=(str(foreign),)),
        node(server, "away", host="etcd.invalid"),
        node(server, "shellless", user="nobodyhome"),
    ]
    with pytest.raises(HostsError, match="3 of 4") as caught:
        await connect_all(nodes, Secrets(None), new_keys=NewKeys.none())
    assert {failure.host: failure.kind for failure in caught.value.failures} == {
        "foreign": "authentication",
        "away": "unreachable",
        "shellless": "shell",
    }


async def test_ipv6() -> None:
    try:
        with socket.socket(socket.AF_INET6) as probe:
            probe.bind(("::1", 0))
    except OSError:
        pytest.skip("this machine has no IPv6 loopback")
    failure = await refusal(Node("etcd1", "::1", ssh=Ssh(port=free_port(), agent=False)), "refused")
    assert "[::1]" in failure.what


async def test_those_that_let_us_in_stay_entered_though_others_fail(
    sshd: Callable[..., Sshd], node: MakeNode, tmp_path: Path
) -> None:
    server = sshd()
    nodes = [
        node(server, "good"),
        node(server, "keyless", private_key=(str(tmp_path / "absent"),)),
        node(server, "away", host="etcd.invalid"),
    ]
    entered, failures = await connect_each(nodes, Secrets(None), new_keys=NewKeys.none())
    assert {failure.host for failure in failures} == {"keyless", "away"}
    assert list(entered) == ["good"]
    assert (await entered["good"].run("echo in", root=False)).stdout == b"in\n"
    await entered["good"].close()
