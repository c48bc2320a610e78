"""as_line: a host as one line that `pasted` reads as the same host."""

from __future__ import annotations

import re

from etcd_tui.spec.imports.imported import ImportedHost

_PLAIN = re.compile(r"[^\s,;|()\[\]{}\"'`#=>→⇒]+")


def as_line(host: ImportedHost) -> str:
    """Return `name address key=value …`, only what is known; `line` is not in it."""
    # Such names would be read as something else where they stand alone.
    name = f"name={host.name}" if host.name.isdigit() or host.name == "ssh" else host.name
    words = [word for word in (name, host.address) if word]
    settings = [("ssh_host", host.host), ("user", host.user), ("port", str(host.port or ""))]
    settings += [("key", _quoted(path)) for path in host.private_key]
    settings += [("jump", jump) for jump in host.jump]
    return " ".join([*words, *(f"{key}={value}" for key, value in settings if value)])


def _quoted(path: str) -> str:
    if _PLAIN.fullmatch(path) and "//" not in path:
        return path
    quote = "'" if '"' in path else '"'
    return f"{quote}{path}{quote}"
