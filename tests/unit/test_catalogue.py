"""The Chinese catalogue is complete, faithful and compiled, and no text passes it by."""

from __future__ import annotations

import argparse
import ast
import gettext
import inspect
import json
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from etcd_tui import i18n
from etcd_tui.cells import cells
from etcd_tui.spec.reader import loads
from etcd_tui.spec.template import template
from tests.catalogue import po, state
from tests.catalogue.__main__ import main
from tests.catalogue.argparse_messages import FOR_PROGRAMMERS, MESSAGES
from tests.catalogue.literals import bypasses, faults_in
from tests.catalogue.messages import messages
from tests.catalogue.pairs import faults
from tests.catalogue.places import MO, PO
from tests.catalogue.places_of_text import bare_name, places_in


def test_every_message_is_translated_faithfully_and_nothing_else_is_kept() -> None:
    assert list(state.problems()) == []


def test_the_mo_is_exactly_what_the_po_compiles_to() -> None:
    assert MO.read_bytes() == po.mo_bytes(po.translations(po.read()))


def test_the_po_has_no_places_and_dates_that_would_change_by_themselves() -> None:
    assert not re.search(rb"^#[:,~]|Date: |Generated-By", PO.read_bytes(), re.MULTILINE)


def test_the_head_of_the_po_says_which_terms_to_use() -> None:
    assert re.search(r"quorum +法定人数", po.head())
    assert po.po_bytes((), {}).startswith(po.head().encode())


def test_the_compiled_catalogue_answers_in_chinese() -> None:
    with MO.open("rb") as file:
        compiled = gettext.GNUTranslations(file)
    known = {message: said for message, said in po.translations(po.read()).items() if said}
    assert len(known) > 1000
    assert {message: compiled.gettext(message) for message in known} == known


def test_messages_are_read_from_the_sources_in_their_order(tmp_path: Path) -> None:
    (tmp_path / "b.py").write_text("_('third')\nf'[b]{N_(\"fourth\")}[/b]'\n_('first')\n")
    (tmp_path / "a.py").write_text(
        "def f():\n    return _('first').format(a=_('second'))\n_(name)\n"
    )
    assert messages(tmp_path) == ("first", "second", "third", "fourth", *MESSAGES)


# -- one pair ------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("message", "translation", "fault"),
    [
        ("Stop.", "", "no translation"),
        ("Stop.", " ", "no translation"),
        ("{n} hosts", "主机", "placeholders"),
        ("{n} hosts", "{m} 台主机", "placeholders"),
        ("{n:x} hosts", "{n} 台主机", "placeholders"),
        ("{n!r} hosts", "{n} 台主机", "placeholders"),
        ("{n} of {n}", "{n} 台", "placeholders"),
        ("argument %(name)s", "参数 %(nam)s", "percent"),
        ("Name: ", "名称：", "trailing"),
        (" (none)", "（无）", "leading"),
        ("Stop.", "停止", "ends like"),
        ("Stop", "停止。", "ends like"),
        ("Stop?", "停止。", "ends like"),
        ("Name:", "名称", "ends like"),
        ("Set ETCD_NAME.", "设置 ETCD_NAM。", "ETCD_NAME is lost"),
        ("Use --state-dir DIR", "使用 --state DIR", "--state-dir is lost"),
        ("See /etc/hosts.", "查看 /etc/host。", "/etc/hosts is lost"),
        ("Set ssh.port", "设置 ssh.por", "ssh.port is lost"),
        ("from 3.5.30 on", "从 3.5.3 起", "3.5.30 is lost"),
        ("open 2380", "放行 2379", "2380 is lost"),
        ("Type `date -u`.", "执行 `date`。", "`date -u` is lost"),
        ("etcd runs", "etcd正在运行", "no blank"),
        ("3 hosts", "3台主机", "no blank"),
        ("a, b", "甲, 乙", "narrow punctuation"),
        ("Stop.", "停止.", "narrow punctuation"),
        ("Stop (now)", "停止(现在)", "narrow punctuation"),
    ],
)
def test_a_bad_pair_is_found(message: str, translation: str, fault: str) -> None:
    assert any(found.startswith(fault) for found in faults(message, translation)), fault


