// Opens the kiosk's page as soon as it answers again; while it starts anew nobody answers at all.
"use strict";
(() => {
  const EVERY_MS = 3000;
  async function ask() {
    try {
      const response = await fetch("/alive", { signal: AbortSignal.timeout(2500) });
      if (response.ok) { location.assign("/"); return; }
    } catch (error) { /* It is starting. */ }
    setTimeout(ask, EVERY_MS);
  }
  setTimeout(ask, EVERY_MS);
})();
