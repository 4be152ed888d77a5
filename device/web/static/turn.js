// Shows another page of the kiosk without leaving this one: a browser takes longer to begin a new page than the kiosk to
// answer. The main part, the title and the scripts are taken over; back and reload load pages whole.
"use strict";

// What a page's own scripts hear on the document ends with it.
const leaving = new AbortController();

function turnTo(url, html) {
  const page = new DOMParser().parseFromString(html, "text/html");
  leaving.abort();
  history.pushState(null, "", url);
  window.addEventListener("popstate", () => location.reload());
  document.title = page.title;
  document.body.className = page.body.className;
  const main = page.getElementById("main");
  document.getElementById("main").replaceWith(main);
  for (const link of document.querySelectorAll("header [aria-current]")) link.removeAttribute("aria-current");
  for (const back of document.querySelectorAll("header [name=back]")) back.value = url;
  const loaded = new Set([...document.scripts].map((script) => script.src));
  for (const script of page.querySelectorAll("head script[src]")) {
    if (loaded.has(new URL(script.getAttribute("src"), location).href)) continue;
    const added = document.createElement("script");
    added.src = script.getAttribute("src");
    document.head.append(added);
  }
  // Last, as it waits for the page to be laid out: the film is on its way by then. A screen reader begins here.
  requestAnimationFrame(() => { scrollTo(0, 0); main.focus(); });
}
