"""The space-time diagram of a run as SVG: lanes of nodes, ticks as boxes on them, messages as arrows between them.

Nothing in it refers to another element by id, so a page may hold it many times. Colour alone
never carries a meaning.
"""

from __future__ import annotations

from xml.etree.ElementTree import Element, SubElement, tostring

from hydroflow_nb.render.attributes import CODE_FONT, TEXT_FONT, number
from hydroflow_nb.render.geometry import Point
from hydroflow_nb.simulation.drawing import ink
from hydroflow_nb.simulation.drawing.account import Account, TickAccount
from hydroflow_nb.simulation.drawing.arrows import Arrows
from hydroflow_nb.simulation.drawing.canvas import LONGEST_WORDS, Canvas
from hydroflow_nb.simulation.drawing.legend import TICK_COLOURS, Sign, legend
from hydroflow_nb.simulation.drawing.placement import BAND, BESIDE, BOX_HEIGHT, DOT, HEAD, OUTSIDE, SIZE, box_width
from hydroflow_nb.simulation.drawing.wording import (
    HERE_THEY_PART,
    code_width,
    crash,
    fitting,
    name,
    resend,
    restart,
    rows_left_out,
    set_aside,
    summary,
    tick_title,
)
from hydroflow_nb.simulation.model.history import LONGEST_TEXT, Crashed, Given, Lane, Restarted
from hydroflow_nb.simulation.model.words import brief, clean, counted

PADDING = 14.0
# A line leads from the number to the lanes in every row with a multiple of this number.
RULED = 5
NUMBER_SIZE = 9.5
NOTE_SIZE = 11.0
LEAST_WIDTH, LEAST_SCALE = 420.0, 0.85
# The least width of the line at which runs part: its words and some dots.
LEAST_PARTING = 240.0
GROUP_TINTS = 4


def draw(account: Account, first: int, last: int, parts: int | None = None) -> str:
    """The decisions from `first` to `last` of a run as an SVG of its own, everything that came from a run escaped. A
    line above the row `parts` says that the runs differ from there on.
    """
    return tostring(_Drawing(Canvas(account, first, last, parts)).root(), encoding="unicode")


