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

function words(name) {
  return name.replace(/^is_/, "").replace(/_30_days$/, ", 30 days").replace(/_90_days$/, ", 90 days")
    .replace(/^median_minutes_/, "median time ").replace("hours", "time").replaceAll("_", " ");
}

function duration(minutes) {
  if (minutes < 60) return `${Math.round(minutes)} min`;
  if (minutes < 48 * 60) return `${(minutes / 60).toFixed(1)} h`;
  return `${(minutes / 1440).toFixed(1)} d`;
}

function shown(name, value) {
  if (value === null || value === undefined) return "";
  if (typeof value === "boolean") return value ? "yes" : "no";
  if (typeof value === "number") {
    if (name.includes("_rate") || name.startsWith("share_")) return `${(100 * value).toFixed(0)} %`;
    if (name.includes("minutes")) return duration(value);
    if (name.includes("hours")) return duration(60 * value);
    return Number.isInteger(value) ? value.toLocaleString("en") : value.toFixed(2);
  }
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
    made.textContent = shown(name, value);
    made.title = made.textContent;
    if (value === true) made.className = "true";
  }
  return made;
}

function table(panel, rows) {
  const names = Object.keys(panel.rows[0]);
  const head = element("tr", null, ...names.map((name) => {
    const made = element("th", words(name));
    made.scope = "col";
    if (rows.some((row) => typeof row[name] === "number")) made.className = "number";
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

// The figures of one row, large; a list of terms and what they are.
function tiles(row) {
  const names = Object.keys(row).filter((name) => name !== "tenant");
  const made = element("dl", null, ...names.map((name) => element(
    "div", null, element("dt", words(name)), element("dd", shown(name, row[name]) || "–"),
  )));
  made.className = "tiles";
  return made;
}

async function draw(panel, rows, place) {
  const colour = getComputedStyle(document.body).color;
  const specification = {
    ...panel.chart,
    $schema: "https://vega.github.io/schema/vega-lite/v6.json",
    width: "container",
    background: null,
    config: { legend: { symbolBaseFillColor: colour, symbolBaseStrokeColor: colour } },
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
    if (panel.wide) section.className = "wide";
    if (!rows.length) {
      section.append(element("p", "Nothing."));
    } else if (panel.chart) {
      const chart = element("div", null);
      chart.className = "chart";
      chart.setAttribute("role", "img");
      chart.setAttribute("aria-label", `${panel.title}; the same figures are in the table below`);
      section.append(chart, element("details", null, element("summary", "Table"), table(panel, rows)));
      drawings.push([panel, rows, chart]);
    } else if (panel.tiles && rows.length === 1) {
      section.append(tiles(rows[0]));
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