@pytest.mark.parametrize(
    ("message", "translation"),
    [
        ("{a} of {b:x} hosts.", "{b:x} 台主机中的 {a} 台。"),
        ("Write {env: NAME}.", "请写 {env: NAME}。"),
        ("Delete } here.", "删除此处的 }。"),
        ("a brace { alone", "单独的 {"),
        ("See `systemctl cat etcd` on {host}.", "在 {host} 上查看 `systemctl cat etcd`。"),
        ("usage: ", "用法: "),
        ("true", "true"),
    ],
)
def test_a_good_pair_passes(message: str, translation: str) -> None:
    assert list(faults(message, translation)) == []


# -- no text passes the catalogue by ---------------------------------------------------------------

DEFINITIONS = """
from dataclasses import dataclass
from textual.widgets import Static

class EtcdTuiError(Exception):
    def __init__(self, what, *, cause="", remedy=""): ...

class UsageError(EtcdTuiError): ...

class Heading(Static): ...

class Room:
    def error(self, line, key, what, fix): ...

@dataclass(frozen=True)
class Note:
    text: str
    host: str = ""

@dataclass
class Proof:
    key: str
    title: str
    passed: bool
    found: str

def failed(host, key, title, found, why, fix): ...

class Words(Static):
    def __init__(self, text, *, id=None): ...

class Page:
    def heading(self, level, text): ...
    def say(self, *paragraphs): ...
"""
ROOM = "etcd_tui.tui.room"


def faults_of(snippet: str) -> list[str]:
    tree = ast.parse(f"{DEFINITIONS}\n{snippet}")
    return [fault for _line, fault in faults_in(tree, places_in({ROOM: tree}), ROOM)]


@pytest.mark.parametrize(
    "snippet",
    [
        "raise EtcdTuiError('It went wrong.')",
        "raise UsageError('It went wrong.')",
        "raise UsageError(_('x'), remedy='Try again.')",
        "raise UsageError(f'{name} is bad.')",
        "raise UsageError('It went ' + why)",
        "raise UsageError('It went wrong with {name}.'.format(name=name))",
        "raise UsageError('bad' if bad else _('good'))",
        "raise UsageError(reason or 'unknown')",
        "raise UsageError({1: 'bad'}[n])",
        "raise UsageError('; '.join(['bad', 'worse']))",
        "def f():\n what = 'It went wrong.'\n raise UsageError(what)",
        "WHAT = 'It went wrong.'\ndef f():\n raise UsageError(WHAT)",
        "def f():\n raise UsageError(_('{what} failed').format(what='the disk'))",
        "Note('Something happened.')",
        "Note(text='x', title='Something happened.')",
        "Proof('health', 'is healthy', True, _('true'))",
        "Proof('health', _('x'), True, 'not healthy')",
        "failed(host, 'disk', _('x'), 'full', _('why'), _('fix'))",
        "room.error(1, 'key', 'It is wrong.', _('x'))",
        "parser.add_argument('--x', help='what it does')",
        "parser.add_argument_group('common options')",
        "Parser(description='what it does')",
        "sys.stdout.write('done\\n')",
        "sys.stderr.write(f'{n} done\\n')",
        "print('done')",
        "Static('Hello')",
        "Label(f'[b]Hello[/b] {name}')",
        "Heading('Hello')",
        "Words('Hello', id='hello')",
        "page.heading(2, 'Hello')",
        "page.say(_('x'), 'Hello')",
        "Button('Go on', id='go')",
        "Checkbox('Use it')",
        "RadioButton('This one')",
        "RadioSet('This one', 'That one')",
        "Input(placeholder='your name')",
        "Input(tooltip='your name')",
        "Select([], prompt='choose')",
        "Binding('q', 'quit', 'Leave')",
        "class A:\n BINDINGS = [('q', 'quit', 'Leave')]",
        "class A:\n BINDINGS = [Binding('q', 'quit', 'Leave')]",
        "class A:\n TITLE = 'Install a cluster'",
        "self.border_title = 'Hosts'",
        "self.tooltip = f'{n} hosts'",
        "self.notify('Saved')",
        "self.query_one(Static).update('Saved')",
        "table.add_columns('Host', 'State')",
    ],
)
def test_a_text_that_passes_the_catalogue_by_is_found(snippet: str) -> None:
    assert any("bypasses the catalogue" in fault for fault in faults_of(snippet)), snippet


