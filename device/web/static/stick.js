// A stick's pictures chosen at once, and how far what is read from it or saved to it has come.
"use strict";
(() => {
  const EVERY_MS = 1000;
  const all = document.getElementById("choose-all"), followed = document.getElementById("followed");
  if (all) {
    const boxes = [...document.querySelectorAll("#stick-form input[type=checkbox]")];
    all.addEventListener("click", () => {
      const wanted = !boxes.every((box) => box.checked);
      for (const box of boxes) box.checked = wanted;
    });
  }
  for (const picture of document.querySelectorAll(".preview img")) {
    const none = () => { picture.hidden = true; picture.nextElementSibling.hidden = false; };
    picture.addEventListener("error", none);
    if (picture.complete && !picture.naturalWidth) none();
  }
  if (!followed || followed.dataset.running === undefined) return;
  let mark = "";

  async function ask() {
    try {
      const response = await fetch(followed.dataset.url);
      if (response.status === 401) { location.reload(); return; }
      const state = await response.json();
      // The server words each line: the page is fetched anew, and only this part put in the place of the old one.
      if (state.mark !== mark || !state.running) {
        const page = new DOMParser().parseFromString(await (await fetch(location.href)).text(), "text/html");
        followed.innerHTML = page.getElementById("followed").innerHTML;
        mark = state.mark;
      }
      if (!state.running) return;
    } catch (error) { /* The badge says that the kiosk does not answer. */ }
    setTimeout(ask, EVERY_MS);
  }
  setTimeout(ask, EVERY_MS);
})();
