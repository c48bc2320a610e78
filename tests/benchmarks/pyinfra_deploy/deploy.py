"""The same cluster by pyinfra: `pyinfra INVENTORY deploy.py`, with the data of the inventory."""

from pathlib import Path

from pyinfra import host, inventory
from pyinfra.facts.files import File
from pyinfra.operations import files, server, systemd

data = host.data
same, pki = Path(data.same), Path(data.pki)
members = {other.name: other.data.address for other in inventory}
initial = ",".join(f"{name}=https://{address}:2380" for name, address in members.items())
top = Path(data.tarball).name.removesuffix(".tar.gz")

server.group(name="Group", group="etcd", system=True)
server.user(
    name="User", user="etcd", group="etcd", system=True, shell="/usr/sbin/nologin",
    home="/var/lib/etcd", ensure_home=False,
)  # fmt: skip
files.block(
    name="Names",
    path="/etc/hosts",
    content=[f"{address} {name}" for name, address in members.items()],
)

if not host.get_fact(File, path="/usr/local/bin/etcd"):
    files.put(name="Tarball", src=data.tarball, dest=f"/tmp/{top}.tar.gz")
    server.shell(
        name="Programs",
        commands=[
            f"tar -xzf /tmp/{top}.tar.gz -C /usr/local/bin --strip-components=1 --no-same-owner"
            " --wildcards '*/etcd*'",
            f"rm /tmp/{top}.tar.gz",
        ],
    )

files.directory(name="Settings' folder", path="/etc/etcd", user="root", group="etcd", mode="750")
files.directory(name="Data folder", path="/var/lib/etcd", user="etcd", group="etcd", mode="700")

changed = [
    files.put(
        name=f"Certificates: {there}", src=str(pki / here), dest=f"/etc/etcd/{there}",
        user="etcd", group="etcd", mode=mode,
    )
    for here, there, mode in (
        ("ca.crt", "etcd-ca.crt", "640"),
        (f"{host.name}.crt", "server.crt", "640"),
        (f"{host.name}.key", "server.key", "600"),
    )
]  # fmt: skip
changed.append(
    files.template(
        name="Settings", src=str(same / "etcd.conf.j2"), dest="/etc/etcd/etcd.conf",
        user="root", group="etcd", mode="640",
        member=host.name, address=data.address, initial_cluster=initial, quota=data.quota,
    )
)  # fmt: skip
unit = files.put(
    name="Unit", src=str(same / "etcd.service"),
    dest="/etc/systemd/system/etcd.service", mode="644",
)  # fmt: skip
changed.append(unit)

systemd.daemon_reload(name="Units", _if=unit.did_change)
started = systemd.service(name="Service", service="etcd", running=True, enabled=True)
# One member at a time, or the cluster is away; not those that were started just now.
systemd.service(
    name="Restart what runs with older settings",
    service="etcd",
    restarted=True,
    _serial=True,
    _if=lambda: any(one.did_change() for one in changed) and not started.did_change(),
)
server.shell(
    name="Health",
    commands=[
        "for _ in $(seq 100); do curl -fsS --cacert /etc/etcd/etcd-ca.crt --cert"
        " /etc/etcd/server.crt --key /etc/etcd/server.key"
        f" https://{data.address}:2379/health | grep -q '\"true\"' && exit 0; sleep 0.1; done;"
        " exit 1"
    ],
)
