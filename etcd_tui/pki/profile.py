"""Profile: how each of the guide's two ways, cfssl and openssl, names and shapes what it makes.

Everything here was read off real cfssl 1.2.0 and OpenSSL 3.0 running the guide's own commands
(`tests/unit/pki/test_against_cfssl.py`, `test_against_openssl.py`). Where a profile leaves its
model on purpose, the comment says why.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

from etcd_tui.spec.model import Profile as ProfileName
from etcd_tui.spec.model import Subject

AUTHORITY_COMMON_NAME = "CA"
OPERATOR_COMMON_NAME = "etcd-tui-operator"
"""The operator's client certificate. Never `root`: with auth on, etcd takes the CN as user name."""

CLIENT_CA_FILE = "ca.crt"
CLIENT_CERTIFICATE_FILE = "client.crt"
CLIENT_KEY_FILE = "client.key"

BACKDATE = timedelta(minutes=5)
"""cfssl's own value: a host whose clock is a little behind accepts the certificate at once."""


@dataclass(frozen=True, slots=True)
class CertificateFiles:
    """File names of one certificate in the operator's store; `request` is empty for none."""

    certificate: str
    key: str
    request: str = ""

    @property
    def names(self) -> tuple[str, ...]:
        """All names, without the empty one."""
        return tuple(name for name in (self.certificate, self.key, self.request) if name)


@dataclass(frozen=True, slots=True)
class HostNames:
    """What the three files are called on a host, below `paths.config`."""

    authority: str
    certificate: str
    key: str


@dataclass(frozen=True, slots=True)
class Profile:
    """One way of making certificates, as data."""

    name: ProfileName
    authority: CertificateFiles
    document: str
    """The tool's own settings file, written so that a person can go on with the tool."""
    on_host: HostNames
    certificate_form: str
    key_form: str
    request_form: str
    validity_hours: int
    ca_validity_hours: int
    subject: Subject
    """Defaults of a host's subject; an empty common name means the name of its holder."""
    shared_name: str
    """The holder's name of a certificate that all hosts share."""
    traditional_keys: bool
    """PKCS#1 and SEC1 private keys, as cfssl writes them; else PKCS#8, as `openssl genrsa` does."""
    whole_minutes: bool
    """Whether `now` is rounded to the minute before it is backdated, as cfssl does."""
    root_names_itself: bool
    """Whether the root carries an authority key identifier: `openssl req -x509` adds one."""
    data_encipherment: bool
    """Whether an RSA certificate also has dataEncipherment, as in the guide's etcd-ca.conf."""
    key_encipherment_for_ecdsa: bool
    """cfssl takes usages literally; for OpenSSL's profile we leave out what ECDSA cannot do."""

    def files(self, holder: str) -> CertificateFiles:
        """Return the file names of the certificate of `holder` (a host's name or `shared_name`)."""
        return CertificateFiles(
            self.certificate_form.format(holder),
            self.key_form.format(holder),
            self.request_form.format(holder),
        )


CFSSL = Profile(
    name="cfssl",
    authority=CertificateFiles("ca.pem", "ca-key.pem", "ca.csr"),
    document="ca-config.json",
    on_host=HostNames("etcd-ca.crt", "server.crt", "server.key"),
    certificate_form="{}.pem",
    key_form="{}-key.pem",
    request_form="{}.csr",
    validity_hours=43800,
    ca_validity_hours=43800,
    subject=Subject(),
    shared_name="etcd",
    traditional_keys=True,
    whole_minutes=True,
    root_names_itself=False,
    data_encipherment=False,
    key_encipherment_for_ecdsa=True,
)

OPENSSL = Profile(
    name="openssl",
    # No ca.srl: it is OpenSSL's counter for serials, and ours are 20 random bytes like cfssl's.
    authority=CertificateFiles("ca.crt", "ca.key"),
    document="etcd-ca.conf",
    on_host=HostNames("ca.crt", "etcd.crt", "etcd.key"),
    certificate_form="{}.crt",
    key_form="{}.key",
    request_form="{}.csr",
    validity_hours=240000,
    ca_validity_hours=240000,
    subject=Subject(
        country="CN",
        state="ShangHai",
        locality="ShangHai",
        organization="etcd",
        organizational_unit="system",
    ),
    shared_name="etcd",
    traditional_keys=False,
    whole_minutes=False,
    root_names_itself=True,
    data_encipherment=True,
    key_encipherment_for_ecdsa=False,
)

PROFILES: dict[ProfileName, Profile] = {"cfssl": CFSSL, "openssl": OPENSSL}
