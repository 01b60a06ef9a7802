/* Drag and drop and a progress bar for the form <form data-upload>; without it the plain form does the same.
   A file is sent in pieces (the tus protocol, tus.io) where the form says where: a broken line is waited for, and the
   same file chosen again, even tomorrow, goes on where it stopped. */
(function start() {
  "use strict";
  var PIECE = 32 * 1024 * 1024;
  var WAITS = [1, 2, 5, 10, 20, 30, 60];  // seconds until it is tried again
  var form = document.querySelector("form[data-upload]");
  if (!form) { return; }
  var input = form.querySelector("input[type=file]");
  var zone = form.querySelector("[data-drop]");
  var chosen = form.querySelector("[data-chosen]");
  var bar = form.querySelector("progress");
  var state = form.querySelector("[data-state]");
  var button = form.querySelector("button[type=submit]");

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

  function field(name) {
    var found = form.querySelector("[name=" + name + "]");
    return found ? found.value : "";
  }

  function base64(text) {
    return btoa(String.fromCharCode.apply(null, new TextEncoder().encode(text)));
  }

  function tell(done, total, note) {
    var share = Math.floor(100 * done / total);
    bar.hidden = false;
    bar.value = share;
    state.textContent = share + "%" + (note ? " · " + note : "");
  }

  function stop(words) {
    button.disabled = false;
    state.textContent = words;
  }

  /* One request; `done(request)` when there is an answer, `broken()` when there is none. */
  function ask(method, url, headers, body, done, broken, moved) {
    var request = new XMLHttpRequest();
    request.open(method, url);
    request.setRequestHeader("Tus-Resumable", "1.0.0");
    request.setRequestHeader("X-CSRFToken", field("csrfmiddlewaretoken"));
    Object.keys(headers).forEach(function (name) { request.setRequestHeader(name, headers[name]); });
    request.addEventListener("load", function () { done(request); });
    request.addEventListener("error", broken);
    request.addEventListener("timeout", broken);
    if (moved) { request.upload.addEventListener("progress", moved); }
    request.send(body);
  }

  function said(request) {
    try { return JSON.parse(request.responseText).error.message; } catch (nothing) { return form.dataset.broken; }
  }

  function send(file) {
    var place = ["datadam upload", field("organisation"), field("dataset"), file.name, file.size, file.lastModified]
      .join("|");
    var tries = 0;

    function known() {
      try { return localStorage.getItem(place); } catch (nothing) { return null; }
    }
    function keep(url) {
      try { if (url) { localStorage.setItem(place, url); } else { localStorage.removeItem(place); } } catch (nothing) { /* asked anew */ }
    }
    function later(again) {
      var wait = WAITS[Math.min(tries, WAITS.length - 1)];
      tries += 1;
      state.textContent = form.dataset.waiting.replace("{n}", wait);
      setTimeout(again, wait * 1000);
    }
    function announce() {
      var pairs = { filename: file.name, organisation: field("organisation"), dataset: field("dataset") };
      var whole = form.querySelector("[name=files]");
      if (whole && whole.checked) { pairs.files = "1"; }
      var metadata = Object.keys(pairs).map(function (name) { return name + " " + base64(pairs[name]); }).join(",");
      ask("POST", form.dataset.pieces, { "Upload-Length": file.size, "Upload-Metadata": metadata }, null, function (request) {
        if (request.status !== 201) { stop(said(request)); return; }
        keep(request.getResponseHeader("Location"));
        piece(0);
      }, function () { later(announce); });
    }
    function resume() {
      var url = known();
      if (!url) { announce(); return; }
      ask("HEAD", url, {}, null, function (request) {
        var offset = Number(request.getResponseHeader("Upload-Offset"));
        if (request.status === 200 && Number(request.getResponseHeader("Upload-Length")) === file.size) {
          piece(offset);
        } else if (request.status >= 500 || request.status === 429) {
          later(resume);
        } else {
          keep(null);
          announce();
        }
      }, function () { later(resume); });
    }
    function piece(offset) {
      var url = known();
      if (!url) { announce(); return; }
      if (offset >= file.size) {
        keep(null);
        window.location.assign("/upload/" + url.split("/").pop() + "/");
        return;
      }
      tell(offset, file.size, "");
      var headers = { "Upload-Offset": offset, "Content-Type": "application/offset+octet-stream" };
      ask("PATCH", url, headers, file.slice(offset, offset + PIECE), function (request) {
        if (request.status === 204) {
          tries = 0;
          piece(Number(request.getResponseHeader("Upload-Offset")));
        } else if (request.status >= 500 || request.status === 429 || request.status === 409 || request.status === 400) {
          later(resume);
        } else {
          stop(said(request));
        }
      }, function () { later(resume); }, function (move) { tell(offset + move.loaded, file.size, ""); });
    }
    resume();
  }

  form.addEventListener("submit", function (event) {
    if (!input.files.length || !input.files[0].size || !form.dataset.pieces) { return; }
    event.preventDefault();
    button.disabled = true;
    send(input.files[0]);
  });
})();
