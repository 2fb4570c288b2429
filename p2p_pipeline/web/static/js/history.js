// The chart of a price: the line, its lowest and highest as a band, gaps as gaps. A drag zooms and stands in the address.
import { figures } from "./figures.js";

/** @type {any} */
const uPlot = /** @type {any} */ (window).uPlot;
const place = document.getElementById("chart");
if (place) draw(place);

/** @param {HTMLElement} place */
async function draw(place) {
  const answer = await fetch(place.dataset.source ?? "");
  if (!answer.ok) return;
  const told = await answer.json();
  const columns = columnsOf(told.points, told.period === "1d" ? 86400 : told.period === "5m" ? 300 : 3600);
  const canvas = /** @type {HTMLElement} */ (place.querySelector(".canvas"));
  const style = getComputedStyle(document.documentElement);
  const probe = document.createElement("span");
  place.append(probe);
  const colour = (/** @type {string} */ name) => {
    probe.style.color = `var(${name})`;
    return getComputedStyle(probe).color;
  };
  const line = colour("--accent"), muted = colour("--muted"), grid = colour("--line");
  probe.remove();
  const axis = { stroke: muted, grid: { stroke: grid, width: 1 }, ticks: { stroke: grid }, font: `12px ${style.fontFamily}` };
  const chart = new uPlot({
    width: canvas.clientWidth,
    height: 340,
    tzDate: (/** @type {number} */ seconds) => uPlot.tzDate(new Date(seconds * 1e3), place.dataset.zone),
    cursor: { drag: { x: true, y: false } },
    scales: { x: { time: true } },
    axes: [axis, { ...axis, size: 70, values: (/** @type {any} */ _, /** @type {number[]} */ ticks) => ticks.map((tick) => figures.statistic(tick)) }],
    series: [
      {},
      { label: place.dataset.low, stroke: "transparent", value: shown },
      { label: place.dataset.high, stroke: "transparent", value: shown },
      { label: place.dataset.label, stroke: line, width: 1.5, spanGaps: false, value: shown },
    ],
    bands: [{ series: [2, 1], fill: line.replace("rgb(", "rgba(").replace(")", ", 0.18)") }],
    hooks: { setSelect: [zoomed] },
  }, columns, canvas);
  new ResizeObserver(() => chart.setSize({ width: canvas.clientWidth, height: 340 })).observe(canvas);
}

/** @param {any} _ @param {number | null} value */
function shown(_, value) {
  return value === null || value === undefined ? "–" : figures.statistic(value);
}

/** @param {any[]} points @param {number} step */
function columnsOf(points, step) {
  /** @type {(number | null)[][]} */
  const columns = [[], [], [], []];
  let before = 0;
  for (const point of points) {
    const at = Date.parse(point.starts_at) / 1000;
    // A day may be 25 hours long where clocks change: only what is longer is a gap.
    if (before && at - before > 1.5 * step) [before + step, null, null, null].forEach((value, place) => columns[place].push(value));
    [at, point.low, point.high, point.value].forEach((value, place) => columns[place].push(value));
    before = at;
  }
  return columns;
}

/** @param {any} chart */
function zoomed(chart) {
  if (!chart.select.width) return;
  // The address has days of the series' own zone, as the form does: sv-SE writes them as YYYY-MM-DD.
  const zone = place?.dataset.zone;
  const day = (/** @type {number} */ seconds) => new Date(seconds * 1000).toLocaleDateString("sv-SE", { timeZone: zone });
  const { min, max } = chart.scales.x;
  const address = new URL(location.href);
  address.searchParams.set("from", day(min));
  address.searchParams.set("to", day(max));
  history.replaceState(null, "", address);
}
