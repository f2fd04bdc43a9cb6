// Vendors' texts are written with textContent alone; nothing here reads them as HTML.
const data = JSON.parse(document.getElementById("data").textContent);
const dark = window.matchMedia("(prefers-color-scheme: dark)");
const select = document.getElementById("tenant");
const ALL = "";

function element(name, text, ...children) {
  const made = document.createElement(name);
  if (text !== null) made.textContent = text;
  made.append(...children);
  return made;
}

function shown(value) {
  if (value === null || value === undefined) return "";
  if (typeof value === "boolean") return value ? "yes" : "no";
  if (typeof value === "number") return Number.isInteger(value) ? String(value) : value.toFixed(2);
  return String(value).replace(/^(\d{4}-\d\d-\d\d)T(\d\d:\d\d).*$/, "$1 $2");
}

function cell(name, value) {
  const made = element("td", null);
  if (typeof value === "number") made.className = "number";
  if (name === "console_url" && typeof value === "string" && value.startsWith("https://")) {
    const link = element("a", "open");
    link.href = value;
    link.target = "_blank";
    link.rel = "noopener noreferrer";
    made.append(link);
  } else {
    made.textContent = shown(value);
    made.title = made.textContent;
  }
  return made;
}

function table(panel, rows) {
  const names = Object.keys(panel.rows[0]);
  const head = element("tr", null, ...names.map((name) => {
    const made = element("th", name.replaceAll("_", " "));
    made.scope = "col";
    if (typeof rows[0][name] === "number") made.className = "number";
    return made;
  }));
  const body = rows.map((row) => element("tr", null, ...names.map((name) => cell(name, row[name]))));
  const made = element("table", null,
    element("caption", null), element("thead", null, head), element("tbody", null, ...body));
  made.caption.textContent = `${rows.length} rows`;
  const scroll = element("div", null, made);
  scroll.className = "scroll";
  scroll.tabIndex = 0;
  scroll.setAttribute("role", "region");
  scroll.setAttribute("aria-label", panel.title);
  return scroll;
}

async function draw(panel, rows, place) {
  const specification = {
    ...panel.chart,
    $schema: "https://vega.github.io/schema/vega-lite/v6.json",
    width: "container",
    background: null,
    data: { values: rows },
  };
  await window.vegaEmbed(place, specification, {
    actions: false, renderer: "svg", theme: dark.matches ? "dark" : undefined,
  });
}

function show() {
  const chosen = select.value;
  const place = document.getElementById("panels");
  const drawings = [];
  place.replaceChildren(...data.panels.map((panel) => {
    const rows = panel.rows.filter((row) => chosen === ALL || row.tenant === chosen);
    const section = element("section", null, element("h2", panel.title), element("p", panel.question));
    section.id = panel.name;
    if (!rows.length) {
      section.append(element("p", "Nothing."));
    } else if (panel.chart) {
      const chart = element("div", null);
      chart.className = "chart";
      chart.setAttribute("role", "img");
      chart.setAttribute("aria-label", `${panel.title}; the same figures are in the table below`);
      section.append(chart, element("details", null, element("summary", "Table"), table(panel, rows)));
      drawings.push([panel, rows, chart]);
    } else {
      section.append(table(panel, rows));
    }
    return section;
  }));
  return Promise.all(drawings.map((drawing) => draw(...drawing)));
}

document.getElementById("made").textContent = `Made ${data.made}.`;
select.append(new Option("All", ALL), ...data.tenants.map((tenant) => new Option(tenant, tenant)));
select.addEventListener("change", show);
dark.addEventListener("change", show);
show().then(() => { document.body.dataset.ready = "yes"; });
