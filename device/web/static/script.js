// Before the page is drawn: what only works with JavaScript is shown, what it replaces is not.
document.documentElement.classList.add("js");
