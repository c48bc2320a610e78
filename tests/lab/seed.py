"""What a host's disk holds before its first boot: a thin layer over the image.

It is made once, when the lab is created, and lies below the host's own writes. So a fresh disk
costs nothing but the deletion of those, and the host keys outlive it.
"""

from __future__ import annotations

import uuid
from pathlib import Path

from .image import overlay
from .options import PASSWORD, USERS, HostOptions
from .process import run

HOST_KEYS = ("ed25519", "ecdsa")

_HOSTS = """\
127.0.0.1\tlocalhost
127.0.1.1\t{name}
::1\tlocalhost ip6-localhost ip6-loopback
"""

_SSHD = """\
Port {port}
UseDNS no
PermitRootLogin {root}
PasswordAuthentication {password}
KbdInteractiveAuthentication {password}
"""

_NFTABLES = """\
#!/usr/sbin/nft -f
flush ruleset
table inet filter {{
    chain input {{
        type filter hook input priority filter; policy drop;
        iif lo accept
        ct state established,related accept
        meta l4proto {{ icmp, ipv6-icmp }} accept
        tcp dport {port} accept
    }}
}}
"""


def sow(
    folder: Path, image: list[Path], lab: str, name: str, options: HostOptions, keys: str
) -> tuple[str, ...]:
    """Make the layer `folder`/seed and return the host's public host keys.

    `keys` are the lines of `authorized_keys` for root and every user.
    """
    root = folder / "merged"
    with overlay(image, folder / "seed", folder / "work", root):
        # Fixed, since a host without one counts its first boot as an installation.
        machine = uuid.uuid5(uuid.NAMESPACE_DNS, f"{name}.{lab}.invalid").hex
        (root / "etc/machine-id").write_text(f"{machine}\n")
        (root / "etc/hostname").write_text(f"{name}\n")
        (root / "etc/hosts").write_text(_HOSTS.format(name=name))
        (root / "etc/fstab").write_text(
            "".join(
                f"tmpfs {disk.path} tmpfs size={disk.mebibytes}m,mode=0755 0 0\n"
                for disk in options.small_disks
            )
        )
        public_keys = _secure_shell(root, name, options)
        _users(root, options, keys)
        _firewall(root, options)
    return public_keys


def _secure_shell(root: Path, name: str, options: HostOptions) -> tuple[str, ...]:
    answer = "yes" if options.password_login else "no"
    if not options.root_login:
        root_may = "no"
    else:
        root_may = "yes" if options.password_login else "prohibit-password"
    (root / "etc/ssh/sshd_config.d/lab.conf").write_text(
        _SSHD.format(port=options.ssh_port, root=root_may, password=answer)
    )
    public_keys = []
    for kind in HOST_KEYS:
        path = root / f"etc/ssh/ssh_host_{kind}_key"
        run(["ssh-keygen", "-q", "-t", kind, "-N", "", "-C", f"root@{name}", "-f", path])
        public_keys.append(" ".join(Path(f"{path}.pub").read_text().split()[:2]))
    return tuple(public_keys)


def _users(root: Path, options: HostOptions, keys: str) -> None:
    for user in options.users:
        run(["chroot", root, "useradd", "--create-home", "--shell", "/bin/bash", user])
        if rule := USERS[user]:
            sudoers = root / "etc/sudoers.d" / user
            sudoers.write_text(f"{user} {rule}\n")
            sudoers.chmod(0o440)
    for user in ("root", *options.users):
        home = root / ("root" if user == "root" else f"home/{user}")
        (home / ".ssh").mkdir(mode=0o700, exist_ok=True)
        (home / ".ssh/authorized_keys").write_text(keys)
        run(["chroot", root, "chown", "-R", f"{user}:{user}", f"/{home.relative_to(root)}/.ssh"])
    lines = "".join(f"{user}:{PASSWORD}\n" for user in ("root", *options.users))
    run(["chroot", root, "chpasswd"], stdin=lines)


def _firewall(root: Path, options: HostOptions) -> None:
    port = f"{options.ssh_port}/tcp"
    match options.firewall:
        case "firewalld":
            if options.ssh_port != 22:
                run(["chroot", root, "firewall-offline-cmd", f"--add-port={port}"])
        case "ufw":
            # Without /proc it believes that there is no IPv6, and makes no rule for it.
            mounted = 'mount -t proc proc "$1/proc"; exec chroot "$1" ufw allow "$2"'
            run(["unshare", "--mount", "sh", "-ec", mounted, "sh", root, port])
            settings = root / "etc/ufw/ufw.conf"
            settings.write_text(settings.read_text().replace("ENABLED=no", "ENABLED=yes"))
        case "nftables":
            (root / "etc/nftables.conf").write_text(_NFTABLES.format(port=options.ssh_port))
        case "none":
            return
    run(["systemctl", f"--root={root}", "enable", f"{options.firewall}.service"])
