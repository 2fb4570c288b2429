// The chart of a price: its line in its band, the whole book in grey, depth and spread below with the same time.
// A drag looks closer: the range goes into the address, and the page comes with finer points, its list and its table.
import { figures } from "./figures.js";
import { shadeBehind, showMarks } from "./history_marks.js";
import { columnsOf, joined } from "./history_columns.js";

/** @type {any} */
const uPlot = /** @type {any} */ (window).uPlot;
const TOGETHER = "history";
const PRICE_HEIGHT = 340, PANEL_HEIGHT = 118, AXIS_WIDTH = 74;
let isLeaving = false;

const place = document.getElementById("chart");
if (place?.dataset.drawing) draw(place, JSON.parse(place.dataset.drawing));
offerCopies();

/** @param {HTMLElement} place @param {any} told */
function draw(place, told) {
  const colour = colours(place);
  const zone = place.dataset.zone;
  const seen = { ...told, colour };
  const canvas = /** @type {HTMLElement} */ (document.getElementById("price-canvas"));
  const panels = /** @type {HTMLElement} */ (document.getElementById("panels"));
  const charts = [pricePlot(canvas, seen, zone)];
  for (const panel of told.panels) {
    const box = panels.appendChild(document.createElement("div"));
    charts.push(panelPlot(box, panel, seen, zone));
  }
  showMarks(place, charts[0], told.marks);
  new ResizeObserver(() => charts.forEach((chart) => chart.setSize({ width: canvas.clientWidth, height: chart.height }))).observe(canvas);
}

/** @param {HTMLElement} box @param {any} told @param {string | undefined} zone */
function pricePlot(box, told, zone) {
  const { colour } = told, text = writer(told.kind);
  const tables = [columnsOf(told.main), told.median && columnsOf(told.median), told.other && columnsOf(told.other)];
  const series = [
    timeLine(told),
    { label: told.main.label, stroke: colour("--accent"), width: 1.6, value: text, points: { show: isSparse(told) } },
    { label: told.low, stroke: "transparent", value: text, points: { show: false } },
    { label: told.high, stroke: "transparent", value: text, points: { show: false } },
  ];
  if (told.median) series.push({ label: told.median.label, stroke: colour("--muted"), width: 1, value: text, points: { show: false } });
  if (told.other) series.push({ label: told.other.label, stroke: colour("--worse"), width: 1.6, value: text, points: { show: false } });
  const options = {
    ...common(box, told, zone, PRICE_HEIGHT),
    axes: axes(told, text, told.panels.length === 0),
    series,
    bands: [{ series: [3, 2], fill: translucent(colour("--accent"), 0.18) }],
  };
  options.hooks.drawClear = [(/** @type {any} */ chart) => shadeBehind(chart, told)];
  return new uPlot(options, joined(uPlot, tables), box);
}

/** @param {HTMLElement} box @param {any} panel @param {any} told @param {string | undefined} zone */
function panelPlot(box, panel, told, zone) {
  const text = writer(panel.kind), line = told.colour("--muted");
  const options = {
    ...common(box, told, zone, PANEL_HEIGHT),
    axes: axes(told, text, told.panels[told.panels.length - 1] === panel),
    series: [timeLine(told), { label: panel.line.label, stroke: line, width: 1.2, fill: translucent(line, 0.12), value: text, points: { show: false } }],
  };
  options.hooks.drawClear = [(/** @type {any} */ chart) => shadeBehind(chart, told)];
  return new uPlot(options, joined(uPlot, [columnsOf(panel.line)]), box);
}

/** What all plots share: one time, one crosshair. @param {HTMLElement} box @param {any} told @param {string | undefined} zone @param {number} height @returns {any} */
function common(box, told, zone, height) {
  return {
    width: box.clientWidth,
    height,
    tzDate: (/** @type {number} */ seconds) => uPlot.tzDate(new Date(seconds * 1e3), zone),
    cursor: { sync: { key: TOGETHER }, drag: { x: true, y: false, setScale: false } },
    scales: { x: { time: true, range: () => [told.from, Math.max(told.to, told.from + 60)] } },
    legend: { live: true },
    hooks: { setSelect: [lookCloser] },
  };
}

/** What the crosshair stands on. @param {any} told */
function timeLine(told) {
  const zone = document.getElementById("chart")?.dataset.zone;
  const shown = new Intl.DateTimeFormat(document.documentElement.lang, { dateStyle: "medium", timeStyle: "short", timeZone: zone });
  return { label: told.time, value: (/** @type {any} */ _, /** @type {number | null} */ at) => (at === null ? "–" : shown.format(at * 1e3)) };
}

