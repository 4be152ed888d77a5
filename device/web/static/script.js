// Before the page is drawn: what only works with JavaScript is shown, what it replaces is not.
document.documentElement.classList.add("js");

// What the scripts say by themselves, in the language of the page.
function words(name) { return JSON.parse(document.body.dataset.words)[name]; }

// What changes something brings the page's own token.
function post(url, body, headers) {
  const token = document.querySelector("meta[name=csrf-token]").content;
  return fetch(url, { method: "POST", body, headers: { "X-CSRFToken": token, ...headers } });
}
