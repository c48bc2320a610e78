"""What was issued: the certificates that the proofs expect on the wire."""

from __future__ import annotations

from collections.abc import Mapping

from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding

from etcd_tui.errors import NotProvenError, UsageError
from etcd_tui.i18n import _
from etcd_tui.pki.places import StoreFolders
from etcd_tui.pki.profile import PROFILES
from etcd_tui.pki.store import host_files
from etcd_tui.remote.transport import Transport
from etcd_tui.spec.model import ClusterSpec
from etcd_tui.state_folder import StateFolder
from etcd_tui.verify.prove import Context


def wire_context(
    spec: ClusterSpec, state: StateFolder, transports: Mapping[str, Transport]
) -> Context:
    """Return what the proofs need; NotProvenError if this machine holds no client certificate."""
    name = PROFILES[spec.certificates.profile].on_host.certificate
    folders = StoreFolders(state.pki, state.client)
    try:
        issued = {
            node.name: x509.load_pem_x509_certificate(
                next(f.data for f in host_files(spec, folders, node.name) if f.name == name)
            ).public_bytes(Encoding.DER)
            for node in spec.nodes
        }
        missing = not (state.client / "client.crt").is_file()
    except (UsageError, ValueError):
        missing = True
    if missing:
        raise NotProvenError(
            _("This machine holds no certificates of the cluster {name}.").format(
                name=spec.cluster.name
            ),
            cause=_("they are looked for in {folder}").format(folder=state.path),
            remedy=_("Run etcd-tui install, or name the state folder with --state-dir."),
        )
    return Context(spec, state.client, transports, issued)
