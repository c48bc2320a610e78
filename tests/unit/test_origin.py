"""Where archives come from, whom their checksum is taken from, and a mirror that misbehaves."""

from __future__ import annotations

import http.server
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from etcd_tui.fetch.archive import ArchiveError, sha256_of
from etcd_tui.fetch.origin import Origin, archive_name, cache_folder, is_unofficial, obtain, origin
from etcd_tui.spec.model import Binaries
from etcd_tui.spec.releases import pinned_sha256
from tests.unit.archives import release_archive
from tests.unit.situations import spec_of

NAME = archive_name("3.5.30", "amd64")
SUM = "a" * 64


def place(architecture: str = "amd64", etcd: str = "3.5.30", **binaries: object) -> Origin:
    return origin(spec_of(etcd=etcd, binaries=Binaries(**binaries)), architecture)  # type: ignore[arg-type]


@pytest.fixture(autouse=True)
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    for name in ("http_proxy", "HTTP_PROXY", "all_proxy", "ALL_PROXY"):
        monkeypatch.delenv(name, raising=False)
    return tmp_path / "cache" / "etcd-tui"


# places


@pytest.mark.parametrize(
    ("source", "url"),
    [
        ("google", f"https://storage.googleapis.com/etcd/v3.5.30/{NAME}"),
        ("github", f"https://github.com/etcd-io/etcd/releases/download/v3.5.30/{NAME}"),
        ("https://mirror.example/etcd/", f"https://mirror.example/etcd/v3.5.30/{NAME}"),
        ("http://[2001:db8::1]:8080", f"http://[2001:db8::1]:8080/v3.5.30/{NAME}"),
    ],
)
def test_every_source_has_the_same_shape(source: str, url: str) -> None:
    found = place(source=source)
    assert (found.url, found.path) == (url, None)


def test_a_local_file_may_differ_by_architecture(tmp_path: Path) -> None:
    found = place("arm64", source=f"{tmp_path}/etcd-{{arch}}.tar.gz")
    assert found.path == tmp_path / "etcd-arm64.tar.gz"
    assert found.url == ""
    assert place(source="~/x.tar.gz").path == Path.home() / "x.tar.gz"


def test_a_sum_in_the_answers_goes_before_the_pinned_one() -> None:
    pinned = pinned_sha256("3.5.30", "amd64")
    assert pinned
    assert place(source="google").sha256 == pinned
    assert place(source="google", sha256=(("amd64", SUM),)).sha256 == SUM
    assert place(source="google", sha256=(("*", SUM),)).sha256 == SUM
    assert place(source="google", sha256=(("*", SUM), ("amd64", "b" * 64))).sha256 == "b" * 64
    assert place(source="google", sha256=(("arm64", SUM),)).sha256 == pinned


def test_a_mirror_or_a_file_may_hold_a_build_of_its_own() -> None:
    assert place(source="https://mirror.example").sha256 == ""
    assert place(source="/x.tar.gz").sha256 == ""


