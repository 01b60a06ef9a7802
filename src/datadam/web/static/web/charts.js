/* Draws each <div data-chart="id"> from the JSON beside it, with the interpreter so that no eval is needed. */
(function () {
  "use strict";
  function draw(place) {
    var source = document.getElementById(place.dataset.chart);
    if (!source || !window.vegaEmbed) { return; }
    window.vegaEmbed(place, JSON.parse(source.textContent), {
      actions: false, ast: true, renderer: "svg", defaultStyle: false, tooltip: { disableDefaultStyle: true }
    }).then(function () { place.setAttribute("data-drawn", ""); });
  }
  window.addEventListener("DOMContentLoaded", function () {
    document.querySelectorAll("[data-chart]").forEach(draw);
  });
})();
