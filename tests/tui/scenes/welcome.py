"""Welcome, with and without problems in the answers file."""

from etcd_tui.spec.problem import Problem
from tests.tui.scenes import Scene
from tests.tui.scripted import wizard

_PROBLEM = Problem(
    "error",
    "nodes[1].address",
    '"10.0.0.300" is no IP address.',
    "Write 192.0.2.11.",
    "prod.yaml",
    9,
)

SCENES = {
    "welcome": Scene(lambda: wizard(start="welcome"), picture="1-welcome"),
    "welcome-invalid": Scene(lambda: wizard(start="welcome", problems=(_PROBLEM,))),
}
