"""Certificates: as they are made without a word, and with answers that do not fit."""

from etcd_tui.tui.app import WizardApp
from tests.tui.scenes import Scene
from tests.tui.scripted import three_hosts, wizard


def _openssl() -> WizardApp:
    draft = three_hosts()
    draft.put("certificates.profile", "openssl")
    draft.put("certificates.sans", ["etcd.example.org"])
    return wizard(draft, start="certificates")


def _invalid() -> WizardApp:
    draft = three_hosts()
    draft.put("certificates.validity", "soon")
    return wizard(draft, start="certificates")


SCENES = {
    "certificates": Scene(
        lambda: wizard(three_hosts(), start="certificates"), picture="4-certificates"
    ),
    "certificates-openssl": Scene(_openssl),
    "certificates-empty": Scene(lambda: wizard(start="certificates")),
    "certificates-invalid": Scene(_invalid),
}
