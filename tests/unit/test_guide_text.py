"""Whatever a plan can hold, and every screen of the wizard, has a lesson."""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Iterator
from dataclasses import replace

import pytest

import etcd_tui.plan
from etcd_tui.observe.facts import Firewall
from etcd_tui.plan.install import plan_install
from etcd_tui.plan.model import Plan
from etcd_tui.plan.uninstall import plan_uninstall
from etcd_tui.spec.model import HostPreparation, Paths
from etcd_tui.teach.guide import guide_text, keys
from etcd_tui.tui.steps import KEYS
from tests.unit.situations import World, carry_out, installed, spec_of, tuned, with_host

ACTIONS = {
    "leftovers", "manifest", "user", "config-folder", "data-folder", "programs-folder",
    "units-folder", "hosts-file", "firewall", "firewall-back", "selinux", "programs", "token",
    "authority", "certificate", "client-environment", "authority-file", "key-file",
    "certificate-file", "config", "unit", "enable", "start", "restart", "ready", "settle", "gate",
    "stop", "files", "hosts-file-kept", "data", "folders", "forget",
}  # fmt: skip
IDEAS = {
    "quorum", "odd-numbers", "mutual-tls", "peer-and-client", "san", "cluster-state", "notify",
    "ports", "selinux-labels", "hardening", "outside", "cfssl-or-openssl", "host-keys", "checksum",
    "releases", "plan", "point-of-no-return",
}  # fmt: skip


def plans() -> Iterator[Plan]:
    """Plans that between them hold every action that the planners know."""
    spec = spec_of(
        host=HostPreparation(selinux="permissive"),
        paths=Paths(binaries="/opt/etcd/bin", units="/usr/local/lib/systemd/system"),
    )
    world = World(spec)
    for host in world.hosts.values():
        host.folders |= dict.fromkeys(
            ("/opt", "/usr", "/usr/local", "/usr/local/lib"), ("755", "root", "root")
        )
        host.leftovers = ["/etc/.etcd-tui.abcdef"]
        host.firewall = Firewall("ufw", enabled=True)
        host.selinux = ("Enforcing", "enforcing")
        # Then install makes the file, and somebody else adds to it.
        del host.files["/etc/hosts"]
    yield plan_install(spec, world.situation())
    carry_out(world, plan_install(spec, world.situation()))
    yield plan_uninstall(spec, world.situation(), purge=True)
    world.hosts["etcd1"].files["/etc/hosts"].data += b"192.0.2.99 other\n"
    yield plan_uninstall(spec, world.situation(), purge=True)
    running = installed(spec_of(), plan_install)
    yield plan_install(tuned(spec_of()), running.situation())
    was_off = installed(spec_of(), plan_install).situation()
    for host in was_off.hosts:
        noted = replace(host.manifest, entries=(*host.manifest.entries, ("firewall-off", "ufw")))
        was_off = with_host(was_off, host.name, manifest=noted)
    yield plan_install(spec_of(), was_off)


def test_there_is_a_lesson_for_every_action_that_a_plan_can_hold() -> None:
    found = {action.key for plan in plans() for _stage, action in plan.actions()}
    assert {key.partition(":")[0] for key in found} == ACTIONS
    for key in found:
        assert guide_text(key).text


def test_these_are_all_planners_there_are() -> None:
    planners = set()
    for module in pkgutil.iter_modules(etcd_tui.plan.__path__, "etcd_tui.plan."):
        names = vars(importlib.import_module(module.name))
        planners |= {
            name for name, value in names.items()
            if name.startswith("plan_") and value.__module__ == module.name
        }  # fmt: skip
    # Who adds one adds its actions to `plans` above, and lessons for them.
    assert planners == {"plan_install", "plan_uninstall"}


def test_every_screen_and_every_idea_has_one_and_there_are_no_others() -> None:
    operators_own = {"certificate:etcd-tui-operator"}
    assert set(keys()) == ACTIONS | IDEAS | {"welcome", *KEYS} | operators_own


@pytest.mark.parametrize("key", keys())
def test_a_lesson_is_short_and_leads_on_only_to_lessons(key: str) -> None:
    lesson = guide_text(key)
    assert lesson.title
    assert 60 < len(lesson.text) < 700
    assert key not in lesson.more
    for other in lesson.more:
        assert guide_text(other).text != lesson.text


def test_a_certificate_of_a_host_and_the_operators_are_explained_apart() -> None:
    assert guide_text("certificate:etcd1") == guide_text("certificate:etcd2")
    assert guide_text("certificate:etcd-tui-operator") != guide_text("certificate:etcd1")


def test_what_has_no_lesson_says_so() -> None:
    with pytest.raises(KeyError):
        guide_text("nothing-of-ours")


def test_a_lesson_is_in_the_language_of_the_moment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("etcd_tui.teach.guide._", lambda text: f"zh:{text}")
    lesson = guide_text("quorum")
    assert lesson.title.startswith("zh:")
    assert lesson.text.startswith("zh:")
