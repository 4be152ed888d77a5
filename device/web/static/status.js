// Keeps the badge in step with the kiosk, on every page. Others listen for the "kiosk" event.
"use strict";

const EVERY_MS = 1000;
const badge = document.getElementById("status");
let asked = null;

function showStatus(answer) {
  const name = "badge is-" + answer.status;
  if (badge.className !== name) badge.className = name;
  const word = badge.querySelector(".word");
  // Written only when it changes: a screen reader speaks at each change.
  if (word.textContent !== answer.word) word.textContent = answer.word;
  // Plugged in just now: its page is offered, whatever page is open.
  const stick = document.getElementById("stick-link");
  if (stick && answer.stick !== undefined && !stick.hasAttribute("aria-current")) stick.hidden = !answer.stick;
  document.dispatchEvent(new CustomEvent("kiosk", { detail: answer }));
}

async function askStatus() {
  clearTimeout(asked);
  try {
    const response = await fetch(document.body.dataset.statusUrl, { signal: AbortSignal.timeout(5000) });
    // Logged out meanwhile: the page says so, rather than that the kiosk is silent.
    if (response.status === 401) { location.reload(); return; }
    if (!response.ok) throw new Error("status " + response.status);
    showStatus(await response.json());
  } catch (error) {
    const say = words("kiosk-silent");
    showStatus({ status: "fault", word: words("no-answer"), say: say, fault: say });
  }
  if (!document.hidden) asked = setTimeout(askStatus, EVERY_MS);
}

document.addEventListener("visibilitychange", () => { if (!document.hidden) askStatus(); });
asked = setTimeout(askStatus, EVERY_MS);