class _Drawing:
    """The layers of a diagram, from the ground up. Labels come last, in the order in which they may take a place."""

    def __init__(self, canvas: Canvas) -> None:
        self.canvas = canvas
        self.account = canvas.account
        self.sheet = canvas.sheet
        self.messages = Arrows(canvas)

    def root(self) -> Element:
        sheet = self.sheet
        layers = [
            self.bands(),
            self.lanes(),
            self.messages.layer(),
            self.happenings(),
            self.ticks(),
            self.parting(),
            self.canvas.labels,
        ]
        heads = self.heads()
        left, right = sheet.left - PADDING - self.number_width(), sheet.right + PADDING
        # A legend or a note may be wider than two lanes are.
        right = max(right, left + LEAST_WIDTH)
        notes, bottom = self.notes(left + PADDING)
        signs, bottom = legend(self.canvas.signs, left + PADDING, right - PADDING, bottom)
        width, height = right - left, bottom + PADDING
        title = f"Diagram of a run: {summary(self.account)}"
        root = Element(
            "svg",
            {
                "xmlns": "http://www.w3.org/2000/svg",
                "class": "hf-run",
                "viewBox": f"{number(left)} 0 {number(width)} {number(height)}",
                "width": number(width),
                "height": number(height),
                "role": "img",
                "aria-label": title,
                "font-family": TEXT_FONT,
                # A picture that is a little too wide is drawn smaller; one that is much too wide scrolls.
                "style": f"max-width:100%;min-width:{number(LEAST_SCALE * width)}px;height:auto",
            },
        )
        SubElement(root, "title").text = title
        SubElement(root, "desc").text = self.description()
        SubElement(root, "style").text = ink.STYLE
        ink.shape(root, "rect", "ground", "line", x=left + 0.5, y=0.5, width=width - 1, height=height - 1, rx=3)
        root.append(self.row_numbers(left + PADDING + self.number_width() - 12))
        root.extend(layers)
        root.extend([heads, notes, signs])
        return root

    def description(self) -> str:
        nodes = ", ".join(name(node) for node in self.sheet.nodes)
        rows = f"rows {max(self.sheet.first, 0)} to {self.sheet.last}" if self.sheet.last >= 0 else "no rows"
        return f"Time runs downwards, a row for each decision; shown are {rows}. Lanes from left to right: {nodes}."

    def number_width(self) -> float:
        return code_width(str(max(self.account.rows, 10)), NUMBER_SIZE) + 18.0

    def row_numbers(self, right: float) -> Element:
        """The rows' numbers, which are the indices of the decisions."""
        group = ink.group("rows", {"font-size": number(NUMBER_SIZE), "font-family": CODE_FONT, "text-anchor": "end"})
        ink.paint(group, fill="secondary")
        for row in range(self.sheet.first, self.sheet.last + 1):
            if row % RULED == 0:
                y = self.sheet.y(row)
                ink.line(group, (right + 6, y), (self.sheet.right, y), "line", 1.0).set("stroke-opacity", "0.55")
            text = ink.text(group, (right, self.sheet.y(row)), "start" if row < 0 else str(row), NUMBER_SIZE)
            text.set("data-row", str(row))
        if self.sheet.flying:
            ink.text(group, (right, self.sheet.slot(self.sheet.flying[0])), "end", NUMBER_SIZE)
        return group

    def bands(self) -> Element:
        group = ink.group("bands")
        for band in self.sheet.bands():
            self.canvas.signs.add(Sign.CUT)
            nodes = [name(node) for node in band.nodes]
            part = ink.group("band", {"data-group": band.letter, "data-nodes": " ".join(nodes)})
            SubElement(part, "title").text = f"group {band.letter}: {', '.join(nodes)}"
            tint = f"group-{band.group % GROUP_TINTS}"
            width, height = band.right - band.left, band.bottom - band.top
            ink.band(part, tint, band.left, band.top, width, height)
            if band.name:
                text = ink.text(part, band.name.point, band.name.text, SIZE)
                text.set("font-weight", "600")
                ink.paint(text, fill="secondary")
            group.append(part)
        return group

    def lanes(self) -> Element:
        """The nodes' lines in time: solid while they are up, broken while they are down."""
        group = ink.group("lanes")
        for lane in self.account.lanes:
            part = SubElement(group, "g", {"class": "lane", "data-node": name(lane.node)})
            x, begin = self.sheet.x(lane.node), self.begin(lane)
            if begin is None:
                continue
            pieces, top = [], begin
            for down in self.account.downs:
                if down.crash.node == lane.node:
                    crash_y = self.height(down.crash.row)
                    restart_y = self.height(down.restart.row) if down.restart else self.sheet.end
                    pieces += [(top, crash_y, "up"), (crash_y, restart_y, "down")]
                    top = restart_y
            pieces.append((top, self.sheet.end, "up"))
            for y0, y1, state in pieces:
                if y1 > y0:
                    line = ink.line(
                        part, (x, y0), (x, y1), "lane" if state == "up" else "secondary", 1.6 if state == "up" else 1.2
                    )
                    line.set("class", f"{line.get('class')} {state}")
                    if state == "down":
                        line.set("stroke-dasharray", ink.DOWN_DASHES)
                        self.canvas.signs.add(Sign.DOWN)
        return group

    def parting(self) -> Element:
        """The line from which on the runs differ that are drawn side by side, when all labels have their places."""
        group = ink.group("parts")
        y = self.sheet.parting
        if y is not None:
            right = max(self.sheet.right, self.sheet.left + LEAST_PARTING)
            ink.line(group, (self.sheet.left, y), (right, y), "ink", 1.4).set("stroke-dasharray", ink.PARTING_DASHES)
            # At the left, which is in sight where the picture has to be scrolled.
            text = ink.text(group, (self.sheet.left, y), HERE_THEY_PART, NUMBER_SIZE)
            ink.halo(ink.paint(text, fill="ink"))
        return group

    def begin(self, lane: Lane) -> float | None:
        """Where a lane begins; None where that is not on the sheet."""
        if not lane.joins_later:
            return HEAD - 6.0
        joined = self.account.joins.get(lane.node)
        if joined is None or joined.row > self.sheet.last:
            return None
        return self.height(joined.row) if joined.row >= self.sheet.first else HEAD - 6.0

    def height(self, row: int) -> float:
        """The middle of a row, or the border of the sheet next to one that is not shown."""
        return min(max(self.sheet.y(row), HEAD - 6.0), self.sheet.end)

    def heads(self) -> Element:
        """The nodes' names: above, in the row in which a node joins, and again from time to time."""
        group = ink.group("heads", {"text-anchor": "middle"})
        for lane in self.account.lanes:
            x, begin = self.sheet.x(lane.node), self.begin(lane)
            joined = self.account.joins.get(lane.node) if lane.joins_later else None
            if joined and self.sheet.shows(joined.row):
                self.head(group, lane.node, "", (x, self.sheet.y(joined.row)), 18.0)
            elif begin is not None:
                self.head(group, lane.node, lane.address, (x, 26.0), 30.0 if lane.address else 20.0)
            for y in self.sheet.repeats:
                if begin is not None and begin < y:
                    text = ink.text(group, (x, y), fitting(lane.node, self.sheet.gap - 20, NOTE_SIZE), NOTE_SIZE)
                    ink.halo(ink.paint(text, fill="secondary"))
        return group

    def head(self, group: Element, node: str, address: str, centre: Point, height: float) -> None:
        (x, y), room = centre, self.sheet.gap - 12.0
        words = fitting(node, room - 14, 12.0)
        below = fitting(address, room - 10, 9.0)
        width = max(54.0, 14 + code_width(words, 12.0), 10 + code_width(below, 9.0) if below else 0.0)
        self.sheet.reach(x - width / 2, x + width / 2)
        part = SubElement(group, "g", {"class": "head", "data-node": name(node)})
        SubElement(part, "title").text = f"{name(node)}{f' at {name(address)}' if address else ''}"
        box = {"x": x - width / 2, "y": y - height / 2, "width": width, "height": height, "rx": 5.0}
        ink.shape(part, "rect", "plate", "lane", **box)
        text = ink.text(part, (x, y - 6 if below else y), words, 12.0)
        text.set("font-weight", "600")
        ink.paint(text, fill="ink")
        if below:
            text = ink.text(part, (x, y + 7.5), below, 9.0)
            text.set("font-family", CODE_FONT)
            ink.paint(text, fill="secondary")

    def ticks(self) -> Element:
        group = ink.group("ticks", {"font-size": number(SIZE), "font-family": CODE_FONT, "text-anchor": "middle"})
        for tick in self.account.ticks.values():
            if self.sheet.shows(tick.event.row) and self.sheet.has(tick.event.node):
                group.append(self.tick(tick))
        return group

    def tick(self, tick: TickAccount) -> Element:
        event = tick.event
        x, y = self.sheet.x(event.node), self.sheet.y(event.row)
        kind = "failed" if event.error else "tick"
        sign = Sign.FAILED if event.error else Sign.ASIDE if event.set_aside else Sign.TICK
        self.canvas.signs.add(sign)
        part = ink.group(
            kind, {"data-row": str(event.row), "data-node": name(event.node), "data-tick": str(event.tick)}
        )
        SubElement(part, "title").text = tick_title(tick)
        fill, line = TICK_COLOURS[sign]
        width = box_width(event.tick)
        box = {"x": x - width / 2, "y": y - BOX_HEIGHT / 2, "width": width, "height": BOX_HEIGHT, "rx": 4.0}
        rect = ink.shape(part, "rect", fill, line, **box)
        if sign is not Sign.TICK:
            rect.set("stroke-width", "1.8")
        ink.paint(ink.text(part, (x, y), str(event.tick), SIZE), fill="late" if event.error else "ink")
        if event.error:
            self.canvas.label(clean(event.error, LONGEST_WORDS), "late", (x, y), width / 2 + 6, 1.0)
        elif event.set_aside:
            self.canvas.label(clean(set_aside(event), LONGEST_WORDS), "late", (x, y), width / 2 + 6, 1.0)
        elif event.note:
            self.canvas.label(clean(event.note, LONGEST_WORDS), "secondary", (x, y), width / 2 + 6, 1.0)
        return part

    def happenings(self) -> Element:
        """What else was decided: items from outside, crashes, restarts, cuts, healing."""
        group = ink.group("happenings")
        for given in self.account.given:
            if self.shows(given):
                self.given(group, given)
        for down in self.account.downs:
            if self.shows(down.crash):
                self.canvas.signs.add(Sign.CRASH)
                words = crash(down.crash)
                part, point = self.mark(group, down.crash, "crash", words)
                if tick := self.account.ticks.get((down.crash.row, down.crash.node)):
                    # It went down within the tick.
                    point = (point[0] + box_width(tick.event.tick) / 2 + BESIDE, point[1])
                ink.crash(part, point)
                self.canvas.label(words, "late", point, 12.0, 1.0)
            if down.restart and self.shows(down.restart):
                self.canvas.signs.add(Sign.KEPT if down.restart.kept else Sign.NEW)
                words = restart(down.restart)
                part, point = self.mark(group, down.restart, "restart", words)
                ink.restart(part, point, down.restart.kept)
                self.canvas.label(words, "secondary", point, 12.0, 1.0)
        for healed in self.account.heals:
            if self.sheet.shows(healed.row):
                part = SubElement(group, "g", {"class": "healed", "data-row": str(healed.row)})
                left, right = -BAND * self.sheet.gap, (len(self.sheet.nodes) - 1 + BAND) * self.sheet.gap
                y = self.sheet.y(healed.row)
                ink.line(part, (left, y), (right, y), "line", 1.0)
                self.canvas.label("network healed", "secondary", (left, y), 0.0, 1.0)
        for event in self.account.resends:
            if self.sheet.shows(event.row):
                left = -BAND * self.sheet.gap
                self.canvas.label(resend(event), "secondary", (left, self.sheet.y(event.row)), 0.0, 1.0)
        return group

    def shows(self, event: Given | Crashed | Restarted) -> bool:
        return self.sheet.shows(event.row) and self.sheet.has(event.node)

    def mark(self, group: Element, event: Given | Crashed | Restarted, kind: str, title: str) -> tuple[Element, Point]:
        """A group for what happened to a node, and its place on the lane."""
        part = SubElement(group, "g", {"class": kind, "data-row": str(event.row), "data-node": name(event.node)})
        SubElement(part, "title").text = f"{name(event.node)}: {title}"
        return part, (self.sheet.x(event.node), self.sheet.y(event.row))

    def given(self, group: Element, given: Given) -> None:
        self.canvas.signs.add(Sign.GIVEN)
        part, (x, y) = self.mark(group, given, "given", f"{name(given.input)}: {clean(given.text, LONGEST_TEXT + 100)}")
        ink.arrival(part, (x - DOT, y), OUTSIDE - 14.0)
        self.sheet.reach(x - OUTSIDE, x)
        self.canvas.dot(part, (x, y), "ink")
        self.canvas.label(f"{name(given.input)}: {brief(given.text, LONGEST_WORDS)}", "ink", (x, y), 9.0, 1.0)

    def notes(self, left: float) -> tuple[Element, float]:
        """A note below the lanes on what is not shown, and where the note ends."""
        group, y = ink.group("notes"), self.sheet.end + 8.0
        words = []
        if self.sheet.first > 0:
            words.append(rows_left_out(0, self.sheet.first - 1))
        if not self.sheet.reaches_end:
            words.append(rows_left_out(self.sheet.last + 1, self.account.rows - 1))
        if self.messages.left_out:
            words.append(f"{counted(self.messages.left_out, 'message')} more not drawn")
        if words:
            line = (
                f"{'; '.join(words)} (choose with first=, last=)" if self.messages.left_out == 0 else "; ".join(words)
            )
            y += 10.0
            ink.paint(ink.text(group, (left, y), line, NOTE_SIZE), fill="secondary")
            y += 10.0
        return group, y
