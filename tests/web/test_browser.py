"""The demo in a real browser: the page comes, a key moves on, nothing is left; others get 403."""

from __future__ import annotations

import asyncio
import base64
import json
import re
import shutil
import sys
import tempfile
import urllib.error
import urllib.request
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest
import pytest_asyncio
from selenium import webdriver
from selenium.webdriver.common.by import By
from selenium.webdriver.common.keys import Keys
from selenium.webdriver.support.wait import WebDriverWait

import etcd_tui
from tests.practice.test_demo import needs_programs

PACKAGE = Path(etcd_tui.__file__).parent.parent
needs_chromium = pytest.mark.skipif(
    not (shutil.which("chromium") and shutil.which("chromedriver")),
    reason="needs Debian's chromium and chromium-driver",
)
SECONDS = 60


@pytest.fixture
def state_root() -> Iterator[Path]:
    """A folder for demos, which must be empty of them in the end."""
    folder = Path(tempfile.mkdtemp(prefix="etcd-tui-web-", dir="/tmp"))
    yield folder
    left = [path for path in folder.glob(".practice/*") if path.is_dir()]
    shutil.rmtree(folder)
    assert left == []


def served(*options: str) -> list[str]:
    return [sys.executable, "-m", "etcd_tui", "demo", "--web", *options]


@pytest_asyncio.fixture
async def url(request: pytest.FixtureRequest, state_root: Path) -> AsyncIterator[str]:
    """The address of a demo that is served, and ends well; a parameter names its language."""
    language = getattr(request, "param", "en")
    server = await asyncio.create_subprocess_exec(
        *served("--hosts", "1", "--state-dir", str(state_root), "--lang", language),
        stdin=asyncio.subprocess.DEVNULL,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
        cwd=PACKAGE,
    )
    assert server.stdout is not None
    try:
        line = (await asyncio.wait_for(server.stdout.readline(), SECONDS)).decode()
        found = re.search(r"http://127\.0\.0\.1:\d+/\S+/", line)
        assert found, line
        yield found[0]
        server.terminate()
        rest, _err = await asyncio.wait_for(server.communicate(), SECONDS)
        assert server.returncode == 0
        assert {"en": "stopped and removed", "zh": "停止并移除"}[language] in rest.decode()
    finally:
        if server.returncode is None:
            server.kill()
            await server.wait()


@pytest.fixture
def browser(tmp_path: Path) -> Iterator[webdriver.Chrome]:
    options = webdriver.ChromeOptions()
    options.binary_location = shutil.which("chromium") or ""
    flags = (
        "headless no-sandbox disable-gpu disable-quic no-first-run disable-background-networking "
        "disable-component-update disable-sync window-size=1200,800"
    )
    for flag in flags.split():
        options.add_argument(f"--{flag}")
    options.add_argument(f"--user-data-dir={tmp_path / 'profile'}")
    options.set_capability("goog:loggingPrefs", {"performance": "ALL", "browser": "ALL"})
    driver = webdriver.Chrome(options, webdriver.ChromeService(shutil.which("chromedriver")))
    yield driver
    driver.quit()


class Tab:
    """What came to the page: the text that it drew, and every address that it asked for."""

    def __init__(self, browser: webdriver.Chrome) -> None:
        self._browser = browser
        self.drawn = ""
        self.asked: list[str] = []

    def look(self) -> None:
        for entry in self._browser.get_log("performance"):
            message = json.loads(entry["message"])["message"]
            about = message["params"]
            if message["method"] == "Network.webSocketFrameReceived":
                payload = about["response"]["payloadData"]
                if about["response"]["opcode"] == 2:
                    text = base64.b64decode(payload).decode(errors="replace")
                    self.drawn += re.sub(r"\x1b\[[0-9;?<>]*[a-zA-Z]", "", text)
            # The browser's own empty tab asks for things of its own, before.
            elif about.get("documentURL", "").startswith("http"):
                self.asked.append(about["request"]["url"])

    def until(self, text: str) -> None:
        def drawn(_browser: webdriver.Chrome) -> bool:
            self.look()
            return text in self.drawn

        WebDriverWait(self._browser, SECONDS, poll_frequency=0.1).until(drawn, f"never: {text}")

    def press(self, key: str) -> None:
        self.drawn = ""
        self._browser.find_element(By.CSS_SELECTOR, ".xterm-helper-textarea").send_keys(key)


