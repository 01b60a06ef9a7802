/* Small helps for every page; nothing here is needed to read one. */
(function () {
  "use strict";

  /* Copy buttons: <button data-copy="#id"> */
  document.addEventListener("click", function (event) {
    var button = event.target.closest("[data-copy]");
    if (!button || !navigator.clipboard) { return; }
    var source = document.querySelector(button.dataset.copy);
    navigator.clipboard.writeText(source.textContent).then(function () {
      var before = button.textContent;
      button.textContent = button.dataset.done;
      setTimeout(function () { button.textContent = before; }, 1500);
    });
  });

  /* Buttons that ask first: <button data-confirm="…"> */
  document.addEventListener("submit", function (event) {
    var words = event.submitter && event.submitter.dataset.confirm;
    if (words && !window.confirm(words)) { event.preventDefault(); }
  });

  /* Selects that send their form at once: <select data-send> */
  document.addEventListener("change", function (event) {
    if (event.target.matches("[data-send]")) { event.target.form.requestSubmit(); }
  });

  /* A row's number that is clicked goes into the field last used: <th data-row="4"> → <input data-takes-row> */
  var takes = null;
  document.addEventListener("focusin", function (event) {
    if (event.target.matches("[data-takes-row]")) { takes = event.target; }
  });
  document.addEventListener("click", function (event) {
    var row = event.target.closest("[data-row]");
    if (!row || !takes || !takes.isConnected) { return; }
    var many = takes.dataset.takesRow === "many" && takes.value.trim();
    takes.value = many ? takes.value.trim() + ", " + row.dataset.row : row.dataset.row;
    takes.dispatchEvent(new Event("change", { bubbles: true }));
    takes.focus();
  });

  /* Menus close when the eye goes elsewhere. */
  document.addEventListener("click", function (event) {
    document.querySelectorAll("details.menu[open]").forEach(function (menu) {
      if (!menu.contains(event.target)) { menu.open = false; }
    });
  });
  document.addEventListener("keydown", function (event) {
    if (event.key !== "Escape") { return; }
    document.querySelectorAll("details.menu[open]").forEach(function (menu) {
      menu.open = false;
      menu.querySelector("summary").focus();
    });
  });

  /* On a phone the filters start closed, so that what was found comes first. */
  function fold() {
    if (!window.matchMedia("(max-width: 60rem)").matches) { return; }
    document.querySelectorAll("details.facet[open]").forEach(function (facet) { facet.open = false; });
  }
  fold();
  document.addEventListener("htmx:afterSwap", fold);

  /* Copy buttons show only where they can work. */
  if (navigator.clipboard) {
    document.querySelectorAll("[data-copy][hidden]").forEach(function (button) { button.hidden = false; });
  }
})();
