// When the page is drawn: once a frame, however much is told in it. The first news is drawn at once, the others with
// the next frame. What a reader does is drawn at once.

/** @param {{ paint: () => void, signal: AbortSignal }} needs `paint` draws, until `signal` says that it is over */
export function makePainting({ paint, signal }) {
  let frame = 0;
  let isDue = false;
  /** @type {(() => void)[]} */
  const framed = [];

  function draw() {
    if (frame) isDue = true;
    else drawAtOnce();
  }

  function drawAtOnce() {
    if (signal.aborted) return;
    isDue = false;
    paint();
    frame ||= requestAnimationFrame(() => {
      frame = 0;
      if (isDue) draw();
      for (const go of framed.splice(0)) go();
    });
  }

  // A page that is hidden has no frames, and steps all the same.
  const nextFrame = () => new Promise((resolve) => {
    if (!frame || document.hidden) resolve(undefined);
    else framed.push(() => resolve(undefined));
  });

  return { draw, drawAtOnce, nextFrame };
}
