// A run as lanes in time: ticks as boxes, messages as arrows between them. Only what is in sight is drawn.

/** @import { Actions, View } from "./view.js" */
/** @import { Given, Message, Tick } from "./run.js" */
/** @import { Line } from "./folds.js" */
/** @import { Listen } from "./controls.js" */

import { html, svg } from "../shared/dom.js";
import { unlessPressed } from "../shared/pressed.js";
import { causality } from "./causes.js";
import { foldWords, lineOf, linesOf } from "./folds.js";
import { makeLanes } from "./lanes.js";
import { BOX, LEFT, Places, ROW, bandsOf, gapOf, laneX } from "./places.js";
import { crashed, restarted } from "./run.js";

const MOST_FLYING = 8; // messages in flight that have a line of their own at the end
const AROUND = 12; // lines that are drawn beyond those in sight
const TIP = 7;
const MOST_ARROWS = 300;
const LOST_AT = 0.6; // of the way, where a lost message ends
const TINTS = 4;

/** @param {{ view: View, act: Actions, listen: Listen, isStill?: boolean }} needs */
export function makeChart({ view, act, listen, isStill = false }) {
  const lanes = makeLanes({ view, act, isStill });
  const picture = svg("svg", { class: "hf-net-picture", role: "group", "aria-label": "Run" });
  const element = html("div", { class: "hf-chart" }, lanes.element, picture);
  /** @type {Line[]} */
  let lines = [];
  let gap = 0;
  /** The messages that are in flight at the end, and their numbers.
   * @type {Map<Message, number>}
   */
  let flying = new Map();
  let isFollowing = true;
  let frame = 0;

  const run = () => (isStill && view.beside ? view.beside : view.run);
  const x = (/** @type {string} */ node) => laneX(run().lanes.findIndex((lane) => lane.node === node), gap);
  const has = (/** @type {string} */ node) => run().lanes.some((lane) => lane.node === node);
  const y = (/** @type {number} */ row) => (row < run().first ? 0 : lineOf(lines, row) * ROW + ROW / 2 + 4);

  function draw() {
    const width = element.clientWidth || 700;
    gap = gapOf(run().lanes.length, width - 16);
    lines = linesOf(run(), view.opened, view.parts === null ? new Set() : new Set([view.parts]));
    lanes.draw(gap);
    flying = new Map(run().flying().map((message, index) => [message, index]));
    const below = flying.size ? Math.min(MOST_FLYING, flying.size) + 1 : 0;
    const size = [LEFT + gap * run().lanes.length + 8, (lines.length + below) * ROW + 14];
    picture.setAttribute("width", String(size[0]));
    picture.setAttribute("height", String(size[1]));
    lanes.element.style.width = `${size[0]}px`;
    if (isFollowing) element.scrollTop = element.scrollHeight;
    drawSight();
  }

  // What is in sight, and a little around it.
  function drawSight() {
    const top = Math.max(0, Math.floor(element.scrollTop / ROW) - AROUND);
    const end = Math.ceil((element.scrollTop + (element.clientHeight || 600)) / ROW) + AROUND;
    const focused = picture.contains(document.activeElement)
      ? /** @type {HTMLElement} */ (document.activeElement).dataset.id : null;
    picture.replaceChildren(...layers(top, Math.min(end, lines.length - 1)));
    if (focused) find(focused)?.focus({ preventScroll: true });
    drawLight();
  }

  /** @type {(id: string) => SVGElement | undefined} */
  function find(id) {
    return [.../** @type {NodeListOf<SVGElement>} */ (picture.querySelectorAll("[data-id]"))]
      .find((one) => one.dataset.id === id);
  }

  /** @type {(top: number, end: number) => SVGElement[]} */
  function layers(top, end) {
    const seen = lines.slice(top, end + 1);
    const [from, to] = seen.length ? [seen[0].from, seen[seen.length - 1].to] : [0, -1];
    const isLast = end >= lines.length - 1;
    const places = new Places(LEFT + gap * run().lanes.length + 4);
    const boxes = svg("g", { class: "ticks" });
    const labels = svg("g", { class: "labels" });
    const marks = svg("g", { class: "marks" });
    const arrows = svg("g", { class: "messages" });
    /** @type {(id: string | null, row: number, words: string, at: number, off: number, after: boolean, kind: string)
     *   => void} */
    const label = (id, row, words, at, off, after, kind) => {
      const placed = places.label(lineOf(lines, row), words, at, off, after);
      if (placed) labels.append(text(id, placed.text, placed.x, y(row), placed.width, kind, words));
    };
    for (const line of seen) {
      if (line.from === line.to) continue;
      labels.append(fold(line));
    }
    for (let row = from; row <= to; row += 1) {
      const tick = run().ticks.get(row);
      if (!tick || !has(tick.node) || isFolded(row)) continue;
      places.take(lineOf(lines, row), x(tick.node) - BOX.width / 2, x(tick.node) + BOX.width / 2);
      boxes.append(box(tick));
      const [failed, words] = [tick.error || tick.aside, tick.error || tick.aside || tick.note];
      if (words) label(tick.id, row, words, x(tick.node), BOX.width / 2 + 6, true, failed ? "late" : "quiet");
    }
    const { near, passing } = inSight(from, to);
    const room = Math.max(0, MOST_ARROWS - near.length);
    for (const message of [...near, ...passing.slice(0, room)]) {
      const drawn = arrow(message, label, places);
      if (drawn) arrows.append(drawn);
    }
    if (passing.length > room) {
      const words = `${(passing.length - room).toLocaleString("en")} more messages pass here, not drawn`;
      labels.append(text(null, words, LEFT, element.scrollTop + 12, words.length * 6.4, "quiet", words));
    }
    for (const given of run().given) {
      if (given.row < from || given.row > to || !has(given.node)) continue;
      marks.append(arrival(given));
      label(given.id, given.row, `${given.input}: ${given.text}`, x(given.node), 9, true, "given");
    }
    for (const down of run().downs) {
      for (const [row, kind, words] of /** @type {[number | null, string, string][]} */ ([
        [down.from, "crash", crashed(down)],
        [down.to, "restart", restarted(down)],
      ])) {
        if (row === null || row < from || row > to) continue;
        // A node that went down within a tick is marked beside that.
        const isWithin = kind === "crash" && run().ticks.get(row)?.node === down.node;
        const at = x(down.node) + (isWithin ? BOX.width / 2 + 9 : 0);
        marks.append(nodeMark(kind, at, y(row), down.kept));
        label(null, row, words, at, 12, true, kind === "crash" ? "late" : "quiet");
      }
    }
    for (const { row, words } of run().remarks) {
      if (row >= from && row <= to) label(null, row, words, LEFT, 4, true, "quiet");
    }
    if (isLast) atEnd(labels);
    return [bands(from, to), numbers(seen), laneLines(), arrows, marks, boxes, labels, parting(from, to)];
  }

  /** The messages that begin or end in some rows, and those that are on their way there.
   * @type {(from: number, to: number) => { near: Message[], passing: Message[] }}
   */
  function inSight(from, to) {
    /** @type {Message[]} */
    const near = [];
    /** @type {Message[]} */
    const passing = [];
    for (const message of run().messages.values()) {
      const { begin, end } = message;
      if ((end !== null && end < from) || begin > to || (!has(message.from) && !has(message.to))) continue;
      (begin >= from || (end !== null && end <= to) ? near : passing).push(message);
    }
    return { near, passing };
  }

  /** @type {(row: number) => boolean} */
  function isFolded(row) {
    const line = lines[lineOf(lines, row)];
    return Boolean(line && line.from !== line.to);
  }

  /** A text on a ground of its own, so that no line goes through it.
   * @type {(id: string | null, words: string, left: number, middle: number, width: number, kind: string, whole: string)
   *   => SVGElement} */
  function text(id, words, left, middle, width, kind, whole) {
    const ground = svg("rect", { class: "plate", x: left - 2, y: middle - 8, width: width + 4, height: 16, rx: 2 });
    const line = svg("text", { x: left, y: middle + 3.8, textLength: null }, words);
    return svg("g", { class: `label ${kind}`, "data-id": id }, ground, line, svg("title", {}, whole));
  }

  /** @type {(line: Line) => SVGElement} */
  function fold(line) {
    const words = foldWords(run(), line);
    const middle = y(line.from);
    const wide = Math.min(words.length * 6.4, LEFT + gap * run().lanes.length - LEFT - 30);
    const ground = svg("rect", { class: "plate", x: LEFT, y: middle - 9, width: wide + 24, height: 18, rx: 9 });
    const told = svg("text", { x: LEFT + 10, y: middle + 3.8 }, `▸ ${words}`);
    const label = `${words}: show each`;
    return svg("g", { class: "fold", tabindex: 0, role: "button", "data-fold": line.from, "aria-label": label }, ground,
      told, svg("title", {}, label));
  }

  /** @type {(tick: Tick) => SVGElement} */
  function box(tick) {
    const [middle, centre] = [y(tick.row), x(tick.node)];
    const told = `${tick.node}, tick ${tick.tick}: ${tick.taken.length} in, ${tick.sent.length} out`
      + `${tick.aside ? `, ${tick.aside}` : ""}${tick.error ? `, failed: ${tick.error}` : ""}`;
    const { width, height } = BOX;
    return svg("g", {
      class: `tick${tick.error ? " failed" : tick.aside ? " aside" : ""}`,
      tabindex: isStill ? null : 0, role: "button", "data-id": tick.id,
      "data-node": tick.node, "data-tick": tick.tick, "aria-label": told,
    },
      svg("rect", { x: centre - width / 2, y: middle - height / 2, width, height, rx: 4 }),
      svg("text", { x: centre, y: middle + 3.8, "text-anchor": "middle" }, String(tick.tick)),
      svg("title", {}, `${told} (row ${tick.row}); click: its stepper, c: its causes`));
  }

  /** @type {(message: Message, label: (id: string | null, row: number, words: string, at: number, off: number,
   *   after: boolean, kind: string) => void, places: Places) => SVGElement | null} */
  function arrow(message, label, places) {
    const outside = 40;
    const x0 = has(message.from) ? x(message.from) : x(message.to) - outside;
    const x1 = has(message.to) ? x(message.to) : x0 + outside;
    const side = x1 >= x0 ? 1 : -1;
    const start = message.original && message.original.end !== message.begin ? middleOf(message.original, message.begin)
      : [x0, y(message.begin)];
    const isLost = message.fate === "lost";
    const toX = isLost ? start[0] + LOST_AT * (x1 - start[0]) : x1 - side * 4;
    const atOnce = message.end === message.begin ? ROW * 0.42 : 0;
    const toY = message.end === null ? endOf(message) : y(message.end) + atOnce;
    const bow = x0 === x1 ? 34 : 0;
    const d = bow ? `M${start[0]} ${start[1]}C${start[0] + bow} ${start[1]} ${toX + bow} ${toY} ${toX} ${toY}`
      : `M${start[0]} ${start[1]}L${toX} ${toY}`;
    const kinds = [message.original ? "copy" : "message", message.fate];
    const told = `message ${message.message} from ${message.from} to ${message.to}, ${FATES[message.fate]}`
      + `${message.reason ? ` (${message.reason})` : ""}: ${message.text}`;
    const drawn = svg("g", {
      class: kinds.join(" "), "data-id": message.id, "data-message": message.message, tabindex: isStill ? null : -1,
      role: "button", "aria-label": told,
    },
      svg("path", { class: "reach", d }), svg("path", { class: "way", d }), svg("title", {}, told));
    if (isLost) drawn.append(cross(toX, toY));
    else if (message.fate === "delivered") drawn.append(tip(start, [toX, toY], bow));
    for (const row of message.holds) {
      const [hx, hy] = middleOf(message, row);
      drawn.append(svg("path", { class: "hold", d: `M${hx - 5} ${hy}l5 -5l5 5l-5 5z` }));
    }
    if (message.end !== null && !isFolded(message.end)) {
      const words = `${message.original ? "copy: " : ""}${isLost ? "lost: " : ""}${message.text}`
        + `${message.reason ? ` (${message.reason})` : ""}`;
      const tick = run().ticks.get(message.end);
      const off = tick && tick.node === message.to ? BOX.width / 2 + 5 : 9;
      if (isLost) places.take(lineOf(lines, message.end), toX - 5, toX + 5);
      label(message.id, message.end, words, isLost ? toX : x1, off, side > 0, isLost ? "late" : "words");
      if (!has(message.to)) drawn.append(svg("circle", { class: "outside", cx: toX, cy: toY, r: 3 }));
      else if (!isLost) drawn.append(svg("circle", { class: "dot", cx: x1, cy: toY, r: 3 }));
    }
    return drawn;
  }

  /** The point of a message's way at the height of a row.
   * @type {(message: Message, row: number) => [number, number]}
   */
  function middleOf(message, row) {
    const x0 = has(message.from) ? x(message.from) : x(message.to) - 40;
    const x1 = has(message.to) ? x(message.to) : x0 + 40;
    const [y0, y1] = [y(message.begin), message.end === null ? endOf(message) : y(message.end)];
    const share = y1 > y0 ? Math.min(1, Math.max(0, (y(row) - y0) / (y1 - y0))) : 0;
    return [x0 + share * (x1 - x0), y(row)];
  }

  /** The height at which a message in flight ends.
   * @type {(message: Message) => number}
   */
  function endOf(message) {
    const index = Math.min(MOST_FLYING, flying.get(message) ?? 0);
    return (lines.length + index + 0.8) * ROW;
  }

  /** The words of what is in flight at the end.
   * @type {(labels: SVGElement) => void}
   */
  function atEnd(labels) {
    const width = LEFT + gap * run().lanes.length + 4;
    [...flying.keys()].slice(0, MOST_FLYING).forEach((message) => {
      const at = has(message.to) ? x(message.to) : x(message.from);
      const places = new Places(width);
      const placed = places.label(0, message.text, at, 9, at >= (has(message.from) ? x(message.from) : 0));
      if (placed) {
        labels.append(text(message.id, placed.text, placed.x, endOf(message), placed.width, "quiet", message.text));
      }
    });
    const more = flying.size - MOST_FLYING;
    if (more <= 0) return;
    const y1 = (lines.length + MOST_FLYING + 0.8) * ROW;
    const words = `and ${more.toLocaleString("en")} more in flight`;
    labels.append(text(null, words, LEFT, y1, words.length * 6.4, "quiet", words));
  }

  /** @type {(given: Given) => SVGElement} */
  function arrival(given) {
    const [at, middle] = [x(given.node), y(given.row)];
    return svg("g", { class: "given", "data-id": given.id },
      svg("rect", { x: at - 30, y: middle - 4, width: 8, height: 8, rx: 2 }),
      svg("path", { class: "way", d: `M${at - 22} ${middle}L${at - 4 - TIP} ${middle}` }),
      tip([at - 22, middle], [at - 4, middle], 0),
      svg("title", {}, `${given.input} of ${given.node} from outside: ${given.text}`));
  }

  function laneLines() {
    const group = svg("g", { class: "lanes" });
    const bottom = Number(picture.getAttribute("height")) - 6;
    for (const lane of run().lanes) {
      const at = x(lane.node);
      const joined = run().joins.get(lane.node);
      let begin = lane.late ? (joined === undefined ? bottom : y(joined)) : 0;
      for (const down of run().downs.filter((one) => one.node === lane.node)) {
        group.append(svg("path", { class: "up", d: `M${at} ${begin}V${y(down.from)}` }));
        begin = down.to === null ? bottom : y(down.to);
        group.append(svg("path", { class: "down", d: `M${at} ${y(down.from)}V${begin}` }));
      }
      if (begin < bottom) group.append(svg("path", { class: "up", d: `M${at} ${begin}V${bottom}` }));
    }
    return group;
  }

  /** @type {(from: number, to: number) => SVGElement} */
  function bands(from, to) {
    const group = svg("g", { class: "bands" });
    const names = run().lanes.map((lane) => lane.node);
    const bottom = Number(picture.getAttribute("height")) - 4;
    for (const split of run().splits) {
      if (split.from > to || (split.to !== null && split.to < from)) continue;
      const top = y(split.from) - ROW / 2;
      const end = split.to === null ? bottom : y(split.to) - ROW / 2;
      for (const band of bandsOf(names, split.groups)) {
        const left = laneX(band.from, gap) - gap / 2 + 4;
        const width = (band.to - band.from + 1) * gap - 8;
        group.append(svg("rect", {
          class: `band tint-${band.group % TINTS}`, x: left, y: top, width, height: Math.max(2, end - top), rx: 6,
        }));
      }
    }
    return group;
  }

  /** @type {(seen: Line[]) => SVGElement} */
  function numbers(seen) {
    const one = (/** @type {number} */ row) => (row < 0 ? "start" : String(row));
    const words = (/** @type {Line} */ { from, to }) => (from === to ? one(from) : `${one(from)}–${to}`);
    return svg("g", { class: "rows" }, ...seen.map((line) =>
      svg("text", { x: LEFT - 8, y: y(line.from) + 3.4, "text-anchor": "end" }, words(line))));
  }

  /** The line from which on two runs differ.
   * @type {(from: number, to: number) => SVGElement}
   */
  function parting(from, to) {
    const group = svg("g", { class: "parting" });
    const row = view.parts;
    if (row === null || !view.beside || row < from || row > to + 1) return group;
    const at = row >= run().rows ? lines.length * ROW + 4 : y(row) - ROW / 2;
    const width = LEFT + gap * run().lanes.length;
    const words = "from here on the two runs differ";
    group.append(svg("path", { d: `M${LEFT} ${at}H${width}` }),
      text(null, words, LEFT + 4, at, words.length * 6.4, "parts", words));
    return group;
  }

  // Past and future of what is pointed at stand out, or else what had a part in the item whose reasons are shown; the
  // rest fades.
  function drawLight() {
    const id = view.lit ?? view.hot;
    const none = { past: new Set(), future: new Set() };
    const explained = { ...none, past: view.why ?? none.past };
    const { past, future } = isStill ? none : id !== null ? causality(run(), id) : explained;
    const isLit = past.size > 0;
    picture.classList.toggle("lights", isLit);
    for (const one of /** @type {NodeListOf<SVGElement>} */ (picture.querySelectorAll("[data-id]"))) {
      const own = one.dataset.id ?? "";
      one.classList.toggle("past", isLit && past.has(own) && own !== id);
      one.classList.toggle("future", isLit && future.has(own) && own !== id);
      one.classList.toggle("point", isLit && own === id);
      one.classList.toggle("shown", own === view.shown);
    }
  }

  const drawSightUnlessPressed = unlessPressed(picture, drawSight);
  const idAt = (/** @type {any} */ event) => event.target.closest?.("[data-id]")?.dataset.id ?? null;
  listen(element, "scroll", () => {
    isFollowing = element.scrollTop + element.clientHeight >= element.scrollHeight - ROW;
    cancelAnimationFrame(frame);
    frame = requestAnimationFrame(() => drawSightUnlessPressed());
  });
  listen(picture, "click", (event) => {
    const folded = event.target.closest?.("[data-fold]");
    if (folded) act.unfold(Number(folded.dataset.fold));
    else if (!isStill && idAt(event)) act.open(idAt(event));
    else act.light(null);
  });
  if (!isStill) {
    listen(picture, "pointerover", (event) => act.hover(idAt(event)));
    listen(picture, "pointerleave", () => act.hover(null));
    listen(picture, "focusin", (event) => act.hover(idAt(event)));
    listen(picture, "focusout", () => act.hover(null));
  }
  listen(picture, "keydown", (event) => {
    const folded = event.target.closest?.("[data-fold]");
    const step = { ArrowDown: 1, ArrowUp: -1 }[/** @type {"ArrowDown" | "ArrowUp"} */ (event.key)];
    if (step) moveFocus(event.target, step);
    else if (event.key === "Enter" || event.key === " ") {
      if (folded) act.unfold(Number(folded.dataset.fold));
      else if (idAt(event)) act.open(idAt(event));
    } else return;
    event.preventDefault();
    event.stopPropagation();
  });

  /** @type {(from: Element, step: number) => void} */
  function moveFocus(from, step) {
    const all = [.../** @type {NodeListOf<SVGElement>} */ (picture.querySelectorAll("[tabindex]"))];
    const next = all[all.indexOf(/** @type {SVGElement} */ (from)) + step];
    next?.focus();
    next?.scrollIntoView({ block: "nearest" });
  }

  return {
    element,
    draw: unlessPressed(picture, draw),
    drawLight,
    /** Bring a row into sight.
     * @type {(row: number) => void}
     */
    reveal(row) {
      const middle = y(row);
      const { scrollTop, clientHeight } = element;
      if (middle < scrollTop + ROW || middle > scrollTop + clientHeight - 3 * ROW) {
        element.scrollTop = Math.max(0, middle - clientHeight / 2);
        isFollowing = false;
      }
      drawSightUnlessPressed();
    },
  };
}

