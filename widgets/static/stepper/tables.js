// Channel tabs and the table of the channel on top.

import { html, icon, iconButton } from "../shared/dom.js";
import { compact } from "../shared/text.js";
import { badge, rowCount, segments } from "./rows.js";
import { unrecorded } from "./words.js";

const PAGE = 200;
const SEARCHED = 5000; // rows that a search reads

export function makeTables(view) {
  const { graph, uid } = view;
  const tabs = html("div", { class: "hf-tablist", role: "tablist", "aria-label": "Channels" });
  const pin = iconButton("pin", "Pin", "Pin: keep this table open; it follows the steps", { "aria-pressed": "false" });
  const name = html("span", {});
  const kind = html("small", {});
  const title = html("div", { class: "title" }, name, kind);
  const head = html("div", { class: "hf-panelhead" }, title, pin);
  const scroll = html("div", { class: "hf-scroll" });
  const search = html("input", { type: "search", "aria-label": "Search items", placeholder: "search items", spellcheck: "false" });
  const previous = iconButton("previous", "Previous rows", `The ${PAGE} rows before`);
  const following = iconButton("following", "Next rows", `The next ${PAGE} rows`);
  const shown = html("span", { class: "shown" });
  const find = html("div", { class: "hf-find" }, search, shown, html("span", { class: "hf-group" }, previous, following));
  const panel = html("div", { class: "hf-panel", role: "tabpanel", id: `${uid}-panel` }, head, scroll, find);
  const element = html("div", { class: "hf-tables" }, tabs, panel);
  const queries = new Map();
  const unfolded = new Map(); // row -> its whole text, while it is shown
  let page = 0;
  let drawn = null;

  view.listen(pin, "click", () => view.act.pin());
  view.listen(search, "input", () => {
    queries.set(view.active, search.value);
    page = 0;
    drawTable();
  });
  view.listen(previous, "click", () => turn(-1));
  view.listen(following, "click", () => turn(1));
  view.listen(tabs, "click", (event) => {
    const tab = event.target.closest("[role=tab]");
    if (event.target.closest(".close")) view.act.closeTab(tab.dataset.id);
    else if (tab) view.act.openTab(tab.dataset.id);
  });
  view.listen(tabs, "keydown", (event) => {
    const id = event.target.dataset?.id;
    if (!id || event.ctrlKey || event.metaKey || event.altKey) return;
    const step = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
    const open = view.openTabs();
    if (step && open[open.indexOf(id) + step]) view.act.openTab(open[open.indexOf(id) + step]);
    else if (event.key === "Delete") view.act.closeTab(id);
    else if (!step) return;
    tabs.querySelector("[aria-selected=true]")?.focus();
    event.preventDefault();
    event.stopPropagation();
  });
  view.listen(scroll, "click", (event) => {
    const row = event.target.closest("tbody tr");
    if (row && !String(window.getSelection())) toggle(row);
  });

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
    const focused = tabs.contains(document.activeElement);
    const open = view.openTabs();
    tabs.replaceChildren(...open.map((id) => {
      const current = id === view.active;
      const count = graph.kind(id) === "operator" ? null : badge(graph, view.history, view.cursor, view.grain, id).count;
      const close = html("span", { class: "close", title: "Close (Delete)" }, icon("close"));
      return html("button", {
        type: "button", role: "tab", class: `hf-tab${view.pinned.includes(id) ? "" : " preview"}`, "data-id": id, "aria-label": graph.label(id),
        "aria-selected": String(current), "aria-controls": `${uid}-panel`, tabindex: current ? 0 : -1,
      }, graph.label(id), count === null ? null : html("span", { class: "count" }, compact(count)), close);
    }));
    if (focused) tabs.querySelector("[aria-selected=true]")?.focus({ preventScroll: true });
  }

  function drawTable() {
    const id = view.active;
    head.hidden = find.hidden = !id;
    if (!id) {
      panel.setAttribute("aria-label", "no channel");
      scroll.replaceChildren(html("p", { class: "hf-empty" }, "Click an edge, a handoff or an operator to see its items."));
      return;
    }
    if (drawn !== id) {
      page = 0;
      drawn = id;
    }
    const operator = graph.kind(id) === "operator";
    panel.setAttribute("aria-label", graph.label(id));
    name.textContent = operator ? graph.ops[id].text : graph.label(id);
    title.title = name.textContent;
    kind.textContent = graph.describe(id);
    pin.setAttribute("aria-pressed", String(view.pinned.includes(id)));
    const query = queries.get(id) ?? "";
    if (search.value !== query) search.value = query;

    const input = operator && view.atNewest() ? view.state?.waiting[graph.inputOf(id)] : null;
    const list = segments(graph, view.history, view.cursor, view.grain, id, input);
    const total = rowCount(list);
    if (!total) {
      const nothing = graph.kind(id) === "handoff" ? "Nothing is held" : "Nothing passed";
      scroll.replaceChildren(html("p", { class: "hf-empty" }, empty(nothing)));
      drawCount(0, 0, total, query);
      return;
    }
    const found = query ? matches(list, query) : { rows: [...rows(list, page * PAGE, PAGE)], count: total, read: total };
    if (!query && page && !found.rows.length) {
      page = 0;
      drawTable();
      return;
    }
    const visible = query ? found.rows.slice(page * PAGE, (page + 1) * PAGE) : found.rows;
    const focused = scroll.contains(document.activeElement) ? document.activeElement.closest("tr")?.sectionRowIndex ?? null : null;
    const body = html("tbody", {}, ...visible.map((one, index) => drawRow(one, index, operator, query)));
    const heads = ["#", operator ? "where" : null, "item", "since last step"].filter(Boolean);
    scroll.replaceChildren(html("table", { class: operator ? "wide" : "" }, html("thead", {}, html("tr", {}, ...heads.map((text) => html("th", { scope: "col" }, text)))), body));
    if (focused !== null) body.children[Math.min(focused, visible.length - 1)]?.focus({ preventScroll: true });
    drawCount(visible.length, found.count, total, query, found.read);
  }

  function empty(nothing) {
    const { history, cursor, state } = view;
    if (unrecorded(history, state)) return "What ran so far was not recorded.";
    if (cursor.tick === null) return "Nothing has run yet.";
    if (!history.record(cursor.tick)) return `Reading tick ${cursor.tick} …`;
    return `${nothing} at this point of tick ${cursor.tick}.`;
  }

  function drawCount(visible, count, total, query, read = total) {
    const number = (value) => value.toLocaleString("en");
    const first = page * PAGE;
    const of = query && read < total ? `the ${number(read)} that can be searched of ${number(total)}` : number(total);
    const which = count > PAGE ? `${number(first)} to ${number(first + visible - 1)}` : number(visible);
    shown.textContent = query && count > PAGE ? `${which} of ${number(count)} found in ${of}` : `${which} of ${of} shown`;
    previous.parentElement.hidden = count <= PAGE;
    previous.disabled = page === 0;
    following.disabled = first + visible >= count;
  }

  function* rows(list, from, count) {
    let at = 0;
    for (const one of list) {
      const length = one.to - one.from;
      for (let offset = Math.max(0, from - at); offset < length && at + offset < from + count; offset += 1) {
        yield { segment: one, item: one.from + offset, index: at + offset };
      }
      at += length;
      if (at >= from + count) return;
    }
  }

  function matches(list, query) {
    const wanted = query.toLowerCase();
    const found = [];
    let read = 0;
    for (const one of rows(list, 0, SEARCHED)) {
      const text = view.items.text(one.segment, one.item);
      if (text !== null) read += 1; // of what was not kept there is only the count
      if (text?.toLowerCase().includes(wanted)) found.push(one);
    }
    return { rows: found, count: found.length, read };
  }

  function drawRow({ segment, item, index }, place, operator, query) {
    const text = view.items.text(segment, item);
    const key = rowKey(segment, item);
    const whole = unfolded.get(key);
    const words = text === undefined ? "…" : text === null ? "not kept" : whole ?? text;
    const sign = { add: "+", sub: "−", thru: "±" }[segment.mark] ?? "";
    const when = [segment.mark === "old" && segment.iteration ? "" : segment.words, segment.iteration].filter(Boolean).join(", ");
    const row = html("tr", { class: `${segment.mark}${whole === undefined ? "" : " open"}${text === null ? " lost" : ""}`, tabindex: place ? -1 : 0 },
      html("td", {}, String(index)), operator ? html("td", { class: "where" }, segment.where ?? "") : null,
      html("td", { class: "item" }, ...highlighted(words, query)), html("td", { class: "delta" }, html("b", {}, sign), when));
    row.open = { segment, item, key, text };
    return row;
  }

  async function toggle(row) {
    const { segment, item, key, text } = row.open;
    if (text === null || text === undefined) return;
    if (unfolded.has(key)) unfolded.delete(key);
    else {
      unfolded.set(key, text);
      if (unfolded.size > 50) unfolded.delete(unfolded.keys().next().value);
      if (text.includes("…") && view.kernel && !segment.items) {
        view.items.whole(segment, item).then((whole) => {
          if (unfolded.has(key)) unfolded.set(key, whole);
          drawTable();
        }, () => {});
      }
    }
    const place = row.sectionRowIndex;
    const focused = document.activeElement === row;
    drawTable();
    if (focused) scroll.querySelectorAll("tbody tr")[place]?.focus({ preventScroll: true });
  }

  function moveRow(row, by) {
    const next = by > 0 ? row.nextElementSibling : row.previousElementSibling;
    next?.focus();
  }

  return { element, draw, drawTable, toggle, moveRow, search };
}

function rowKey(segment, item) {
  return segment.items ? `waiting/${item}` : `${segment.tick}/${segment.step}/${segment.edge}/${item}`;
}

function highlighted(text, query) {
  if (!query) return [text];
  const at = text.toLowerCase().indexOf(query.toLowerCase());
  if (at < 0) return [text];
  return [text.slice(0, at), html("mark", {}, text.slice(at, at + query.length)), text.slice(at + query.length)];
}
