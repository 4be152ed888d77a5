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

  // The kiosk counts by it how many look, and says how long each is to wait for the next frame.
  const url = line.dataset.url + "?looker=" + Math.random().toString(36).slice(2, 14);
  const NO_ANSWER_MS = 500;

  // What the frame on the page says; gives the milliseconds from this frame to the next. Never fails: without an answer
  // there is no outline and no line.
  async function look() {
    try {
      const response = await fetch(url, { signal: AbortSignal.timeout(5000) });
      const now = response.ok ? await response.json() : {};
      show(now);
      return now.wait || NO_ANSWER_MS;
    } catch (error) {
      show({});
      return NO_ANSWER_MS;
    }
  }

  return { look, forget: () => show({}) };
})();
