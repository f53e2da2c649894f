"""Where the boxes and lines of a flow stand when it is drawn: its steps in the file's order, the jumps beside them."""

from dataclasses import dataclass
from typing import NamedTuple

from bot.conversation import paths
from bot.conversation.flow import Flow, Step
from bot.conversation.paths import Way

WIDTH = 340
GAP = 26
LABELS = 190  # room for the conditions, between the boxes and the lanes
LANE = 16
_LINE = 20  # from one outgoing line to the next
_HIGH = 48


class Box(NamedTuple):
    """A step. `kind` colours it: ask say end person do."""

    step: Step
    kind: str
    detail: str
    top: int
    height: int


class Line(NamedTuple):
    """A way, as an SVG path with its label. `kind` is that of the way; no arrow where it joins another line."""

    kind: str
    path: str
    label: str
    x: int
    y: int
    arrow: bool = True


@dataclass(frozen=True, slots=True)
class Drawing:
    boxes: tuple[Box, ...]
    lines: tuple[Line, ...]
    width: int
    height: int


def draw(flow: Flow) -> Drawing:
    """The drawing of a flow. Jumps to the same step share a lane, so that many arrows to `stil` are one."""
    jumps: dict[str, list[Way]] = {name: [] for name in flow.steps}
    straight: list[Way] = []
    for way in paths.ways(flow):
        if way.kind in ("falls", "next") and flow.following.get(way.source) == way.target:
            straight.append(way)
        elif way.target in flow.steps:
            jumps[way.source].append(way)
    boxes = _boxes(flow, jumps)
    found = [way for ways in jumps.values() for way in ways]
    lanes = _lanes(found, boxes)
    farthest = _farthest(found, boxes)
    lines = [_down(way, boxes) for way in straight]
    for ways in jumps.values():
        for place, way in enumerate(ways):
            lines.append(_across(way, place, boxes, lanes[way.target, way.kind], joins=way not in farthest))
    last = [*boxes.values()][-1]
    width = WIDTH + LABELS + LANE * (max(lanes.values(), default=0) + 2)
    return Drawing(tuple(boxes.values()), tuple(lines), width, last.top + last.height + 2)


def _boxes(flow: Flow, jumps: "dict[str, list[Way]]") -> dict[str, Box]:
    boxes: dict[str, Box] = {}
    top = 2
    for step in flow.steps.values():
        height = max(_HIGH, _LINE * (len(jumps[step.name]) + 1))
        boxes[step.name] = Box(step, kind(step), detail(step), top, height)
        top += height + GAP
    return boxes


def _lanes(found: "list[Way]", boxes: "dict[str, Box]") -> "dict[tuple[str, str], int]":
    """A lane for each target and kind, the first that is free over its whole height."""
    spans: dict[tuple[str, str], tuple[int, int]] = {}
    for way in found:
        ends = (boxes[way.source].top, boxes[way.target].top)
        low, high = spans.get((way.target, way.kind), ends)
        spans[way.target, way.kind] = min(low, *ends), max(high, *ends)
    taken: list[list[tuple[int, int]]] = []
    lanes = {}
    for name, (low, high) in sorted(spans.items(), key=lambda item: item[1][1] - item[1][0]):
        free = (lane for lane, used in enumerate(taken) if all(high < other[0] or other[1] < low for other in used))
        lane = next(free, len(taken))
        if lane == len(taken):
            taken.append([])
        taken[lane].append((low, high))
        lanes[name] = lane
    return lanes


def _farthest(found: "list[Way]", boxes: "dict[str, Box]") -> set[Way]:
    """The ways that draw their lane to the end; those that start nearer to the target join them."""
    by_lane: dict[tuple[str, str, bool], Way] = {}
    for way in found:
        away = boxes[way.target].top - boxes[way.source].top
        lane = way.target, way.kind, away > 0
        other = by_lane.setdefault(lane, way)
        if abs(away) > abs(boxes[way.target].top - boxes[other.source].top):
            by_lane[lane] = way
    return set(by_lane.values())


def _down(way: Way, boxes: "dict[str, Box]") -> Line:
    source, target = boxes[way.source], boxes[way.target]
    start = source.top + source.height
    return Line(way.kind, f"M{WIDTH // 2} {start}V{target.top - 2}", way.label, WIDTH // 2 + 10, start + GAP // 2 + 4)


def _across(way: Way, place: int, boxes: "dict[str, Box]", lane: int, *, joins: bool) -> Line:
    source, target = boxes[way.source], boxes[way.target]
    start = source.top + _LINE * (place + 1)
    end = target.top + {"next": 12, "miss": 24, "silence": 36, "free": 30}[way.kind]
    x = WIDTH + LABELS + LANE * (lane + 1)
    turn = 6 if end > start else -6
    path = f"M{WIDTH} {start}H{x - 6}q6 0 6 {turn}"
    if not joins:
        path += f"V{end - turn}q0 {turn} -6 {turn}H{WIDTH + 4}"
    return Line(way.kind, path, way.label, WIDTH + 8, start - 4, arrow=not joins)


def kind(step: Step) -> str:
    """What a step mostly is."""
    if step.ask:
        return "ask"
    if step.handoff:
        return "person"
    if step.say:
        return "say"
    return "do" if step.do else "end"


def detail(step: Step) -> str:
    """What a step does, in the words of the file."""
    found = [
        f"wait {_span(step)}" if step.wait else "",
        step.say,
        "remind" if step.remind else "",
        step.do,
        f"{step.ask} ({step.type})" if step.ask else "",
        f"handoff {step.handoff.to}" if step.handoff else "",
        f"start {step.start}" if step.start else "",
        f"end {step.end}" if step.end else "",
    ]
    return " · ".join(filter(None, found))


def _span(step: Step) -> str:
    minutes = int(step.wait.total_seconds() // 60) if step.wait else 0
    for size, unit in ((10080, "w"), (1440, "d"), (60, "h")):
        if minutes % size == 0:
            return f"{minutes // size}{unit}"
    return f"{minutes}m"
