// The film looked at closely: larger, moved about, inverted, with more contrast, and beside its heat map.
"use strict";
(() => {
  const view = document.getElementById("film-view");
  if (!view) return;
  const MOST = 8;
  const STEP = 1.4;
  const CONTRASTS = [1, 1.4, 2];
  const byId = (id) => document.getElementById(id);
  const plain = byId("plain-pane");
  let scale = 1, x = 0, y = 0;
  let inverted = false, contrast = 0;

  function show() {
    // Never so far that the film is out of sight.
    const pane = view.querySelector(".pane:not([hidden])").getBoundingClientRect();
    const mostX = pane.width * (scale - 1) / 2, mostY = pane.height * (scale - 1) / 2;
    x = Math.min(mostX, Math.max(-mostX, x));
    y = Math.min(mostY, Math.max(-mostY, y));
    for (const layers of view.querySelectorAll(".layers")) {
      layers.style.transform = "translate(" + x + "px," + y + "px) scale(" + scale + ")";
    }
    for (const film of view.querySelectorAll(".film")) {
      film.style.filter = "contrast(" + CONTRASTS[contrast] + ")" + (inverted ? " invert(1)" : "");
    }
    view.classList.toggle("zoomed", scale > 1);
    byId("zoom-out").setAttribute("aria-disabled", String(scale === 1));
    byId("zoom-in").setAttribute("aria-disabled", String(scale >= MOST));
    byId("invert").setAttribute("aria-pressed", String(inverted));
    byId("contrast").setAttribute("aria-pressed", String(contrast > 0));
    byId("contrast-step").textContent = contrast ? "×" + CONTRASTS[contrast] : "";
  }

  // (atX, atY) from the pane's middle stays where it is.
  function zoom(factor, atX = 0, atY = 0) {
    const wanted = Math.min(MOST, Math.max(1, scale * factor));
    x = atX - (atX - x) * wanted / scale;
    y = atY - (atY - y) * wanted / scale;
    scale = wanted;
    show();
  }

  function fromMiddle(event) {
    const pane = (event.target.closest(".pane") || view).getBoundingClientRect();
    return [event.clientX - pane.left - pane.width / 2, event.clientY - pane.top - pane.height / 2];
  }

  const acts = {
    "zoom-in": () => zoom(STEP),
    "zoom-out": () => zoom(1 / STEP),
    "zoom-whole": () => { scale = 1; x = 0; y = 0; inverted = false; contrast = 0; show(); },
    "invert": () => { inverted = !inverted; show(); },
    "contrast": () => { contrast = (contrast + 1) % CONTRASTS.length; show(); },
    "beside": () => {
      const beside = view.classList.toggle("beside");
      const film = plain.querySelector("img");
      if (!film.getAttribute("src")) film.src = film.dataset.src;
      plain.hidden = !beside;
      byId("beside").setAttribute("aria-pressed", String(beside));
      show();
    },
  };
  for (const [id, act] of Object.entries(acts)) {
    const button = byId(id);
    if (button) button.addEventListener("click", act);
  }

  view.addEventListener("wheel", (event) => {
    if (!event.ctrlKey && scale === 1 && event.deltaY > 0) return; // the page scrolls on
    event.preventDefault();
    zoom(event.deltaY < 0 ? 1.15 : 1 / 1.15, ...fromMiddle(event));
  }, { passive: false });
  view.addEventListener("dblclick", (event) => zoom(scale > 1 ? 1 / MOST : 2.5, ...fromMiddle(event)));

  // One finger or the mouse moves a film that is zoomed, two fingers zoom it.
  const down = new Map();
  const apart = () => { const [a, b] = [...down.values()]; return Math.hypot(a.clientX - b.clientX, a.clientY - b.clientY); };
  view.addEventListener("pointerdown", (event) => {
    if (event.target.closest("button")) return;
    down.set(event.pointerId, event);
    view.setPointerCapture(event.pointerId);
  });
  view.addEventListener("pointermove", (event) => {
    const before = down.get(event.pointerId);
    if (!before) return;
    const width = down.size === 2 ? apart() : 0;
    down.set(event.pointerId, event);
    if (down.size === 2) { zoom(apart() / width); return; }
    if (scale === 1) return;
    x += event.clientX - before.clientX;
    y += event.clientY - before.clientY;
    show();
  });
  for (const end of ["pointerup", "pointercancel"]) view.addEventListener(end, (event) => down.delete(event.pointerId));
  window.addEventListener("resize", show);
  show();
})();