def test_the_cache_lies_where_the_user_keeps_such_things(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", "relative")
    assert cache_folder() == Path.home() / ".cache" / "etcd-tui"
    monkeypatch.setenv("XDG_CACHE_HOME", "/c")
    assert cache_folder() == Path("/c/etcd-tui")


# local files


def test_a_local_file_is_held_against_the_sums_beside_it(tmp_path: Path) -> None:
    path = release_archive(tmp_path)
    found = obtain(place(source=str(path)))
    assert found is not None
    assert found.sha256 == sha256_of(path)
    assert is_unofficial(found)
    (tmp_path / "SHA256SUMS").write_text(f"{SUM}  {path.name}\n")
    with pytest.raises(ArchiveError, match=SUM):
        obtain(place(source=str(path)))
    (tmp_path / "SHA256SUMS").write_text(
        f"{SUM}  other.tar.gz\n{sha256_of(path).upper()} *{path.name}\n"
    )
    assert obtain(place(source=str(path))) == found


def test_the_answers_sum_goes_before_the_one_beside_the_file(tmp_path: Path) -> None:
    path = release_archive(tmp_path)
    (tmp_path / "SHA256SUMS").write_text(f"{SUM}  {path.name}\n")
    assert obtain(place(source=str(path), sha256=(("*", sha256_of(path)),)))


# a mirror


@dataclass
class Mirror:
    """A server on loopback: path to (status, body, what Content-Length says)."""

    url: str = ""
    pages: dict[str, tuple[int, bytes, int | None]] = field(default_factory=dict)
    raw: bytes = b""
    asked: list[str] = field(default_factory=list)

    def put(self, name: str, body: bytes, status: int = 200, length: int | None = None) -> None:
        self.pages[f"/v3.5.30/{name}"] = (status, body, length)

    def publish(self, archive: Path) -> None:
        self.put(NAME, archive.read_bytes())
        self.put("SHA256SUMS", f"{SUM}  another.tar.gz\n{sha256_of(archive)}  {NAME}\n".encode())


@pytest.fixture
def mirror() -> Iterator[Mirror]:
    mirror = Mirror()

    class Handler(http.server.BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            mirror.asked.append(self.path)
            if mirror.raw:
                self.wfile.write(mirror.raw)
                return
            status, body, length = mirror.pages.get(
                self.path, (404, b"<html>not found</html>", None)
            )
            self.send_response(status)
            self.send_header("Content-Length", str(len(body) if length is None else length))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_args: object) -> None:
            pass

    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        mirror.url = f"http://127.0.0.1:{server.server_address[1]}"
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        yield mirror
        server.shutdown()
        thread.join()


def refusal(place: Origin) -> str:
    with pytest.raises(ArchiveError) as caught:
        obtain(place)
    assert caught.value.remedy
    return str(caught.value)


def stored(cache: Path) -> list[str]:
    return sorted(path.name for path in cache.iterdir()) if cache.is_dir() else []


def test_an_archive_is_fetched_once_and_kept_under_its_sum(
    mirror: Mirror, tmp_path: Path, cache: Path
) -> None:
    archive = release_archive(tmp_path)
    mirror.publish(archive)
    found = obtain(place(source=mirror.url))
    assert found is not None
    assert found.sha256 == sha256_of(archive)
    assert stored(cache) == [f"{found.sha256}-{NAME}"]
    assert cache.stat().st_mode & 0o777 == 0o700
    again = obtain(place(source=mirror.url))
    assert again == found
    assert mirror.asked == ["/v3.5.30/SHA256SUMS", f"/v3.5.30/{NAME}", "/v3.5.30/SHA256SUMS"]


def test_a_known_sum_and_a_cached_archive_need_no_network(mirror: Mirror, tmp_path: Path) -> None:
    archive = release_archive(tmp_path)
    mirror.publish(archive)
    known = place(source=mirror.url, sha256=(("amd64", sha256_of(archive)),))
    assert obtain(known, download=False) is None
    assert mirror.asked == []
    found = obtain(known)
    assert mirror.asked == [f"/v3.5.30/{NAME}"]
    assert obtain(known, download=False) == found
    assert len(mirror.asked) == 1


def test_a_dry_run_asks_nobody(mirror: Mirror) -> None:
    assert obtain(place(source=mirror.url), download=False) is None
    assert mirror.asked == []


def test_a_cached_archive_that_was_damaged_since_is_refused(
    mirror: Mirror, tmp_path: Path, cache: Path
) -> None:
    mirror.publish(release_archive(tmp_path))
    obtain(place(source=mirror.url))
    (only,) = cache.iterdir()
    only.write_bytes(only.read_bytes()[:-1])
    assert "SHA-256" in refusal(place(source=mirror.url))


BODIES = {
    "a web page": (b"<!DOCTYPE html><title>Sign in</title>", None, "web page"),
    "another archive": (b"\x1f\x8bother", None, "SHA-256"),
    "a short body": (b"\x1f\x8bshort", 10_000, "SHA-256"),
    "nothing": (b"", None, "SHA-256"),
}


@pytest.mark.parametrize(("body", "length", "words"), BODIES.values(), ids=BODIES.keys())
def test_a_wrong_body_is_refused_and_not_kept(
    body: bytes, length: int | None, words: str, mirror: Mirror, tmp_path: Path, cache: Path
) -> None:
    mirror.publish(release_archive(tmp_path))
    mirror.put(NAME, body, length=length)
    assert words in refusal(place(source=mirror.url))
    assert stored(cache) == []


@pytest.mark.parametrize("status", [403, 404, 500, 503])
def test_an_error_of_the_mirror_is_told_with_its_url(
    status: int, mirror: Mirror, cache: Path
) -> None:
    mirror.put(NAME, b"", status)
    words = refusal(place(source=mirror.url, sha256=(("*", SUM),)))
    assert f"{mirror.url}/v3.5.30/{NAME}" in words
    assert stored(cache) == []


def test_without_a_sum_from_anywhere_nothing_is_fetched(mirror: Mirror) -> None:
    mirror.put("SHA256SUMS", f"{SUM}  other\nshort  {NAME}\n{'é' * 64}".encode())
    assert f"no checksum for {NAME}" in refusal(place(source=mirror.url))
    assert mirror.asked == ["/v3.5.30/SHA256SUMS"]


@pytest.mark.parametrize(
    "raw", [b"SSH-2.0-OpenSSH\r\n", b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nab"]
)
@pytest.mark.parametrize("known", [True, False])
def test_a_server_that_does_not_speak_http_is_an_error_like_any(
    raw: bytes, known: bool, mirror: Mirror
) -> None:
    mirror.raw = raw
    sums = (("*", SUM),) if known else ()
    assert "cannot be fetched" in refusal(place(source=mirror.url, sha256=sums))


def test_a_mirror_that_is_not_there_is_told(mirror: Mirror) -> None:
    nobody = "http://127.0.0.1:9"
    assert "cannot be fetched" in refusal(place(source=nobody))