@pytest.mark.parametrize(
    "snippet",
    [
        "def f():\n _(f'{n} hosts')",
        "def f():\n _('hosts ' + name)",
        "def f():\n _('%d hosts' % n)",
        "def f():\n _('{n} hosts'.format(n=n))",
        "def f():\n _('')",
        "def f():\n _()",
        "def f():\n _('one', 'two')",
        "N_(f'{n} hosts')",
        "N_(name)",
        "TITLE = _('Hosts')",
        "class A:\n title = _('Hosts')",
        "def f(title=_('Hosts')): ...",
    ],
)
def test_a_misuse_of_the_marks_is_found(snippet: str) -> None:
    assert faults_of(snippet), snippet


@pytest.mark.parametrize(
    "snippet",
    [
        "def f():\n raise UsageError(_('It went wrong.'), remedy=_('Try {x}.').format(x=x))",
        "def f():\n raise UsageError(_('No.'), remedy=f'etcd-tui install {file} --yes')",
        "def f():\n what = _('It went wrong.')\n raise UsageError(what)",
        "def f():\n failed(host, 'disk', _('x'), f'{n} MiB', _('why'), _('fix'))",
        "def f():\n Proof('health', _('x'), True, '; '.join(names))",
        "WHY = {1: N_('because')}\ndef f():\n raise UsageError(_(WHY[1]))",
        "def f():\n Note(str(error), host)",
        "def f():\n sys.stdout.write(f'{line}\\n')",
        "def f():\n Static(f'[b]{_(\"Hello\")}[/b] {name}', classes='a b')",
        "def f():\n Button(_('Go on'), id='go', variant='primary')",
        "class A:\n BINDINGS = [Binding('f9', 'language', N_('中文 / English'), id='language')]",
        "class A:\n TITLE = 'etcd-tui'",
        "def f():\n seen.update('https://example.org/x')",
    ],
)
def test_a_text_that_keeps_to_the_catalogue_passes(snippet: str) -> None:
    assert faults_of(snippet) == []


def test_no_text_passes_the_catalogue_by() -> None:
    assert list(bypasses()) == []


# -- argparse's own texts and the whole help -------------------------------------------------------


def test_all_that_argparse_says_to_people_is_in_the_catalogue() -> None:
    asked = {
        node.args[0].value
        for node in ast.walk(ast.parse(inspect.getsource(argparse)))
        if isinstance(node, ast.Call) and bare_name(node.func) == "_"
        if isinstance(node.args[0], ast.Constant)
    }
    assert asked - FOR_PROGRAMMERS <= set(MESSAGES)
    assert "usage: " in asked


def told(*arguments: str, language: str = "zh", **environment: str) -> str:
    done = subprocess.run(
        [sys.executable, "-m", "etcd_tui", "--lang", language, *arguments],
        env={**os.environ, "COLUMNS": "80", **environment},
        capture_output=True,
        text=True,
        check=False,
    )
    assert "Traceback" not in done.stderr
    return done.stdout + done.stderr


HELP = ((), ("install",), ("plan",), ("uninstall",), ("answers",), ("answers", "new"))


