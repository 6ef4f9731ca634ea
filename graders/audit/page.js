const rows = [...document.querySelectorAll("#rows tr")];
const field = (id) => document.getElementById(id);
const detail = field("detail");

function filter() {
  const kind = field("kind").value, point = field("point").value;
  const failed = field("failed").value, text = field("text").value.trim().toLowerCase();
  let shown = 0;
  for (const row of rows) {
    const data = row.dataset;
    row.hidden = (kind && data.kind !== kind) || (point && data.point !== point)
      || (failed && !data.failed.split(" ").includes(failed))
      || (text && !row.cells[0].textContent.toLowerCase().includes(text));
    shown += row.hidden ? 0 : 1;
  }
  field("shown").textContent = `${shown} of ${rows.length} shown`;
}

function show(cell) {
  const message = cell.dataset.message || cell.title;
  const head = cell.parentElement.cells[0];
  detail.textContent = `${head.textContent}: ${head.title}\n${message}`;
  detail.hidden = false;
}

document.querySelector("form").addEventListener("input", filter);
document.querySelector("form").addEventListener("submit", (event) => event.preventDefault());
field("rows").addEventListener("focusin", (event) => show(event.target));
document.addEventListener("keydown", (event) => { if (event.key === "Escape") detail.hidden = true; });
filter();
