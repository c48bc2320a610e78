"""Debian packages of any suite, from the mirror that this machine's apt is set to use."""

from __future__ import annotations

import tempfile
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from .process import LabError, run

KEYRING = Path("/usr/share/keyrings/debian-archive-keyring.gpg")


def debian_mirror() -> str:
    """The URL of Debian's archive as apt is configured here; the lab knows no registry by name."""
    targets = run(
        ["apt-get", "indextargets", "--format", "$(REPO_URI) $(COMPONENT) $(RELEASE)",
         "Created-By: Packages", "Origin: Debian"]
    )  # fmt: skip
    for line in targets.splitlines():
        uri, component, release = line.split()
        # `-security` and the like are other archives, which do not hold whole suites.
        if component == "main" and "-" not in release:
            return uri.rstrip("/")
    raise LabError(
        "apt has no Debian archive in its sources, or no index of it yet: "
        "run `apt-get update` on a Debian machine and try again"
    )


@contextmanager
def suites(names: Iterable[str], architectures: Sequence[str]) -> Iterator[AptRoot]:
    """An apt with folders of its own that sees these suites; the machine's apt is not touched."""
    with tempfile.TemporaryDirectory(prefix="lab-apt-") as folder:
        root = AptRoot(Path(folder), architectures)
        root.write_sources(debian_mirror(), names)
        root.update()
        yield root


class AptRoot:
    """An apt configuration in a folder; made by `suites`."""

    def __init__(self, folder: Path, architectures: Sequence[str]) -> None:
        self._folder = folder
        self._architectures = architectures
        for part in ("lists/partial", "cache/archives/partial", "sources"):
            (folder / part).mkdir(parents=True)
        (folder / "status").touch()

    def write_sources(self, mirror: str, names: Iterable[str]) -> None:
        """Point this apt at `mirror`; signatures are checked against Debian's keyring."""
        options = f"signed-by={KEYRING} arch={','.join(self._architectures)}"
        lines = [f"deb [{options}] {mirror} {name} main\n" for name in names]
        (self._folder / "sources.list").write_text("".join(lines))

    def update(self) -> None:
        """Fetch the suites' indices."""
        run(["apt-get", *self._options(), "-q", "update"])

    def download(self, packages: Sequence[str], into: Path) -> list[Path]:
        """Fetch each `name:arch=version` (the version may be a glob); returns the .deb files."""
        into.mkdir(parents=True, exist_ok=True)
        run(["apt-get", *self._options(), "-q", "download", *packages], cwd=into)
        return sorted(into.glob("*.deb"))

    def _options(self) -> list[str]:
        settings = {
            "Dir::Etc::SourceList": self._folder / "sources.list",
            "Dir::Etc::SourceParts": self._folder / "sources",
            "Dir::State::Lists": self._folder / "lists",
            "Dir::State::status": self._folder / "status",
            "Dir::Cache": self._folder / "cache",
            # Often switched off in containers; without it every call parses the indices anew.
            "Dir::Cache::pkgcache": "pkgcache.bin",
            # The folder is root's: apt's own sandbox user could not read it.
            "APT::Sandbox::User": "root",
            "Acquire::Languages": "none",
            "APT::Architectures": ",".join(self._architectures),
        }
        return [part for key, value in settings.items() for part in ("-o", f"{key}={value}")]
