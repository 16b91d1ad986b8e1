// "Share": the run as a page of its own, to be downloaded, and the cells that run it again, to be copied. A kernel
// makes the page; a saved page gives itself.

/** @import { Feature, FeatureNeeds } from "./features.js" */

import { html, iconButton } from "../shared/dom.js";
import { fileName } from "../shared/text.js";

const TITLES = ["The flow", "Its inputs, tick by tick"];

/** @type {(needs: FeatureNeeds) => Feature} */
export function makeShare({ view, act, listen, kernel, data }) {
  const { page, cells } = data;
  const hint = "Share: this run as a page that needs no kernel, and the cells that run it again";
  const button = iconButton("share", "Share", hint, { "aria-expanded": "false" });
  const download = html("button", { type: "button", class: "hf-button" }, "Download the page");
  const words = html("span", {}, "It steps without a kernel, and asks the network for nothing.");
  const listing = html("div", { class: "hf-cells" });
  const close = iconButton("close", "Close sharing", "Close");
  const top = html("div", { class: "hf-sharing" }, download, words, close);
  const pane = html("section", { class: "hf-share", "aria-label": "Share", hidden: true }, top, listing);
  let isAsked = false;

  /** @type {() => Promise<string>} */
  const pageNow = async () => (page ? page() : (await kernel?.call("page_of_run")).page);
  /** The flow's cell and that of its inputs; none where there is no text.
   * @type {() => Promise<string[]>}
   */
  const cellsNow = async () => (page ? cells ?? [] : (await kernel?.call("cells")).cells);

  /** @type {(text: string) => Promise<void>} */
  async function copy(text) {
    try {
      await navigator.clipboard.writeText(text);
    } catch {
      // A frame, or a page from a file, may not be allowed to: the older way needs a field.
      const field = html("textarea", { class: "hf-unseen", "aria-hidden": "true" });
      field.value = text;
      pane.append(field);
      field.select();
      document.execCommand("copy");
      field.remove();
    }
    act.say("Copied;");
  }

  /** @type {(found: string[]) => void} */
  function list(found) {
    listing.replaceChildren(...found.map((text, index) => {
      const button = html("button", { type: "button", class: "hf-button", "data-cell": index }, "Copy");
      const label = html("div", {}, html("b", {}, TITLES[index] ?? "A cell"), button);
      return html("div", { class: "hf-cell" }, label, html("pre", { tabindex: "0" }, text));
    }));
    if (!found.length) listing.replaceChildren(html("p", {}, "There is no text of this flow that a cell could hold."));
  }

  /** @type {(show: boolean) => Promise<void>} */
  async function toggle(show) {
    pane.hidden = !show;
    button.setAttribute("aria-expanded", String(show));
    if (!show) return;
    try {
      list(await cellsNow());
      pane.scrollIntoView({ block: "nearest" });
    } catch (problem) {
      pane.hidden = true;
      act.say(/** @type {Error} */ (problem).message);
    }
  }

  listen(button, "click", () => toggle(pane.hidden === true));
  listen(close, "click", () => toggle(false));
  listen(download, "click", async () => {
    if (isAsked) return;
    isAsked = true;
    try {
      save(await pageNow(), fileName(view.graph.name));
    } catch (problem) {
      act.say(/** @type {Error} */ (problem).message);
    } finally {
      isAsked = false;
    }
  });
  listen(listing, "click", (event) => {
    const found = event.target.closest("[data-cell]");
    if (found) copy(found.closest(".hf-cell").querySelector("pre").textContent);
  });

  return {
    buttons: page || kernel ? [button] : [],
    pane,
    draw() {
      button.disabled = view.history.newest === null;
    },
  };
}

/** @type {(text: string, name: string) => void} */
function save(text, name) {
  const address = URL.createObjectURL(new Blob([text], { type: "text/html" }));
  const link = html("a", { href: address, download: name });
  document.body.append(link);
  link.click();
  link.remove();
  setTimeout(() => URL.revokeObjectURL(address), 10_000);
}
