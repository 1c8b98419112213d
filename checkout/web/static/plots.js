// Plots of the tables on this page. Each is drawn above its table, which is folded away; without this file the tables stand
// open. A line is told by its dashes as well as by its colour; arrow keys read it point by point.
const root = document.documentElement;
const locale = root.lang === "en" ? "en-GB" : "ru";
const colour = (name) => getComputedStyle(root).getPropertyValue(name).trim();
const LINES = [["--main", []], ["--wait", [10, 5]], ["--bad", [2, 5]], ["--ink", [14, 5, 2, 5]]];
const FONT = "16px system-ui, sans-serif";
const HEIGHT = 280;
const ROUND = [1, 2, 5].flatMap((n) => [...Array(9).keys()].map((power) => n * 10 ** power)).sort((a, b) => a - b);
const NS = "http://www.w3.org/2000/svg";

const number = new Intl.NumberFormat(locale, { notation: "compact", maximumFractionDigits: 1 });
const short = new Intl.DateTimeFormat(locale, { day: "numeric", month: "short", timeZone: "UTC" });
const aloud = (text) => { document.querySelector("[data-words]").textContent = text; };

function read(table) {
  const rows = [...table.tBodies[0].rows];
  const labels = [...table.tHead.rows[0].cells].slice(1).map((cell) => cell.textContent.trim());
  return {
    labels,
    days: rows.map((row) => new Date(row.querySelector("time").dateTime)),
    lines: labels.map((_, n) => rows.map((row) => Number(row.cells[n + 1].querySelector("data").value))),
    says: rows.map((row) => [...row.cells].map((cell, n) => (n ? `${labels[n - 1]}: ` : "") + cell.textContent.trim()).join("; ")),
  };
}

function make(name, className, parent) {
  const node = document.createElement(name);
  node.className = className;
  parent.append(node);
  return node;
}

function sample(n) {
  const [token, dash] = LINES[n % LINES.length];
  const drawing = document.createElementNS(NS, "svg");
  const line = document.createElementNS(NS, "line");
  const facts = { x1: 0, y1: 6, x2: 48, y2: 6, "stroke-width": 3, "stroke-dasharray": dash.join(" "), stroke: `var(${token})` };
  for (const [name, value] of Object.entries(facts)) line.setAttribute(name, value);
  for (const [name, value] of Object.entries({ width: 48, height: 12, "aria-hidden": true })) drawing.setAttribute(name, value);
  drawing.append(line);
  return drawing;
}

function key(labels, place) {
  const list = make("ul", "key", place);
  labels.forEach((label, n) => make("li", "", list).append(sample(n), label));
}

function draw(table) {
  const { labels, days, lines, says } = read(table);
  const place = document.createElement("div");
  table.closest("details").before(place);
  place.className = "plot";
  key(labels, place);
  const box = make("div", "canvas", place);
  const reading = make("p", "hint reading", place);
  reading.textContent = says.at(-1);
  box.tabIndex = 0;
  box.setAttribute("role", "img");
  box.setAttribute("aria-label", table.caption.textContent.trim());
  const axis = { stroke: () => colour("--soft"), font: FONT, ticks: { show: false } };
  const plot = new uPlot({
    width: box.clientWidth,
    height: HEIGHT,
    legend: { show: false },
    cursor: { y: false, drag: { x: false, y: false } },
    scales: { x: { time: false }, y: { range: (_, __, most) => [0, most > 0 ? most * 1.05 : 1] } },
    axes: [
      { ...axis, grid: { show: false }, space: 76, incrs: [1, 2, 5, 7, 14], values: (_, at) => at.map((n) => short.format(days[n])) },
      { ...axis, size: 84, incrs: ROUND, grid: { stroke: () => colour("--faint") }, values: (_, at) => at.map((value) => number.format(value)) },
    ],
    series: [{}, ...labels.map((label, n) => {
      const [token, dash] = LINES[n % LINES.length];
      return { label, dash, width: 2.5, stroke: () => colour(token), points: { show: false } };
    })],
    hooks: { setCursor: [(it) => { if (it.cursor.idx != null) reading.textContent = says[it.cursor.idx]; }] },
  }, [days.map((_, n) => n), ...lines], box);
  listen(box, plot, says);
  new ResizeObserver(() => plot.setSize({ width: box.clientWidth, height: HEIGHT })).observe(place);
  new MutationObserver(() => plot.redraw()).observe(root, { attributeFilter: ["data-theme"] });
  matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => plot.redraw());
}

function listen(box, plot, says) {
  let at = says.length - 1;
  const steps = { ArrowLeft: () => at - 1, ArrowRight: () => at + 1, Home: () => 0, End: () => says.length - 1 };
  box.addEventListener("keydown", (event) => {
    if (!(event.key in steps) || event.ctrlKey || event.altKey || event.metaKey) return;
    event.preventDefault();
    at = Math.min(Math.max(steps[event.key](), 0), says.length - 1);
    plot.setCursor({ left: plot.valToPos(at, "x"), top: 0 });
    aloud(says[at]);
  });
}

document.querySelectorAll("table[data-plot]").forEach((table) => {
  draw(table);
  table.closest("details").open = false;
});
