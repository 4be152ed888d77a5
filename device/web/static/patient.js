// For whom the next film is read: kept by the kiosk as it is typed or scanned, so that the box's own button knows too.
"use strict";
(() => {
  const PAUSE_MS = 400;
  const form = document.getElementById("read-form"), reference = document.getElementById("reference");
  const ages = [...form.querySelectorAll("input[name=age]")];
  let waiting = null;

  async function tell() {
    clearTimeout(waiting);
    waiting = null;
    try {
      await post(form.dataset.patient, new FormData(form));
    } catch (error) { /* Read film sends it once more; the badge says that the kiosk does not answer. */ }
  }

  reference.addEventListener("input", () => { clearTimeout(waiting); waiting = setTimeout(tell, PAUSE_MS); });
  for (const age of ages) {
    age.addEventListener("change", tell);
    // Chosen by touch or mouse: the space bar is for reading again. By keyboard the focus stays where it is.
    age.addEventListener("click", (event) => { if (event.detail) age.blur(); });
  }

  reference.addEventListener("keydown", (event) => {
    if (event.key !== "Enter") return;
    // A barcode scanner ends with Enter: that is the end of the reference, not the word to read the film.
    event.preventDefault();
    reference.blur();
    tell();
  });

  // A scanner types wherever the focus is: what is typed on the page itself goes into the reference.
  document.addEventListener("keydown", (event) => {
    if (event.key.length !== 1 || event.key === " " || event.ctrlKey || event.altKey || event.metaKey) return;
    if (event.target.closest("input, select, textarea")) return;
    reference.value = "";
    reference.focus();
  }, { signal: leaving.signal });

  // Forgotten by the kiosk with the reading, or typed on another screen.
  document.addEventListener("kiosk", (event) => {
    const now = event.detail;
    if (now.reference === undefined || waiting !== null || form.contains(document.activeElement)) return;
    if (reference.value !== now.reference) reference.value = now.reference;
    for (const age of ages) age.checked = age.value === now.age;
  }, { signal: leaving.signal });
})();
