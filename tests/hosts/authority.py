"""An authority of the operator's own, made with openssl alone."""

from __future__ import annotations

import subprocess
from pathlib import Path

_EXTENSIONS = "basicConstraints=critical,CA:true\nkeyUsage=critical,keyCertSign,cRLSign\n\
subjectKeyIdentifier=hash\nauthorityKeyIdentifier=keyid\n"


def make_intermediate(folder: Path) -> dict[str, str]:
    """Make a root and an authority below it; returns `certificates.ca` of the answers."""
    root, authority = folder / "root", folder / "issuing"
    _openssl(
        "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes",
        "-keyout", f"{root}.key", "-out", f"{root}.crt", "-days", "3650", "-subj", "/CN=Root",
        "-addext", "keyUsage=critical,keyCertSign,cRLSign",
    )  # fmt: skip
    _openssl(
        "req", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes",
        "-keyout", f"{authority}.key", "-out", f"{authority}.csr", "-subj", "/CN=Issuing",
    )  # fmt: skip
    extensions = folder / "extensions"
    extensions.write_text(_EXTENSIONS)
    _openssl(
        "x509", "-req", "-in", f"{authority}.csr", "-CA", f"{root}.crt", "-CAkey", f"{root}.key",
        "-CAcreateserial", "-days", "3000", "-extfile", str(extensions), "-out", f"{authority}.crt",
    )  # fmt: skip
    return {
        "certificate": f"{authority}.crt",
        "key": f"{authority}.key",
        "chain": f"{root}.crt",
    }


def _openssl(*words: str) -> None:
    subprocess.run(["openssl", *words], check=True, capture_output=True)
