// Photos from files, by the picker or dropped: sent one by one, each with its own line.
"use strict";
(() => {
  const form = document.getElementById("upload-form"), picker = document.getElementById("photo");
  const queue = document.getElementById("queue");
  const BUSY_MS = 1500;
  const BUSY_TRIES = 40;
  const pause = (ms) => new Promise((done) => setTimeout(done, ms));
  let working = Promise.resolve();

  async function send(file) {
    for (let tries = 0; ; tries++) {
      const body = new FormData();
      body.append("photo", file);
      const response = await post(form.dataset.url, body);
      const answer = await response.json();
      // The light box may be reading a film: its turn first.
      if (response.status !== 409 || tries >= BUSY_TRIES) return { well: response.ok, answer };
      await pause(BUSY_MS);
    }
  }

  function line(file) {
    const item = document.createElement("li");
    item.textContent = file.name + ": " + words("waiting");
    queue.append(item);
    queue.hidden = false;
    return item;
  }

  async function readOne(file, item, alone) {
    if (file.size > Number(form.dataset.mostBytes)) {
      item.textContent = file.name + ": " + words("not-read") + ": " + words("too-large");
      return;
    }
    item.textContent = file.name + ": " + words("being-read");
    try {
      const { well, answer } = await send(file);
      if (well && alone && !leaving.signal.aborted) { location.assign(answer.url); return; }
      if (!well) { item.textContent = file.name + ": " + words("not-read") + ": " + answer.headline + ". " + answer.say; return; }
      const link = document.createElement("a");
      link.href = answer.url;
      link.textContent = file.name + ": " + (answer.refusal || answer.headline);
      item.replaceChildren(link);
    } catch (error) {
      item.textContent = file.name + ": " + words("not-read") + ": " + words("not-sent");
    }
  }

  function readAll(files) {
    const chosen = [...files];
    if (chosen.length > Number(form.dataset.mostFiles)) {
      const item = document.createElement("li");
      item.textContent = words("too-many");
      queue.replaceChildren(item);
      queue.hidden = false;
      return;
    }
    const items = chosen.map(line);
    for (const [place, file] of chosen.entries()) {
      working = working.then(() => readOne(file, items[place], chosen.length === 1));
    }
  }

  picker.addEventListener("change", () => { readAll(picker.files); picker.value = ""; });
  form.addEventListener("submit", (event) => { event.preventDefault(); picker.click(); });

  const until = { signal: leaving.signal };
  let depth = 0;
  const holdsFiles = (event) => [...(event.dataTransfer ? event.dataTransfer.types : [])].includes("Files");
  const setDepth = (value) => { depth = value; document.body.classList.toggle("dropping", depth > 0); };
  document.addEventListener("dragenter", (event) => { if (holdsFiles(event)) { event.preventDefault(); setDepth(depth + 1); } }, until);
  document.addEventListener("dragleave", (event) => { if (holdsFiles(event)) setDepth(Math.max(0, depth - 1)); }, until);
  document.addEventListener("dragover", (event) => { if (holdsFiles(event)) event.preventDefault(); }, until);
  document.addEventListener("drop", (event) => {
    if (!holdsFiles(event)) return;
    event.preventDefault();
    setDepth(0);
    readAll(event.dataTransfer.files);
  }, until);
})();
