// A language is chosen as soon as it is picked.
"use strict";
document.getElementById("language").addEventListener("change", (event) => event.target.form.submit());
