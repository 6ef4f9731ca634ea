const filter = document.getElementById("filter");
const rows = [...document.querySelectorAll("#students tbody tr")];
filter.form.addEventListener("submit", (event) => event.preventDefault());
filter.form.hidden = false;
filter.addEventListener("input", () => {
  const text = filter.value.trim().toLowerCase();
  let shown = 0;
  for (const row of rows) {
    row.hidden = !row.textContent.toLowerCase().includes(text);
    shown += row.hidden ? 0 : 1;
  }
  document.getElementById("shown").textContent = `${shown} of ${rows.length} students`;
});
