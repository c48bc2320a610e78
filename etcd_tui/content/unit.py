"""etcd.service: the hardened unit (systemd-analyze security 1.3 with user etcd)."""

from __future__ import annotations

from etcd_tui.spec.model import ClusterSpec

UNIT = "etcd.service"

# ProcSubset=pid is missing on purpose: Go then can't read somaxconn and the listen backlog
# falls from 4096 to 128. AF_UNIX is for sd_notify, AF_NETLINK for finding the default host.
_HARDENING = """\
UMask=0077
NoNewPrivileges=yes
CapabilityBoundingSet=
AmbientCapabilities=
ProtectSystem=strict
ReadWritePaths={data}
ProtectHome=yes
PrivateTmp=yes
PrivateDevices=yes
ProtectKernelTunables=yes
ProtectKernelModules=yes
ProtectKernelLogs=yes
ProtectControlGroups=yes
ProtectClock=yes
ProtectHostname=yes
ProtectProc=invisible
RestrictAddressFamilies=AF_INET AF_INET6 AF_UNIX AF_NETLINK
RestrictNamespaces=yes
RestrictRealtime=yes
RestrictSUIDSGID=yes
LockPersonality=yes
MemoryDenyWriteExecute=yes
SystemCallArchitectures=native
SystemCallFilter=@system-service
SystemCallFilter=~@privileged @resources
SystemCallErrorNumber=EPERM
RemoveIPC=yes
KeyringMode=private"""

_TEMPLATE = """\
# etcd-tui: cluster {cluster}.
# Written by etcd-tui install; change the answers file and run it again.
[Unit]
Description=etcd key-value store
Documentation=https://etcd.io/docs/
After=network-online.target local-fs.target remote-fs.target time-sync.target
Wants=network-online.target
StartLimitIntervalSec=0

[Service]
Type=notify
{user}EnvironmentFile={config}/etcd.conf
ExecStart={binaries}/etcd
# A removed member exits 0 and must stay down, so not "always".
Restart=on-failure
RestartSec=5s
# Ready means quorum; the installer has a deadline of its own.
TimeoutStartSec=infinity
TimeoutStopSec=60s
LimitNOFILE=65536
OOMScoreAdjust=-500
{hardening}

[Install]
WantedBy=multi-user.target
"""


def unit_file(spec: ClusterSpec) -> str:
    """Return the text of `etcd.service`, the same for every host."""
    user = spec.host.user
    return _TEMPLATE.format(
        cluster=spec.cluster.name,
        user="" if user == "root" else f"User={user}\nGroup={user}\n",
        config=spec.paths.config,
        binaries=spec.paths.binaries,
        hardening=_HARDENING.format(data=spec.paths.data),
    )
