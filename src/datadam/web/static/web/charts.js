/* Draws each <div data-chart="id"> from the JSON beside it, with the interpreter so that no eval is needed. */
(function () {
  "use strict";
  var KOREAN = {
    dateTime: "%Y년 %-m월 %-d일 %H:%M", date: "%Y. %-m. %-d.", time: "%H:%M", periods: ["오전", "오후"],
    days: ["일요일", "월요일", "화요일", "수요일", "목요일", "금요일", "토요일"],
    shortDays: ["일", "월", "화", "수", "목", "금", "토"],
    months: ["1월", "2월", "3월", "4월", "5월", "6월", "7월", "8월", "9월", "10월", "11월", "12월"],
    shortMonths: ["1월", "2월", "3월", "4월", "5월", "6월", "7월", "8월", "9월", "10월", "11월", "12월"]
  };
  function draw(place) {
    var source = document.getElementById(place.dataset.chart);
    if (!source || !window.vegaEmbed) { return; }
    window.vegaEmbed(place, JSON.parse(source.textContent), {
      timeFormatLocale: document.documentElement.lang === "ko" ? KOREAN : undefined,
      actions: false, ast: true, renderer: "svg", defaultStyle: false, tooltip: { disableDefaultStyle: true }
    }).then(function () { place.setAttribute("data-drawn", ""); });
  }
  window.addEventListener("DOMContentLoaded", function () {
    document.querySelectorAll("[data-chart]").forEach(draw);
  });
})();