const FATES = { flying: "in flight", delivered: "delivered", lost: "lost" };

/** @type {(from: number[], to: number[], bow: number) => SVGElement} */
function tip(from, to, bow) {
  const angle = bow ? Math.PI : Math.atan2(to[1] - from[1], to[0] - from[0]);
  const at = (/** @type {number} */ turn, /** @type {number} */ length) =>
    `${(to[0] - length * Math.cos(angle + turn)).toFixed(1)} ${(to[1] - length * Math.sin(angle + turn)).toFixed(1)}`;
  return svg("path", { class: "tip", d: `M${to[0]} ${to[1]}L${at(0.42, TIP)}L${at(-0.42, TIP)}z` });
}

/** @type {(x: number, y: number) => SVGElement} */
function cross(x, y) {
  return svg("path", { class: "cross", d: `M${x - 4.5} ${y - 4.5}l9 9m0 -9l-9 9` });
}

/** @type {(kind: string, x: number, y: number, kept: boolean) => SVGElement} */
function nodeMark(kind, x, y, kept) {
  const group = svg("g", { class: kind }, svg("circle", { cx: x, cy: y, r: 7 }));
  if (kind === "crash") group.append(cross(x, y));
  else if (kept) group.append(svg("circle", { class: "full", cx: x, cy: y, r: 3.2 }));
  return group;
}
