// The live view's coaching: the film's outline over the frame, and one line that says what to do next.
"use strict";
const coaching = (() => {
  // A sentence that comes and goes with every frame can be neither read nor heard.
  const SHOWN_AFTER_MS = 200;
  const SPOKEN_AFTER_MS = 1200;
  const byId = (id) => document.getElementById(id);
  const frame = byId("frame"), outline = byId("outline"), line = byId("coaching"), spoken = byId("coaching-spoken");
  let sentence = "";
  let since = 0;
  let width = 0;
  let height = 0;

  // Corners are shares of the picture, and the drawing has the frame's own size, so that both are scaled alike.
  function draw(corners) {
    // While the next frame loads, an image may have no size.
    if (frame.naturalWidth) { width = frame.naturalWidth; height = frame.naturalHeight; }
    const points = corners.map(([x, y]) => (x * width).toFixed(1) + "," + (y * height).toFixed(1)).join(" ");
    if (width) outline.setAttribute("viewBox", "0 0 " + width + " " + height);
    outline.classList.toggle("fitted", Boolean(width && points));
    for (const polygon of outline.children) polygon.setAttribute("points", points);
  }

  function say(words, ready) {
    const now = performance.now();
    if (words !== sentence) { sentence = words; since = now; }
    if (!words || now - since >= SHOWN_AFTER_MS) {
      if (line.textContent !== words) line.textContent = words;
      document.body.classList.toggle("film-ready", ready);
    }
    // A screen reader speaks at each change.
    if (!words || now - since >= SPOKEN_AFTER_MS) {
      if (spoken.textContent !== words) spoken.textContent = words;
    }
  }

  function show(now) {
    draw(now.outline || []);
    say(now.say || "", Boolean(now.ready));
  }

  // What the frame on the page says. Never fails: without an answer there is no outline and no line.
  async function look() {
    try {
      const response = await fetch(line.dataset.url, { signal: AbortSignal.timeout(5000) });
      show(response.ok ? await response.json() : {});
    } catch (error) {
      show({});
    }
  }

  return { look, forget: () => show({}) };
})();
