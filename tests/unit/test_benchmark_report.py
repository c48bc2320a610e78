"""The benchmarks' table and picture, from figures that stand here; nothing is measured."""

from __future__ import annotations

import xml.etree.ElementTree as ET
from pathlib import Path

import pytest

from tests.benchmarks.picture import svg
from tests.benchmarks.publish import BEGIN, END, PROJECT, between, publish
from tests.benchmarks.results import Results, Run, read, write
from tests.benchmarks.rounds import turns
from tests.benchmarks.table import markdown
from tests.benchmarks.wire import Lane, Line

SECONDS = {"etcd-tui": (3.0, 2.5, 9.0), "floor": (2.0, 2.0, 2.0), "Ansible": (20.0, 15.0, 18.0)}


@pytest.fixture
def results() -> Results:
    runs = [
        Run("fresh", 3, "near", who, seconds, cpu=1.5, memory=60)
        for who, times in SECONDS.items()
        for seconds in times
    ]
    runs.append(Run("again", 3, "far", "etcd-tui", 1.25, 0.5, 55, to_host=20_400, round_trips=12))
    alone = {"help": [80.0, 90.0, 85.0], "growth": [0.25]}
    return Results("2026-11-25", "a machine", {"etcd": "3.5.30"}, "repeat me", runs, alone)


def test_a_cell_says_the_ratio_to_the_floor_and_the_median(results: Results) -> None:
    table = markdown(results)
    assert (
        "| Fresh install, 3 hosts | 1.50 × (3.00 s) | 1.00 × (2.00 s) |  | 9.00 × (18.00 s) |  |"
        in table
    )
    assert "| Nothing to do, 3 hosts, slow line | 1.25 s |  |  |  |  |" in table


def test_the_table_says_costs_and_figures_of_the_tool_itself(results: Results) -> None:
    table = markdown(results)
    assert "| Sent to a host, nothing to do, 3 hosts | 20 kB |" in table
    assert "| Round trips to a host, nothing to do, 3 hosts | 12 |" in table
    assert "| `etcd-tui --help` | 85 ms |" in table
    assert "| memory that a million log lines add | +0.2 MB |" in table


def test_the_table_says_where_when_and_how_to_repeat_it(results: Results) -> None:
    table = markdown(results)
    assert "Measured 2026-11-25 on a machine; etcd 3.5.30." in table
    assert "`repeat me`" in table
    assert "etcd-tui takes 0.17 of Ansible's time for a fresh install." in table


def test_a_bar_is_as_long_as_its_share_of_the_longest(results: Results) -> None:
    root = ET.fromstring(svg(results))
    widths = {
        bar.get("fill"): float(bar.get("width", "0"))
        for bar in root.iter("{http://www.w3.org/2000/svg}rect")
        if bar.get("height") == "16" and float(bar.get("y", "0")) < 100
    }
    ours, least, longest = sorted(widths.values())[1], min(widths.values()), max(widths.values())
    assert ours / least == pytest.approx(1.5, rel=0.01)
    assert longest / least == pytest.approx(9, rel=0.01)
    words = [text.text for text in root.iter("{http://www.w3.org/2000/svg}text")]
    assert "3.00 s, 1.50 × floor" in words


def test_results_are_read_back_as_they_were_written(results: Results, tmp_path: Path) -> None:
    write(results, tmp_path / "results.json")
    assert read(tmp_path / "results.json") == results


def test_publishing_replaces_what_is_between_the_markers(results: Results, tmp_path: Path) -> None:
    (tmp_path / "screenshots").mkdir()
    readme = tmp_path / "README.md"
    readme.write_text(f"before\n{BEGIN}\nold\n{END}\nafter\n")

    publish(results, tmp_path)
    once = readme.read_text()
    publish(results, tmp_path)

    assert readme.read_text() == once
    assert once.startswith("before\n")
    assert once.endswith("\nafter\n")
    assert "old" not in once
    assert markdown(results) in once
    assert (tmp_path / "screenshots/measured/benchmarks.svg").read_text() == svg(results)


def test_a_readme_without_markers_is_left_alone() -> None:
    with pytest.raises(ValueError, match="has no"):
        between("nothing here", "part")


def test_the_projects_readme_has_the_markers() -> None:
    assert between((PROJECT / "README.md").read_text(), "part")


def test_each_round_begins_with_another_contender() -> None:
    class Named:
        def __init__(self, name: str) -> None:
            self.name = name

    three = [Named("a"), Named("b"), Named("c")]
    assert "".join(one.name for one in turns(three, 3)) == "abcbcacab"  # type: ignore[arg-type]


def test_a_line_lets_its_rate_through_and_delays_by_half_the_round_trip() -> None:
    lane = Lane(delay=0.025, rate=8000)
    lane.take(bytes(100), now=10.0, depth=1)
    lane.take(bytes(100), now=10.0, depth=1)
    assert [due for due, _packet, _depth in lane.waiting] == pytest.approx([10.125, 10.225])


def test_a_line_drops_what_its_queue_has_no_place_for() -> None:
    lane = Lane(delay=1, rate=0)
    for _ in range(1001):
        lane.take(b"x", now=0.0, depth=0)
    assert len(lane.waiting) == 1000


def _packet(payload: int, flags: int = 0x10) -> bytes:
    head = bytearray(40)
    head[0], head[9], head[32], head[33] = 0x45, 6, 0x50, flags
    head[2:4] = (40 + payload).to_bytes(2, "big")
    return bytes(head) + bytes(payload)


def test_a_round_trip_is_an_answer_that_came_before_the_next_question() -> None:
    line = Line(0.0, 0.0)
    questions = [_packet(5), _packet(5), _packet(0), _packet(5)]
    for question in questions[:3]:
        line.sent(question, 0.0, by_operator=True)
        line.arrived(line.there.waiting.popleft()[2], at_host=True)
    line.sent(_packet(7), 0.0, by_operator=False)
    line.arrived(line.back.waiting.popleft()[2], at_host=False)
    assert line.count.round_trips == 1

    line.sent(questions[3], 0.0, by_operator=True)
    line.arrived(line.there.waiting.popleft()[2], at_host=True)
    line.sent(_packet(0), 0.0, by_operator=False)
    line.arrived(line.back.waiting.popleft()[2], at_host=False)
    assert line.count.round_trips == 1, "a bare acknowledgement is no answer"

    line.sent(_packet(7), 0.0, by_operator=False)
    line.arrived(line.back.waiting.popleft()[2], at_host=False)
    assert line.count.round_trips == 2
    assert line.count.to_host == sum(map(len, questions))
