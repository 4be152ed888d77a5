// The light box: live frames, Read film by button or space bar, and what the kiosk says meanwhile.
"use strict";
(() => {
  const FIRST_FRAME_MS = 100;
  const READING_MS = 500;
  const NO_FRAME_MS = 2000;
  const LOST_FRAME_MS = 5000;
  const byId = (id) => document.getElementById(id);
  const form = byId("read-form"), button = byId("read"), message = byId("message");
  const frame = byId("frame"), noPicture = byId("no-picture");
  const frameUrl = frame.getAttribute("src");
  let pressed = false;
  let before = null;
  let photos = 0;
  let askedAt = 0;

  // Frames one after another, never two at once: a slow board is asked no faster than it can answer.
  let nextFrame = null;
  function askFrame(wait) {
    clearTimeout(nextFrame);
    nextFrame = setTimeout(() => {
      if (document.hidden || leaving.signal.aborted) return;
      askedAt = performance.now();
      frame.src = frameUrl + "?" + Date.now();
      askFrame(LOST_FRAME_MS);
    }, wait);
  }
  frame.addEventListener("load", async () => {
    noPicture.hidden = true;
    // Ten a second where the board can, fewer while it has a film to read or many look on: it says how many.
    const every = await coaching.look();
    askFrame(Math.max(0, askedAt + every - performance.now()));
  });
  frame.addEventListener("error", async () => {
    let told = words("no-picture");
    try {
      const response = await fetch(frameUrl);
      if (response.status === 503) told = await response.text();
    } catch (error) { /* The badge says that the kiosk does not answer. */ }
    if (noPicture.textContent !== told) noPicture.textContent = told;
    noPicture.hidden = false;
    coaching.forget();
    askFrame(NO_FRAME_MS);
  });
  document.addEventListener("visibilitychange", () => { if (!document.hidden) askFrame(0); }, { signal: leaving.signal });
  // The page's own first frame may still be on its way.
  askFrame(frame.complete ? FIRST_FRAME_MS : LOST_FRAME_MS);

  function tell(told) {
    message.textContent = told;
    message.hidden = !told;
  }

  function setReading(reading) {
    button.setAttribute("aria-disabled", String(reading));
    const told = words(reading ? "reading" : "read-film");
    if (button.textContent !== told) button.textContent = told;
  }

  async function read() {
    if (pressed || button.getAttribute("aria-disabled") === "true") return;
    pressed = true;
    // The photo is taken now, and the cores are wanted elsewhere.
    askFrame(READING_MS);
    tell("");
    setReading(true);
    try {
      const response = await post(form.dataset.url, new FormData(form), { Accept: "text/html" });
      if (response.ok) { turnTo(response.headers.get("Content-Location"), await response.text()); return; }
      if (response.status === 401) { location.reload(); return; }
      const answer = await response.json();
      tell(answer.kind === "fault" ? "" : answer.headline + ". " + answer.say);
    } catch (error) {
      tell(words("no-reply"));
    }
    pressed = false;
    setReading(false);
    askStatus();
  }

  form.addEventListener("submit", (event) => { event.preventDefault(); read(); });
  document.addEventListener("keydown", (event) => {
    if (!isPagesSpaceBar(event)) return;
    event.preventDefault();
    read();
  }, { signal: leaving.signal });

  document.addEventListener("kiosk", (event) => {
    const now = event.detail;
    byId("fault").hidden = !now.fault;
    byId("say").hidden = Boolean(now.fault);
    if (byId("fault-say").textContent !== (now.fault || "")) byId("fault-say").textContent = now.fault || "";
    if (byId("say").textContent !== now.say) byId("say").textContent = now.say;
    if (!pressed) setReading(now.status === "reading" || now.status === "starting");
    // Read by the button on the box or from another browser: offered, not opened, for it may be someone else's film.
    // Asked once a second, so that a quick reading is only seen by its photo.
    const news = before !== null && (now.status !== before || now.photos !== photos);
    before = now.status;
    // A kiosk that does not answer counts no photos.
    if (now.photos === undefined) return;
    photos = now.photos;
    if (news && now.status !== "reading") showLast();
  }, { signal: leaving.signal });

  async function showLast() {
    let study = {};
    try {
      const response = await fetch(form.dataset.newest, { signal: leaving.signal });
      if (response.ok) study = await response.json();
    } catch (error) { /* Turned to a study meanwhile, or the badge says that the kiosk does not answer. */ }
    if (!study.study || leaving.signal.aborted) return;
    const last = byId("last");
    last.querySelector("a").href = study.url;
    last.querySelector("img").src = study.thumbnail;
    last.querySelector("b").textContent = study.headline;
    last.hidden = false;
  }

  // Back from a reading, the browser may show this page as it was left: pressed.
  window.addEventListener("pageshow", (event) => {
    if (event.persisted) { pressed = false; setReading(false); tell(""); askStatus(); askFrame(0); }
  }, { signal: leaving.signal });
})();
