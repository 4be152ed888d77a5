// Before the page is drawn: what only works with JavaScript is shown, what it replaces is not.
document.documentElement.classList.add("js");

// What the scripts say by themselves, in the language of the page.
function words(name) { return JSON.parse(document.body.dataset.words)[name]; }

// What changes something brings the page's own token.
function post(url, body, headers) {
  const token = document.querySelector("meta[name=csrf-token]").content;
  return fetch(url, { method: "POST", body, headers: { "X-CSRFToken": token, ...headers } });
}

// Whether a key is the space bar, meant for the page: what has the focus keeps its own.
function isPagesSpaceBar(event) {
  if (event.key !== " " || event.repeat || event.ctrlKey || event.altKey || event.metaKey) return false;
  return !event.target.closest("a, button, input, label, summary, select, textarea");
}

// After a refusal the space bar tries again, as it reads a film on the light box. Listened for here: a refusal that is
// shown in the light box's place is there before any script of its own.
document.addEventListener("keydown", (event) => {
  const again = document.getElementById("again");
  if (!again || !isPagesSpaceBar(event)) return;
  event.preventDefault();
  again.click();
});
