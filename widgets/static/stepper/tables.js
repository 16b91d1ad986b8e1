// Channel tabs and the table of the channel on top.

/** @import { Features } from "./features.js" */
/** @import { Items, Row, Segment } from "./rows.js" */
/** @import { Needs } from "./view.js" */

import { html, icon, iconButton, renew } from "../shared/dom.js";
import { compact } from "../shared/text.js";
import { SIGNS } from "./checked.js";
import { MARKS, badge, moveKey, rowCount, segments } from "./rows.js";
import { unrecorded } from "./words.js";

const PAGE_ROWS = 200;
const SEARCHED = 5000; // rows that a search reads
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
  const pages = html("span", { class: "hf-group" }, previous, following);
  const shown = html("span", { class: "shown" });
  const find = html("div", { class: "hf-find" }, search, shown, pages);
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
    const count = isChannel ? html("span", { class: "count" }, compact(badge(view, id).count)) : null;
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
    const total = rowCount(list);
    if (!total) {
      drawEmpty(emptyWords(graph.kind(id) === "handoff" ? "Nothing is held" : "Nothing passed"));
      drawCount({ visible: 0, count: 0, total, query });
      return;
    }
    const onPage = () => ({ rows: [...rows(list, page * PAGE_ROWS, PAGE_ROWS)], count: total, read: total });
    const found = query ? matches(list, query) : onPage();
    if (!query && page && !found.rows.length) {
      page = 0;
      drawTable();
      return;
    }
    const visible = query ? found.rows.slice(page * PAGE_ROWS, (page + 1) * PAGE_ROWS) : found.rows;
    drawRows(visible, isOperator, query);
    drawCount({ visible: visible.length, count: found.count, total, query, read: found.read });
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

  /**
   * @param {object} numbers
   * @param {number} numbers.visible rows on the page
   * @param {number} numbers.count rows that the search found, or all
   * @param {number} numbers.total
   * @param {string} numbers.query
   * @param {number} [numbers.read] rows that the search read
   */
  function drawCount({ visible, count, total, query, read = total }) {
    const number = (/** @type {number} */ value) => value.toLocaleString("en");
    const first = page * PAGE_ROWS;
    const all = query && read < total ? `the ${number(read)} that can be searched of ${number(total)}` : number(total);
    const which = count > PAGE_ROWS ? `${number(first)} to ${number(first + visible - 1)}` : number(visible);
    const isPart = query && count > PAGE_ROWS;
    shown.textContent = isPart ? `${which} of ${number(count)} found in ${all}` : `${which} of ${all} shown`;
    pages.hidden = count <= PAGE_ROWS;
    previous.disabled = page === 0;
    following.disabled = first + visible >= count;
  }

  /** @type {(list: Segment[], query: string) => { rows: Row[], count: number, read: number }} */
  function matches(list, query) {
    const wanted = query.toLowerCase();
    const found = [];
    let read = 0;
    for (const row of rows(list, 0, SEARCHED)) {
      const text = items.text(row.segment, row.item);
      if (text !== null) read += 1; // of what was not kept there is only the count
      if (text?.toLowerCase().includes(wanted)) found.push(row);
    }
    return { rows: found, count: found.length, read };
  }

  /** @type {(row: Row, place: number, isOperator: boolean, query: string) => HTMLElement} */
  function drawRow({ segment, item, index }, place, isOperator, query) {
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
    classes.push(...features.atRows.map((one) => one.classes({ segment, item, index })));
    const row = html("tr", { class: classes.filter(Boolean).join(" "), tabindex: place ? -1 : 0 },
      html("td", {}, String(index)),
      isOperator ? html("td", { class: "where" }, segment.where ?? "") : null,
      html("td", { class: "item" }, ...highlighted(words, query)),
      html("td", { class: "delta" }, html("b", {}, sign), when, ...atRow(text)));
    drawnRows.set(row, { segment, item, index, key, text });
    return row;
  }

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
      drawTable();
    }, () => {});
  }

  /** @type {(row: Element, by: number) => void} */
  function moveRow(row, by) {
    const next = by > 0 ? row.nextElementSibling : row.previousElementSibling;
    if (next instanceof HTMLElement) next.focus();
  }

  /** @type {(row: Element) => Drawn | null} */
  const rowAt = (row) => drawnRows.get(row) ?? null;

  return { element, draw, drawTable, toggle, moveRow, rowAt, search };
}

/** The rows [from, from + count) of a list of segments laid end to end.
 * @type {(list: Segment[], from: number, count: number) => Generator<Row>}
 */
function* rows(list, from, count) {
  let at = 0;
  for (const segment of list) {
    const length = segment.to - segment.from;
    for (let offset = Math.max(0, from - at); offset < length && at + offset < from + count; offset += 1) {
      yield { segment, item: segment.from + offset, index: at + offset };
    }
    at += length;
    if (at >= from + count) return;
  }
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
