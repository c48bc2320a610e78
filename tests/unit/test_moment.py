"""Which boundaries of a run a test kills at."""

from __future__ import annotations

from tests.hosts.moment import Moment, in_turn

HOSTS = ("etcd1", "etcd2", "etcd3")


def test_each_boundary_is_taken_once_and_each_host_has_its_turn() -> None:
    keys = ("user", "programs", "config", "start")
    moments = [
        Moment(when, host, key) for key in keys for when in ("before", "after") for host in HOSTS
    ]
    taken = in_turn(moments)
    assert [(moment.when, moment.key) for moment in taken] == [
        (when, key) for key in keys for when in ("before", "after")
    ]
    assert {moment.host for moment in taken} == set(HOSTS)
    assert set(taken) <= set(moments)


def test_what_only_one_host_does_is_always_taken() -> None:
    own = Moment("before", "operator", "authority")
    assert own in in_turn([Moment("before", host, "user") for host in HOSTS] + [own])
