"""Real hosts on one machine: systemd as PID 1, OpenSSH, own addresses, no route out."""

from .host import LabHost
from .lab import Lab
from .options import PASSPHRASE, PASSWORD, HostOptions, SmallDisk
from .process import LabError
from .requirements import missing_requirements

__all__ = [
    "PASSPHRASE",
    "PASSWORD",
    "HostOptions",
    "Lab",
    "LabError",
    "LabHost",
    "SmallDisk",
    "missing_requirements",
]
