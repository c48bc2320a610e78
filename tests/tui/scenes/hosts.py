"""Hosts: empty, filled, and with problems in several places."""

from etcd_tui.tui.app import WizardApp
from tests.tui.scenes import Scene
from tests.tui.scripted import three_hosts, wizard


def _invalid() -> WizardApp:
    draft = three_hosts()
    draft.put("nodes[1].address", "10.0.0.300")
    draft.put("nodes[2].name", "etcd1")
    draft.put("cluster.etcd", "3.5")
    return wizard(draft)


SCENES = {
    "hosts": Scene(lambda: wizard(three_hosts()), picture="2-hosts"),
    "hosts-empty": Scene(wizard),
    "hosts-invalid": Scene(_invalid),
}
