// Channel tabs and the table of the channel on top.

/** @import { Features } from "./features.js" */
/** @import { Items } from "./items.js" */
/** @import { Piece, Row, Segment } from "./rows.js" */
/** @import { Needs } from "./view.js" */

import { html, icon, iconButton, renew } from "../shared/dom.js";
import { unlessPressed } from "../shared/pressed.js";
import { countText, plural } from "../shared/text.js";
import { SIGNS } from "./checked.js";
import { MARKS, badge, lineCount, moveKey, pieces, rowCount, rowsOf, segments } from "./rows.js";
import { TableSearch } from "./tablesearch.js";
import { unrecorded } from "./words.js";

const PAGE_ROWS = 200;
const UNFOLDED = 50; // rows whose whole text is shown

/** @typedef {Row & { key: string, text: string | null | undefined }} Drawn what a row on the page stands for */

/** @param {Needs & { items: Items, features: Features, uid: string }} needs */
export function makeTables({ view, act, listen, items, features, uid }) {
  const { graph } = view;
  const tabs = html("div", { class: "hf-tablist", role: "tablist", "aria-label": "Channels" });
  const hint = "Pin: keep this table open; it follows the steps";
  const pin = iconButton("pin", "Pin", hint, { "aria-pressed": "false" });
  const name = html("span", { class: "name" });
  const level = html("b", { class: "hf-level", hidden: true });
  const kind = html("small", {});
  const sentence = html("small", { class: "sentence", hidden: true });
  const causes = html("small", { class: "sentence" });
  const named = html("span", { class: "named" }, name, level);
  const title = html("div", { class: "title" }, named, kind, sentence, causes);
  const head = html("div", { class: "hf-panelhead" }, title, pin);
  const scroll = html("div", { class: "hf-scroll", role: "group", "aria-label": "Rows" });
  const search = html("input", {
    type: "search",
    "aria-label": "Search items",
    placeholder: "search items",
    spellcheck: "false",
  });
  const previous = iconButton("previous", "Previous rows", `The ${PAGE_ROWS} rows before`);
  const following = iconButton("following", "Next rows", `The next ${PAGE_ROWS} rows`);
  const turning = html("span", { class: "hf-group" }, previous, following);
  const shown = html("span", { class: "shown" });
  const find = html("div", { class: "hf-find" }, search, shown, turning);
  const panel = html("div", { class: "hf-panel", role: "tabpanel", id: `${uid}-panel` }, head, scroll, find);
  const element = html("div", { class: "hf-tables" }, tabs, panel);
  /** @type {Map<string | null, string>} */
  const queries = new Map();
  /** The whole texts of rows, while they are shown.
   * @type {Map<string, string>}
   */
  const unfolded = new Map();
  /** @type {WeakMap<Element, Drawn>} */
  const drawnRows = new WeakMap();
  const finder = new TableSearch(items, () => drawTableUnlessPressed());
  let page = 0;
  /** @type {string | null} */
  let drawnId = null;

  listen(pin, "click", () => act.pin());
  listen(search, "input", () => {
    queries.set(view.tabs.active, search.value);
    page = 0;
    drawTable();
  });
  listen(previous, "click", () => turn(-1));
  listen(following, "click", () => turn(1));
  listen(tabs, "click", (event) => {
    const tab = event.target.closest("[role=tab]");
    if (event.target.closest(".close")) act.closeTab(tab.dataset.id);
    else if (tab) act.openTab(tab.dataset.id);
  });
  listen(tabs, "keydown", (event) => {
    const id = event.target.dataset?.id;
    if (!id || event.ctrlKey || event.metaKey || event.altKey) return;
    const step = { ArrowRight: 1, ArrowLeft: -1 }[/** @type {string} */ (event.key)];
    const { open } = view.tabs;
    const beside = step ? open[open.indexOf(id) + step] : undefined;
    if (beside) act.openTab(beside);
    else if (event.key === "Delete") act.closeTab(id);
    else if (!step) return;
    focusTab();
    event.preventDefault();
    event.stopPropagation();
  });
  listen(scroll, "click", (event) => {
    const row = event.target.closest("tbody tr");
    const button = event.target.closest("button.hf-atrow");
    const drawn = row && drawnRows.get(row);
    if (button && drawn) features.atRows[button.dataset.place].press(drawn);
    else if (row && !String(window.getSelection())) toggle(row);
  });

  /** @type {(options?: FocusOptions) => void} */
  function focusTab(options) {
    /** @type {HTMLElement | null} */
    const tab = tabs.querySelector("[aria-selected=true]");
    tab?.focus(options);
  }

  /** @type {(by: number) => void} */
  function turn(by) {
    page += by;
    scroll.scrollTop = 0;
    drawTable();
  }

  function draw() {
    drawTabs();
    drawTable();
  }

  function drawTabs() {
    const isFocused = tabs.contains(document.activeElement);
    if (renew(tabs, ...view.tabs.open.map(drawTab)) && isFocused) focusTab({ preventScroll: true });
  }

  /** @type {(id: string) => HTMLElement} */
  function drawTab(id) {
    const isCurrent = id === view.tabs.active;
    const label = labelOf(id);
    const attributes = {
      type: "button",
      role: "tab",
      class: `hf-tab${view.tabs.isPinned(id) ? "" : " preview"}`,
      "data-id": id,
      "aria-label": label,
      "aria-selected": String(isCurrent),
      "aria-controls": `${uid}-panel`,
      tabindex: isCurrent ? 0 : -1,
    };
    const isChannel = graph.hasItems(id) && graph.kind(id) !== "operator";
    const { count: moved, carried } = badge(view, id);
    const count = isChannel ? html("span", { class: "count" }, countText(moved, carried)) : null;
    const isFixed = !view.tabs.canClose(id);
    const close = isFixed ? null : html("span", { class: "close", title: "Close (Delete)" }, icon("close"));
    return html("button", attributes, label, count, close);
  }

  /** @type {(id: string) => string} */
  function labelOf(id) {
    const added = features.tab(id);
    return added ? added.tab.label(added.thing) : graph.label(id);
  }

  function drawTable() {
    const id = view.tabs.active;
    const added = features.tab(id);
    head.hidden = find.hidden = !id || added !== null;
    if (added) {
      panel.setAttribute("aria-label", added.tab.label(added.thing));
      if (!scroll.contains(added.tab.element)) scroll.replaceChildren(added.tab.element);
      added.tab.draw(added.thing);
      drawnId = id;
      return;
    }
    if (!id) {
      panel.setAttribute("aria-label", "no channel");
      drawEmpty("Click an edge, a handoff or an operator to see its items.");
      return;
    }
    if (drawnId !== id) {
      page = 0;
      drawnId = id;
    }
    drawHead(id);
    const isOperator = graph.kind(id) === "operator";
    const query = queries.get(id) ?? "";
    if (search.value !== query) search.value = query;
    const input = isOperator && view.isNewest ? graph.inputOf(id) : null;
    const list = segments(view, id, input === null ? null : view.state?.waiting[input]);
    const parts = pieces(list, view.history, items.kernel !== null);
    const [total, isSought] = [rowCount(list), query !== ""];
    if (!total || !isSought) finder.stop();
    if (!total) {
      drawEmpty(emptyWords(graph.kind(id) === "handoff" ? "Nothing is held" : "Nothing passed"));
      drawCount([], { count: 0, total, missing: 0, isSought });
      return;
    }
    if (isSought) finder.begin(searchKey(id, parts, query), parts, query);
    const count = isSought ? finder.rows.length : lineCount(parts);
    if (page && page * PAGE_ROWS >= count && (finder.isDone || !isSought)) page = 0;
    const from = page * PAGE_ROWS;
    const visible = isSought ? finder.rows.slice(from, from + PAGE_ROWS) : rowsOf(parts, from, PAGE_ROWS);
    drawRows(visible, isOperator, query);
    const missing = parts.reduce((sum, part) => sum + (part.isKept ? 0 : part.to - part.from), 0);
    drawCount(visible, { count, total, missing, isSought });
  }

  /** @type {(id: string) => void} */
  function drawHead(id) {
    panel.setAttribute("aria-label", graph.label(id));
    name.textContent = graph.kind(id) === "operator" ? graph.ops[id].text : graph.label(id);
    name.title = name.textContent;
    kind.textContent = graph.describe(id);
    drawLevel(id);
    pin.setAttribute("aria-pressed", String(view.tabs.isPinned(id)));
  }

  /** What the check says of the channel or output: its level, that in a sentence, and what the causes do.
   * @type {(id: string) => void}
   */
  function drawLevel(id) {
    const known = view.checked?.of(id) ?? null;
    level.hidden = sentence.hidden = !known;
    level.textContent = view.checked?.level(id) ?? "";
    level.title = sentence.textContent = known?.sentence ?? "";
    causes.textContent = view.checked?.why(id) ?? "";
    causes.hidden = !causes.textContent;
    level.classList.toggle("doubted", Boolean(known && known.level in SIGNS));
  }

  /** @type {(words: string) => void} */
  function drawEmpty(words) {
    renew(scroll, html("p", { class: "hf-empty" }, words));
  }

  /** @type {(nothing: string) => string} */
  function emptyWords(nothing) {
    const { history, cursor, state } = view;
    if (unrecorded(history, state)) return "What ran so far was not recorded.";
    if (cursor.tick === null) return "Nothing has run yet.";
    if (!history.record(cursor.tick)) return `Reading tick ${cursor.tick} …`;
    return `${nothing} at this point of tick ${cursor.tick}.`;
  }

  /** @type {(visible: Row[], isOperator: boolean, query: string) => void} */
  function drawRows(visible, isOperator, query) {
    const focused = focusedRow();
    const body = html("tbody", {}, ...visible.map((row, place) => drawRow(row, place, isOperator, query)));
    const heads = isOperator ? ["#", "where", "item", "since last step"] : ["#", "item", "since last step"];
    const cells = heads.map((text) => html("th", { scope: "col" }, text));
    const old = scroll.querySelector("tbody");
    const isNew = renew(scroll, html("table", { class: isOperator ? "wide" : "" },
      html("thead", {}, html("tr", {}, ...cells)), body));
    if (!isNew) {
      // Rows that look alike may be of another step.
      [...body.rows].forEach((row, at) => {
        const what = drawnRows.get(row);
        if (what && old) drawnRows.set(old.rows[at], what);
      });
      return;
    }
    if (focused !== null) body.rows[Math.min(focused, visible.length - 1)]?.focus({ preventScroll: true });
  }

  function focusedRow() {
    const at = document.activeElement;
    const row = at && scroll.contains(at) ? at.closest("tr") : null;
    return row ? row.sectionRowIndex : null;
  }

  /** `count` are the rows of all pages, `total` the items of the table, `missing` those that were not kept.
   * @type {(visible: Row[], numbers: { count: number, total: number, missing: number, isSought: boolean }) => void}
   */
  function drawCount(visible, { count, total, missing, isSought }) {
    const number = (/** @type {number} */ value) => value.toLocaleString("en");
    const [first, { read, isDone }] = [page * PAGE_ROWS, finder];
    const last = visible[visible.length - 1];
    const isPart = count > PAGE_ROWS;
    const range = isSought ? [first + 1, first + visible.length]
      : [visible[0]?.index ?? 0, last ? last.index + Math.max(1, last.missing) - 1 : 0];
    const seen = visible.filter((row) => !row.missing).length;
    const which = isPart ? `${number(range[0])} to ${number(range[1])}` : number(isSought ? count : seen);
    const lost = isSought && isDone ? total - read : missing;
    const left = lost ? `; ${number(lost)} not kept` : "";
    const found = isPart ? `${which} of ${number(count)}` : which;
    const searched = isDone ? plural(read, "item") : `${number(read)} of ${plural(total - missing, "item")}`;
    shown.textContent = (isSought ? `${found} found ${isDone ? "" : "so far "}in ${searched}`
      : `${which} of ${number(total)} shown`) + left;
    turning.hidden = !isPart;
    previous.disabled = page === 0;
    following.disabled = first + visible.length >= count;
  }

  /** @type {(row: Row, place: number, isOperator: boolean, query: string) => HTMLElement} */
  function drawRow({ segment, item, index, missing }, place, isOperator, query) {
    if (missing) return drawGap(missing, isOperator);
    const text = items.text(segment, item);
    const key = rowKey(segment, item);
    const whole = unfolded.get(key);
    const words = text === undefined ? "…" : text === null ? "not kept" : whole ?? text;
    const [sign] = MARKS[segment.mark];
    const said = segment.mark === "old" && segment.iteration ? "" : segment.words;
    const when = [said, segment.iteration].filter(Boolean).join(", ");
    const isMeant = "edge" in segment && view.isLedTo(segment.tick, segment.edge, item);
    const open = whole === undefined ? "" : "open";
    const classes = [segment.mark, open, text === null ? "lost" : "", isMeant ? "meant" : ""];
    classes.push(...features.atRows.map((one) => one.classes({ segment, item, index, missing })));
    const row = html("tr", { class: classes.filter(Boolean).join(" "), tabindex: place ? -1 : 0 },
      html("td", {}, String(index)),
      isOperator ? html("td", { class: "where" }, segment.where ?? "") : null,
      html("td", { class: "item" }, ...highlighted(words, query)),
      html("td", { class: "delta" }, html("b", {}, sign), when, ...atRow(text)));
    drawnRows.set(row, { segment, item, index, missing, key, text });
    return row;
  }

  /** One row for all items that were not kept between two that were.
   * @type {(missing: number, isOperator: boolean) => HTMLElement}
   */
  const drawGap = (missing, isOperator) => html("tr", { class: "gap", tabindex: -1 },
    html("td", { colspan: isOperator ? 4 : 3 }, `… ${plural(missing, "item")} not kept …`));

  /** The buttons of features at a row; none where the item was not kept. With the keyboard a key does the same.
   * @type {(text: string | null | undefined) => HTMLElement[]}
   */
  const atRow = (text) => (text === null ? [] : features.atRows.map(({ text, title }, place) =>
    html("button", { type: "button", class: "hf-atrow", tabindex: -1, "data-place": place, title }, text)));

  /** Unfold a row, or fold it.
   * @type {(row: HTMLTableRowElement) => void}
   */
  function toggle(row) {
    const what = drawnRows.get(row);
    if (!what || what.text === null || what.text === undefined) return;
    if (unfolded.has(what.key)) unfolded.delete(what.key);
    else unfold(what, what.text);
    const place = row.sectionRowIndex;
    const isFocused = document.activeElement === row;
    drawTable();
    /** @type {NodeListOf<HTMLElement>} */
    const now = scroll.querySelectorAll("tbody tr");
    if (isFocused) now[place]?.focus({ preventScroll: true });
  }

  /** @type {(what: Drawn, text: string) => void} */
  function unfold({ segment, item, key }, text) {
    unfolded.set(key, text);
    const oldest = unfolded.keys().next();
    if (unfolded.size > UNFOLDED && !oldest.done) unfolded.delete(oldest.value);
    if (!text.includes("…") || segment.items) return;
    items.whole(segment, item).then((whole) => {
      if (unfolded.has(key)) unfolded.set(key, whole);
      drawTableUnlessPressed();
    }, () => {});
  }

  /** @type {(row: Element, by: number) => void} */
  function moveRow(row, by) {
    const next = by > 0 ? row.nextElementSibling : row.previousElementSibling;
    if (next instanceof HTMLElement) next.focus();
  }

  /** @type {(row: Element) => Drawn | null} */
  const rowAt = (row) => drawnRows.get(row) ?? null;

  const drawTableUnlessPressed = unlessPressed(scroll, drawTable);

  return {
    element,
    draw: unlessPressed(element, draw),
    drawTable: drawTableUnlessPressed,
    toggle,
    moveRow,
    rowAt,
    search,
  };
}

/** What tells a search from others: where, in what, and for what.
 * @type {(id: string, list: Piece[], query: string) => string}
 */
function searchKey(id, list, query) {
  const places = list.map((one) => `${rowKey(one.segment, one.from)}-${one.to}${one.segment.mark}`);
  return [id, query, ...places].join(" ");
}

/** @type {(segment: Segment, item: number) => string} */
function rowKey(segment, item) {
  return segment.items ? `waiting/${item}` : `${moveKey(segment)}/${item}`;
}

/** @type {(text: string, query: string) => (string | Node)[]} */
function highlighted(text, query) {
  if (!query) return [text];
  const at = text.toLowerCase().indexOf(query.toLowerCase());
  if (at < 0) return [text];
  return [text.slice(0, at), html("mark", {}, text.slice(at, at + query.length)), text.slice(at + query.length)];
}
