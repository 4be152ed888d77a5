// A stick's pictures chosen at once, and how far the chosen ones are.
"use strict";
(() => {
  const EVERY_MS = 1000;
  const all = document.getElementById("choose-all"), items = document.getElementById("items");
  if (all) {
    const boxes = [...document.querySelectorAll("#stick-form input[type=checkbox]")];
    all.addEventListener("click", () => {
      const wanted = !boxes.every((box) => box.checked);
      for (const box of boxes) box.checked = wanted;
    });
  }
  if (!items) return;
  const lines = [...items.children];
  let running = Boolean(document.getElementById("stop-form"));

  async function ask() {
    try {
      const response = await fetch(items.dataset.url);
      if (response.status === 401) { location.reload(); return; }
      const state = await response.json();
      const changed = state.items.some((item, place) => !lines[place] || lines[place].dataset.progress !== item.progress);
      // The server words each line: the page is fetched anew, and only its list is put in the place of the old one.
      if (changed || running !== state.running) {
        const page = new DOMParser().parseFromString(await (await fetch(location.href)).text(), "text/html");
        for (const id of ["items", "how-far"]) document.getElementById(id).innerHTML = page.getElementById(id).innerHTML;
        document.getElementById("progress").value = page.getElementById("progress").value;
        lines.splice(0, lines.length, ...items.children);
      }
      running = state.running;
      if (!running) { document.getElementById("stop-form")?.remove(); return; }
    } catch (error) { /* The badge says that the kiosk does not answer. */ }
    setTimeout(ask, EVERY_MS);
  }
  if (running) setTimeout(ask, EVERY_MS);
})();