@pytest.mark.parametrize("verb", HELP)
def test_the_help_is_all_chinese_and_fits_the_terminal(verb: tuple[str, ...]) -> None:
    shown = told(*verb, "--help")
    assert "用法: etcd-tui" in shown
    assert "显示此帮助信息并退出" in shown
    sentences = shown.replace(" ".join(("etcd-tui", *verb)), "")
    assert re.findall(r"[a-z]{2,} [a-z]{2,}", sentences) == []
    assert max(cells(line) for line in shown.splitlines()) <= 80


def test_a_usage_error_is_told_in_chinese() -> None:
    shown = told("instal", "x.yaml")
    assert "无效的选择：'instal'" in shown
    assert "choose" not in shown


def test_a_terminal_without_chinese_characters_gets_their_codes() -> None:
    assert told("--help", PYTHONIOENCODING="latin-1").startswith(r"\u7528\u6cd5: etcd-tui")


def test_the_commented_answers_file_is_the_same_in_chinese() -> None:
    english, _warnings = loads(template())
    i18n.set_language("zh")
    text = template()
    chinese, _warnings = loads(text)
    assert chinese == english
    assert "集群" in text
    assert max(cells(line) for line in text.splitlines() if "#" in line) <= 100


@pytest.mark.parametrize("language", ["zh_CN.UTF-8", "zh_TW", "zh"])
def test_the_environment_chooses_chinese(language: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LC_ALL", language)
    assert i18n.choose_language(None) == "zh"
    assert i18n.choose_language("en") == "en"


# -- the tool itself ------------------------------------------------------------------------------


@pytest.fixture
def catalogue(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A catalogue of three messages, of which one has a translation."""
    source = tmp_path / "etcd.po"
    source.write_text(
        '# Terms.\nmsgid ""\nmsgstr ""\n"Language: zh_CN\\n"\n'
        '"Content-Type: text/plain; charset=utf-8\\n"\n\n'
        'msgid "Stop."\nmsgstr "停止。"\n\nmsgid "Gone."\nmsgstr "没有了。"\n',
        encoding="utf-8",
    )
    for module in (po, state):
        monkeypatch.setattr(module, "PO", source)
        monkeypatch.setattr(module, "MO", tmp_path / "etcd.mo")
    for module in ("tests.catalogue.__main__", "tests.catalogue.state"):
        monkeypatch.setattr(f"{module}.messages", lambda: ("Go.", "Stop.", "{n} hosts"))
    return source


def test_update_drops_what_nobody_says_and_prints_what_lacks(
    catalogue: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["update"]) == 0
    assert json.loads(capsys.readouterr().out) == {"Go.": "", "{n} hosts": ""}
    text = catalogue.read_text(encoding="utf-8")
    assert text.startswith("# Terms.\n")
    assert "Gone." not in text
    assert "停止。" in text


def test_merge_takes_what_is_sound_and_refuses_the_rest(
    catalogue: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    given = tmp_path / "given.json"
    given.write_text(json.dumps({"Go.": "走。", "{n} hosts": "主机", "Wait.": "等。"}))
    assert main(["merge", str(given)]) == 1
    shown = capsys.readouterr().out
    assert "placeholders" in shown
    assert "no such message" in shown
    assert po.translations(po.read()) == {"Go.": "走。", "Stop.": "停止。", "{n} hosts": ""}


def test_check_says_what_is_wrong_until_nothing_is(
    catalogue: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    main(["update"])
    capsys.readouterr()
    assert main(["check"]) == 1
    assert "'Go.': no translation" in capsys.readouterr().out
    given = tmp_path / "given.json"
    given.write_text(json.dumps({"Go.": "走。", "{n} hosts": "{n} 台主机"}))
    main(["merge", str(given)])
    capsys.readouterr()
    assert (main(["check"]), capsys.readouterr().out) == (0, "")
    (tmp_path / "etcd.mo").write_bytes(b"")
    assert main(["check"]) == 1
    assert "the .mo is not what the .po compiles to" in capsys.readouterr().out