/** @param {any} told @param {any} text @param {boolean} hasTimes */
function axes(told, text, hasTimes) {
  const { colour } = told;
  const font = `12px ${getComputedStyle(document.documentElement).getPropertyValue("--font") || "sans-serif"}`;
  const axis = { stroke: colour("--muted"), grid: { stroke: colour("--line"), width: 1 }, ticks: { stroke: colour("--line") }, font };
  const hours = { hour: "2-digit", minute: "2-digit", hour12: false };
  const times = {
    ...axis,
    space: 72,
    values: (/** @type {any} */ _, /** @type {number[]} */ ticks, /** @type {any} */ __, /** @type {any} */ ___, /** @type {number} */ step) =>
      ticks.map((tick) => clock(tick, step, told, hours)),
  };
  return [
    hasTimes ? times : { ...times, values: (/** @type {any} */ _, /** @type {number[]} */ ticks) => ticks.map(() => ""), size: 12 },
    { ...axis, size: AXIS_WIDTH, values: (/** @type {any} */ _, /** @type {number[]} */ ticks) => ticks.map((tick) => text(null, tick)) },
  ];
}

/** A tick as a date where days are apart, else as a time; at midnight always the date. @param {number} tick @param {number} step @param {any} told @param {any} hours */
function clock(tick, step, told, hours) {
  const zone = document.getElementById("chart")?.dataset.zone, at = new Date(tick * 1e3), language = document.documentElement.lang;
  const time = at.toLocaleTimeString(language, { ...hours, timeZone: zone });
  if (step < 86_400 && !/^(00|24):00$/.test(time)) return time;
  const isLong = told.to - told.from > 300 * 86_400;
  const day = step < 28 * 86_400 ? { day: "numeric" } : {};
  return at.toLocaleDateString(language, /** @type {any} */ ({ ...day, month: "short", ...(isLong ? { year: "numeric" } : {}), timeZone: zone }));
}

/** @param {string} kind @returns {(_: any, value: number | null | undefined) => string} */
function writer(kind) {
  return (_, value) => {
    if (value === null || value === undefined) return "–";
    if (kind === "change") return figures.share(value);
    if (kind === "share") return `${figures.statistic(Number((value * 100).toPrecision(4)))}\u00a0%`;
    return figures.statistic(value);
  };
}

/** Whether so few points are seen that each shows as a dot: a line between gaps would be none. @param {any} told */
function isSparse(told) {
  return told.main.columns[0].length < 60;
}

/** @param {any} chart */
function lookCloser(chart) {
  if (chart.select.width < 4 || isLeaving) return;
  isLeaving = true;
  const minute = (/** @type {number} */ pixel, /** @type {(n: number) => number} */ round) =>
    new Date(round(chart.posToVal(pixel, "x") / 60) * 60_000).toISOString().replace(/:00\.000Z$/, "Z");
  const address = new URL(location.href);
  address.searchParams.set("from", minute(chart.select.left, Math.floor));
  address.searchParams.set("to", minute(chart.select.left + chart.select.width, Math.ceil));
  address.searchParams.set("tz", document.getElementById("chart")?.dataset.zone ?? "UTC");
  address.searchParams.delete("period");
  location.assign(address);
}

/** The page's colours as the canvas wants them. @param {HTMLElement} place */
function colours(place) {
  /** @type {Map<string, string>} */
  const known = new Map();
  return (/** @type {string} */ name) => {
    let found = known.get(name);
    if (found === undefined) {
      const probe = place.appendChild(document.createElement("span"));
      probe.style.color = `var(${name})`;
      found = getComputedStyle(probe).color;
      probe.remove();
      known.set(name, found);
    }
    return found;
  };
}

/** @param {string} colour @param {number} share */
function translucent(colour, share) {
  return colour.replace("rgb(", "rgba(").replace(")", `, ${share})`);
}

/** Buttons that copy a text stand there only where they can. */
function offerCopies() {
  if (!navigator.clipboard) return;
  for (const button of document.querySelectorAll("button[data-copy]")) {
    const text = document.getElementById(/** @type {HTMLElement} */ (button).dataset.copy ?? "");
    /** @type {HTMLElement} */ (button).hidden = false;
    button.addEventListener("click", () => navigator.clipboard.writeText((text?.textContent ?? "").replace(/^GET /, location.origin)));
  }
}

addEventListener("pageshow", () => { isLeaving = false; });
