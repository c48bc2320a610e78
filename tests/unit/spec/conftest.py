"""Answers to read, and the problems that come of them."""

from __future__ import annotations

import copy
from pathlib import Path
from typing import Any

import yaml
from hypothesis import settings

from etcd_tui.errors import AnswersError
from etcd_tui.spec.model import ClusterSpec
from etcd_tui.spec.problem import Problem
from etcd_tui.spec.reader import loads

BASE = Path("/operator/answers")

# Time is no property of these rules, and a busy machine would break a deadline.
settings.register_profile("spec", deadline=None)
settings.load_profile("spec")

SMALLEST = """\
version: 1
cluster:
  name: prod
  etcd: 3.5.30
nodes:
  - {name: etcd1, address: 192.0.2.11}
  - {name: etcd2, address: 192.0.2.12}
  - {name: etcd3, address: 192.0.2.13}
ssh:
  user: root
  private_key: ~/.ssh/id_ed25519
  known_hosts: ~/.ssh/known_hosts
binaries:
  source: ./etcd-v3.5.30-linux-amd64.tar.gz   # or google | github | a mirror's URL
certificates:
  profile: cfssl                               # or openssl
"""


def answers(**changes: Any) -> str:
    """The smallest form with changes: `cluster__etcd="3.4.1"`, `nodes__0__address="…"`.

    The value `...` deletes the key.
    """
    document: Any = copy.deepcopy(yaml.safe_load(SMALLEST))
    for path, value in changes.items():
        *way, last = [int(part) if part.isdigit() else part for part in path.split("__")]
        place = document
        for part in way:
            place = place[part] if isinstance(place, list) else place.setdefault(part, {})
        if value is ...:
            del place[last]
        else:
            place[last] = value
    return yaml.safe_dump(document, sort_keys=False)


def read(text: str, *, literal_secrets: bool = False) -> tuple[ClusterSpec, tuple[Problem, ...]]:
    return loads(text, file="answers.yaml", base=BASE, literal_secrets=literal_secrets)


def problems(text: str, *, literal_secrets: bool = False) -> list[Problem]:
    """All problems of `text`, warnings too."""
    try:
        return list(read(text, literal_secrets=literal_secrets)[1])
    except AnswersError as error:
        return list(error.problems)


def errors(text: str) -> list[Problem]:
    return [problem for problem in problems(text) if problem.severity == "error"]


def warnings(text: str) -> list[Problem]:
    """The warnings of `text`, which has no errors."""
    return list(read(text)[1])


def the_error(text: str) -> Problem:
    """The only error of `text`."""
    found = errors(text)
    assert len(found) == 1, found
    return found[0]
