// One study: the slider over the heat map, the choice of its finding, and the film's outline on the photo.
"use strict";
(() => {
  const heat = document.getElementById("heat"), slider = document.getElementById("opacity");
  const photo = document.getElementById("whole-photo"), outline = document.getElementById("outline");

  if (heat && slider) {
    const show = () => {
      heat.style.opacity = String(slider.value / 100);
      slider.setAttribute("aria-valuetext", slider.value + " %");
    };
    slider.addEventListener("input", show);
    show();

    const links = [...document.querySelectorAll(".scores a")];
    for (const link of links) {
      link.addEventListener("click", (event) => {
        if (event.ctrlKey || event.metaKey || event.shiftKey) return;
        event.preventDefault();
        for (const other of links) other.removeAttribute("aria-current");
        link.setAttribute("aria-current", "true");
        const name = link.querySelector(".name").textContent;
        heat.src = link.dataset.heat;
        heat.alt = words("heat-map").replace("{finding}", name);
        document.getElementById("heat-name").textContent = name;
        document.getElementById("view-film").checked = true;
        // Asked to see a map, so a hidden one is shown.
        if (Number(slider.value) === 0) { slider.value = 60; show(); }
      });
    }
  }

  if (photo && outline) {
    // The corners are in photo pixels, so the outline takes the photo's own size.
    const fit = () => {
      outline.setAttribute("viewBox", "0 0 " + photo.naturalWidth + " " + photo.naturalHeight);
      outline.classList.add("fitted");
    };
    photo.addEventListener("load", fit);
    if (photo.complete && photo.naturalWidth) fit();
  }
})();
