// The widget of a running system: its members, what one of them wrote, and what is recorded of it.

/** @import { Kernel, Model } from "../shared/connection.js" */
/** @import { Member } from "./words.js" */

import { connect } from "../shared/connection.js";
import { html, iconButton, renew, say } from "../shared/dom.js";
import { unlessPressed } from "../shared/pressed.js";
import { keepKeys } from "../shared/shortcuts.js";
import { hideStill } from "../shared/still.js";
import { visible } from "../shared/text.js";
import { cellsOf, summary } from "./words.js";

// Milliseconds between two looks at the members, while the page is seen.
const PERIOD = 1000;
const HEAD = ["member", "location", "state", "restarts", "tick", "faults", "messages/s", "waiting", "last line"];
const NUMBERS = new Set(["restarts", "tick", "faults", "messages/s"]);

/** @type {(column: string) => string | null} */
const kindOf = (column) => NUMBERS.has(column) ? "number" : column === "last line" ? "last" : null;

/** Show a running system in an element; the function that is given back takes it away.
 * @type {(el: Element, name: string, kernel: Kernel) => () => void}
 */
export function showMembers(el, name, kernel) {
  const ending = new AbortController();
  const root = html("div", {
    class: "hf hf-members", tabindex: "0", role: "region", "aria-label": `Run of ${name}`,
  });
  const rows = html("tbody", {});
  const head = HEAD.map((word) => html("th", { scope: "col", class: kindOf(word) }, word));
  const table = html("table", {}, html("thead", {}, html("tr", {}, ...head, html("th", {}))), rows);
  const logTitle = html("b", {});
  const closeLog = iconButton("close", "Close the log", "Close");
  const lines = html("pre", { tabindex: "0" });
  const log = html("section", { class: "hf-log", "aria-label": "Log", hidden: true },
    html("div", { class: "hf-loghead" }, logTitle, closeLog), lines);
  const recordingTitle = html("b", {});
  const closeRecording = iconButton("close", "Close the recording", "Close");
  const place = html("div", {});
  const recording = html("section", { class: "hf-recorded", "aria-label": "Recording", hidden: true },
    html("div", { class: "hf-loghead" }, recordingTitle, closeRecording), place);
  const line = html("output", { role: "status", "aria-live": "polite" });
  const total = html("span", { class: "total" });
  /** @type {Member[]} */
  let members = [];
  /** The member whose log is shown. @type {string | null} */
  let chosen = null;
  let isGone = false;

  function draw() {
    const shown = members.map((member) => row(member));
    const at = [...rows.querySelectorAll("button")].findIndex((one) => one === document.activeElement);
    if (renew(rows, ...shown) && at >= 0) rows.querySelectorAll("button")[at]?.focus({ preventScroll: true });
    say(total, summary(members));
    drawLog();
  }

  /** @type {(member: Member) => HTMLElement} */
  function row(member) {
    const state = member.is_well ? "well" : member.has_failed ? "failed" : "between";
    const pick = html("button", {
      type: "button", class: "pick", "data-member": member.name, "aria-pressed": String(member.name === chosen),
      title: "What it wrote",
    }, visible(member.name));
    const open = html("button", {
      type: "button", class: "hf-button", "data-recording": member.name, disabled: !member.is_well,
      title: member.recorded === null ? "Record it from now on" : "Open what is recorded of it",
      "aria-label": `${member.recorded === null ? "Record" : "Recording of"} ${visible(member.name)}`,
    }, member.recorded === null ? "Record" : "Recording");
    const cells = cellsOf(member).map((text, at) => {
      const column = HEAD[at + 1];
      const kind = column === "state" ? `state ${state}` : kindOf(column);
      return html("td", { class: kind, title: kind === "last" ? text : null }, text);
    });
    return html("tr", {}, html("th", { scope: "row" }, pick), ...cells, html("td", {}, open));
  }

  function drawLog() {
    const member = members.find((one) => one.name === chosen);
    log.hidden = !member;
    if (!member) return;
    say(logTitle, `What ${visible(member.name)} wrote`);
    const isAtEnd = lines.scrollTop + lines.clientHeight >= lines.scrollHeight - 4;
    const text = member.log.map(visible).join("\n") || "nothing yet";
    if (lines.textContent === text) return;
    lines.textContent = text;
    if (isAtEnd) lines.scrollTop = lines.scrollHeight;
  }

  /** @type {(news: { recording: string, page?: string, said?: string }) => void} */
  function showRecording(news) {
    say(line, news.said ?? "");
    if (!news.page) return;
    say(recordingTitle, `Recording of ${visible(news.recording)}`);
    place.replaceChildren(html("iframe", {
      class: "hf-frame", title: `Recording of ${visible(news.recording)}`, sandbox: "allow-scripts allow-downloads",
      srcdoc: news.page,
    }));
    recording.hidden = false;
  }

  rows.addEventListener("click", (event) => {
    const button = /** @type {Element} */ (event.target).closest("button");
    if (!button) return;
    const { member, recording: recorded } = button.dataset;
    if (recorded !== undefined) {
      say(line, `asking ${visible(recorded)} …`);
      kernel.call("record", { member: recorded }).catch((problem) => say(line, problem.message));
    } else if (member !== undefined) {
      chosen = chosen === member ? null : member;
      draw();
      lines.scrollTop = lines.scrollHeight;
    }
  });
  closeLog.addEventListener("click", () => {
    const former = chosen;
    chosen = null;
    draw();
    if (former !== null) {
      /** @type {HTMLElement | null} */ (rows.querySelector(`[data-member="${CSS.escape(former)}"]`))?.focus();
    }
  });
  closeRecording.addEventListener("click", () => {
    recording.hidden = true;
    place.replaceChildren();
  });

  const drawUnlessPressed = unlessPressed(rows, draw);
  const unsubscribe = kernel.subscribe((news) => {
    if (news.kind === "gone") {
      isGone = true;
      line.textContent = "this run is gone with its kernel";
    } else if (news.recording !== undefined) {
      showRecording(news);
    } else {
      members = news.members;
      drawUnlessPressed();
    }
  });
  const look = () => {
    if (isGone || document.hidden || !root.isConnected) return;
    kernel.call("look").catch((problem) => {
      if (!isGone) say(line, problem.message);
    });
  };
  const looking = setInterval(look, PERIOD);
  const hint = html("span", { class: "hint", "aria-hidden": "true" }, "click a member: what it wrote");
  root.append(html("div", { class: "hf-table" }, table), log, recording,
    html("div", { class: "hf-status" }, total, line, hint));
  el.replaceChildren(root);
  keepKeys(root, ending.signal);
  kernel.call("hello").catch(() => {});
  return () => {
    clearInterval(looking);
    ending.abort();
    unsubscribe();
    el.replaceChildren();
  };
}

export default {
  /** @type {(widget: { model: Model, el: Element }) => () => void} */
  render({ model, el }) {
    const kernel = connect(model);
    const unmount = showMembers(el, model.get("name"), kernel);
    const showStill = hideStill(el, model.get("still"));
    return () => {
      showStill();
      unmount();
      kernel.close();
    };
  },
};
