// Pictures and pages of runs are light or dark as the notebook is, and not as the machine is. A picture is an image, to
// which a style sheet says so; a page stands in a frame that keeps it apart, which asks for the theme and is told.

// The names that the page knows (widgets/one_page.py).
const [ASKS, TELLS] = ["hydroflow-theme?", "hydroflow-theme"];
const FRAMES = "iframe.hf-frame";
const PICTURES = '.jp-OutputArea img:is([src*="hydroflow-graph"], [alt^="Graph of "])';

/** @param {import("@jupyterlab/apputils").IThemeManager | null} themes */
export function followTheme(themes) {
  const sheet = document.createElement("style");
  const rule = (/** @type {boolean} */ isLight, /** @type {string} */ scheme) =>
    `[data-jp-theme-light="${isLight}"] ${PICTURES} { color-scheme: ${scheme}; }`;
  sheet.textContent = `${rule(true, "light")}\n${rule(false, "dark")}`;
  document.head.append(sheet);

  const frames = () => /** @type {HTMLIFrameElement[]} */ ([...document.querySelectorAll(FRAMES)]);
  const tell = (/** @type {HTMLIFrameElement} */ frame) => {
    const isLight = document.body.dataset.jpThemeLight !== "false";
    // Its origin is nobody's, as it is in a sandbox.
    frame.contentWindow?.postMessage({ [TELLS]: isLight ? "light" : "dark" }, "*");
  };
  addEventListener("message", ({ data, source }) => {
    const frame = data === ASKS && frames().find((one) => one.contentWindow === source);
    if (frame) tell(frame);
  });
  themes?.themeChanged.connect(() => frames().forEach(tell));
}
