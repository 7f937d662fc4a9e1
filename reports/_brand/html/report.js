// Tables of exhibits are sorted by a click on a column's head, and the contents of a small screen
// close when a section was chosen. Without scripts tables stay as written and the contents stay open.
(function () {
  "use strict";
  var toggle = document.getElementById("om-toggle");
  document.querySelectorAll("nav#TOC a").forEach(function (link) {
    link.addEventListener("click", function () { if (toggle) toggle.checked = false; });
  });
  var numeric = /^([<>≤≥≈~]?\s*)([A-Z]{3}\s|[$€£¥]\s?)?\s*([+−-]?[\d,]*\.?\d+)\s*(万|亿)?(%|[^\d\s].*)?$/;
  var scale = { "万": 1e4, "亿": 1e8 };
  function read(cell) {
    var text = cell.textContent.trim();
    if (text === "" || text === "–") return null;
    var found = numeric.exec(text);
    if (!found) return { text: text };
    var number = parseFloat(found[3].replace(/,/g, "").replace("−", "-")) * (scale[found[4]] || 1);
    return { text: text, number: number, unit: (found[2] || "").trim() + "|" + (found[5] || "") };
  }
  function compare(numbers) {
    return function (a, b) {
      if (numbers) return a.number - b.number;
      return a.text.localeCompare(b.text, document.documentElement.lang, { numeric: true });
    };
  }
  function sort(table, column, falling) {
    var body = table.tBodies[0];
    var rows = Array.from(body.rows).map(function (row) {
      return { row: row, value: read(row.cells[column]) };
    });
    var known = rows.filter(function (item) { return item.value; });
    var units = new Set(known.map(function (item) { return item.value.unit; }));
    var order = compare(units.size === 1 && !units.has(undefined));
    known.sort(function (a, b) { return (falling ? -1 : 1) * order(a.value, b.value); });
    var empty = rows.filter(function (item) { return !item.value; }); // last in either direction
    known.concat(empty).forEach(function (item) { body.appendChild(item.row); });
  }
  document.querySelectorAll(".om-exhibit-table table").forEach(function (table) {
    if (table.tHead === null || table.tBodies.length !== 1 || table.tBodies[0].rows.length < 3) return;
    var heads = Array.from(table.tHead.rows[table.tHead.rows.length - 1].cells);
    heads.forEach(function (head, column) {
      if (head.textContent.trim() === "") return;
      var button = document.createElement("button");
      button.type = "button";
      button.className = "om-sort";
      while (head.firstChild) button.appendChild(head.firstChild);
      head.appendChild(button);
      button.addEventListener("click", function () {
        var falling = head.getAttribute("aria-sort") === "ascending";
        heads.forEach(function (other) { other.removeAttribute("aria-sort"); });
        head.setAttribute("aria-sort", falling ? "descending" : "ascending");
        sort(table, column, falling);
      });
    });
  });
})();
