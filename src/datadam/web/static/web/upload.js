/* Drag and drop and a progress bar for the form <form data-upload>; without it the plain form does the same. */
(function start() {
  "use strict";
  var form = document.querySelector("form[data-upload]");
  if (!form) { return; }
  var input = form.querySelector("input[type=file]");
  var zone = form.querySelector("[data-drop]");
  var chosen = form.querySelector("[data-chosen]");
  var bar = form.querySelector("progress");
  var state = form.querySelector("[data-state]");

  function show() { chosen.textContent = input.files.length ? input.files[0].name : ""; }
  input.addEventListener("change", show);

  ["dragenter", "dragover"].forEach(function (kind) {
    zone.addEventListener(kind, function (event) { event.preventDefault(); zone.classList.add("over"); });
  });
  ["dragleave", "drop"].forEach(function (kind) {
    zone.addEventListener(kind, function (event) { event.preventDefault(); zone.classList.remove("over"); });
  });
  zone.addEventListener("drop", function (event) {
    if (event.dataTransfer.files.length) { input.files = event.dataTransfer.files; show(); }
  });

  form.addEventListener("submit", function (event) {
    if (!input.files.length) { return; }
    event.preventDefault();
    var button = form.querySelector("button[type=submit]");
    var request = new XMLHttpRequest();
    button.disabled = true;
    bar.hidden = false;
    request.upload.addEventListener("progress", function (move) {
      if (!move.lengthComputable) { return; }
      var share = Math.round(100 * move.loaded / move.total);
      bar.value = share;
      state.textContent = share + "%";
    });
    request.addEventListener("load", function () {
      if (request.status < 400 && request.responseURL) { window.location.assign(request.responseURL); return; }
      var page = new DOMParser().parseFromString(request.responseText, "text/html");
      document.getElementById("main").replaceWith(page.getElementById("main"));
      start();
    });
    request.addEventListener("error", function () {
      button.disabled = false;
      state.textContent = form.dataset.broken;
    });
    request.open("POST", form.action);
    request.setRequestHeader("X-Upload", "1");
    request.send(new FormData(form));
  });
})();
