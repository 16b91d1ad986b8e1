// Shows the page of the operator that the pointer rests on.

import { hoverTooltip } from "@codemirror/view";
import { pageOf } from "./kernel.js";
import { isFlow } from "./language.js";

const WORD = /[\p{L}\p{N}_]/u;

/**
 * @param {import("./kernel.js").KernelOf} kernelOf
 * @param {import("@jupyterlab/rendermime").IRenderMimeRegistry} renderers
 */
export const pages = (kernelOf, renderers) =>
  hoverTooltip(async (view, place) => {
    const kernel = kernelOf(view);
    const text = view.state.doc.toString();
    const line = view.state.doc.lineAt(place);
    let [from, to] = [place, place];
    while (from > line.from && WORD.test(text[from - 1])) from--;
    while (to < line.to && WORD.test(text[to])) to++;
    if (!kernel || from === to || !isFlow(text)) return null;
    const data = await pageOf(kernel, text, from);
    const kind = data && renderers.preferredMimeType(data, "ensure");
    if (!kind) return null;
    return {
      pos: from,
      end: to,
      above: true,
      create() {
        const dom = document.createElement("div");
        dom.className = "hydroflow-page jp-RenderedHTMLCommon";
        const renderer = renderers.createRenderer(kind);
        void renderer.renderModel(renderers.createModel({ data, trusted: false }));
        dom.append(renderer.node);
        return { dom, destroy: () => renderer.dispose() };
      },
    };
  });
