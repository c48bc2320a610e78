"""The table: every symptom known, most telling first where one line fits several."""

from __future__ import annotations

from etcd_tui.diagnose.symptom import Symptom
from etcd_tui.diagnose.symptoms import (
    certificates,
    configuration,
    membership,
    peers,
    storage,
    systemd,
)

# storage before certificates: both know "open PATH: permission denied", storage the narrower.
SYMPTOMS: tuple[Symptom, ...] = (
    *storage.SYMPTOMS,
    *certificates.SYMPTOMS,
    *configuration.SYMPTOMS,
    *membership.SYMPTOMS,
    *peers.SYMPTOMS,
    *systemd.SYMPTOMS,
)