def walk(browser: webdriver.Chrome, url: str, picture: Path) -> Tab:
    browser.get(url)
    tab = Tab(browser)
    tab.until("etcd1")
    tab.press(Keys.F8)
    tab.until("systemd and architecture fit")
    assert browser.save_screenshot(str(picture))
    tab.look()
    return tab


@needs_programs
@needs_chromium
async def test_the_wizard_is_shown_and_hears_keys_in_a_browser(
    url: str, browser: webdriver.Chrome, tmp_path: Path
) -> None:
    picture = tmp_path / "demo.png"
    tab = await asyncio.to_thread(walk, browser, url, picture)
    assert picture.read_bytes().startswith(b"\x89PNG")
    origin = url.rsplit("/", 2)[0]
    elsewhere = [asked for asked in tab.asked if not asked.startswith((f"{origin}/", "data:"))]
    assert tab.asked and elsewhere == []
    said = [entry["message"] for entry in browser.get_log("browser")]
    assert not [text for text in said if "Content Security Policy" in text]


def status(url: str, **headers: str) -> int:
    request = urllib.request.Request(url, headers=headers)
    try:
        with urllib.request.urlopen(request, timeout=SECONDS) as answer:
            return int(answer.status)
    except urllib.error.HTTPError as error:
        return error.code


@pytest.mark.parametrize(
    ("url", "said"),
    [("en", 'lang="en"'), ("en", "Start another"), ("zh", 'lang="zh"'), ("zh", "再开始一次")],
    indirect=["url"],
)
async def test_the_page_itself_speaks_the_language(url: str, said: str) -> None:
    def page() -> str:
        with urllib.request.urlopen(url, timeout=SECONDS) as answer:
            return str(answer.read().decode())

    assert said in await asyncio.to_thread(page)


async def test_only_its_own_page_may_speak_to_it(url: str) -> None:
    def ask(path: str, **headers: str) -> int:
        return status(path, **headers)

    origin = url.rsplit("/", 2)[0]
    upgrade = {
        "Upgrade": "websocket",
        "Connection": "Upgrade",
        "Sec-WebSocket-Version": "13",
        "Sec-WebSocket-Key": "AAAAAAAAAAAAAAAAAAAAAA==",
    }
    tried = {
        200: [(url, {}), (f"{url}static/js/textual.js", {"Origin": origin})],
        404: [(f"{origin}/", {}), (f"{origin}/ws", {"Origin": origin, **upgrade})],
        403: [
            (url, {"Host": "rebound.example:80"}),
            (f"{url}ws", upgrade),
            (f"{url}ws", {"Origin": "https://evil.example", **upgrade}),
            (f"{url}ws", {"Origin": "null", **upgrade}),
        ],
    }
    for wanted, requests in tried.items():
        for address, headers in requests:
            got = await asyncio.to_thread(ask, address, **headers)
            assert got == wanted, (address, headers)


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (("--web", "0.0.0.0"), "for this machine only"),
        (("--web", "--headless"), "ends with its tab"),
        (("--web", "--break", "wrong-sam"), "wrong-san"),
    ],
)
async def test_what_it_does_not_do_it_refuses(options: tuple[str, ...], said: str) -> None:
    child = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "etcd_tui", "demo", *options),
        stdin=asyncio.subprocess.DEVNULL,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
        cwd=PACKAGE,
    )
    out, _err = await child.communicate()
    assert child.returncode == 2
    assert said in out.decode()


async def test_without_the_package_it_says_what_to_install() -> None:
    program = (
        "import sys; sys.modules['aiohttp'] = None; from etcd_tui.cli import main; "
        "sys.exit(main(['demo', '--web']))"
    )
    child = await asyncio.create_subprocess_exec(
        *(sys.executable, "-c", program),
        stdin=asyncio.subprocess.DEVNULL,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
        cwd=PACKAGE,
    )
    out, _err = await child.communicate()
    assert child.returncode == 2
    assert "pip install 'etcd-tui[web]'" in out.decode()
