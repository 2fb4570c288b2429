// What happened, on the chart: stretches behind the lines, and links above them that say what it was.

const TOUCH = 24;
const SIGNS = /** @type {Record<string, string>} */ ({ unusual: "!", regime_change: "↕", outage: "×", holiday: "★", event: "★" });
const WEIGHT = ["outage", "regime_change", "unusual", "event", "holiday"];

/** Gaps hatched, imported time underlined, what was unusual tinted. @param {any} chart @param {any} told */
export function shadeBehind(chart, told) {
  const { ctx, bbox } = chart, { colour } = told;
  const at = (/** @type {number} */ seconds) => Math.min(Math.max(chart.valToPos(seconds, "x", true), bbox.left), bbox.left + bbox.width);
  ctx.save();
  ctx.beginPath();
  ctx.rect(bbox.left, bbox.top, bbox.width, bbox.height);
  ctx.clip();
  for (const mark of told.marks) {
    if (mark.kind === "holiday" || mark.kind === "event") continue;
    ctx.globalAlpha = 0.12;
    ctx.fillStyle = colour(mark.kind === "outage" ? "--bad" : mark.kind === "regime_change" ? "--accent" : "--warn");
    ctx.fillRect(at(mark.start), bbox.top, Math.max(2, at(mark.end) - at(mark.start)), bbox.height);
  }
  ctx.globalAlpha = 1;
  for (const [start, end] of told.gaps) hatch(ctx, at(start), at(end), bbox, colour("--line"));
  ctx.fillStyle = colour("--warn");
  const thick = 3 * devicePixelRatio;
  for (const [start, end] of told.imported) ctx.fillRect(at(start), bbox.top + bbox.height - thick, at(end) - at(start), thick);
  ctx.restore();
}

/** @param {CanvasRenderingContext2D} ctx @param {number} left @param {number} right @param {any} bbox @param {string} stroke */
function hatch(ctx, left, right, bbox, stroke) {
  const gap = 8 * devicePixelRatio;
  ctx.save();
  ctx.beginPath();
  ctx.rect(left, bbox.top, Math.max(1, right - left), bbox.height);
  ctx.clip();
  ctx.strokeStyle = stroke;
  ctx.lineWidth = devicePixelRatio;
  ctx.beginPath();
  for (let x = left - bbox.height; x < right; x += gap) {
    ctx.moveTo(x, bbox.top + bbox.height);
    ctx.lineTo(x + bbox.height, bbox.top);
  }
  ctx.stroke();
  ctx.restore();
}

/** A link for each mark, or one for several that would touch; it leads to its place in the list. @param {HTMLElement} place @param {any} chart @param {any[]} marks */
export function showMarks(place, chart, marks) {
  const layer = chart.over.parentElement.appendChild(document.createElement("div"));
  layer.className = "marks";
  const place_again = () => {
    layer.replaceChildren(...grouped(chart, marks).map((group) => link(place, chart, group)));
  };
  chart.hooks.setSize = [...(chart.hooks.setSize ?? []), place_again];
  place_again();
}

/** @param {any} chart @param {any[]} marks @returns {{x: number, marks: any[]}[]} */
function grouped(chart, marks) {
  /** @type {{x: number, marks: any[]}[]} */
  const groups = [];
  for (const mark of marks) {
    const x = chart.over.offsetLeft + Math.min(Math.max(chart.valToPos(mark.start, "x"), 0), chart.over.clientWidth);
    const last = groups[groups.length - 1];
    if (last && x - last.x < TOUCH + 2) last.marks.push(mark);
    else groups.push({ x, marks: [mark] });
  }
  return groups;
}

/** @param {HTMLElement} place @param {any} chart @param {{x: number, marks: any[]}} group */
function link(place, chart, group) {
  const first = [...group.marks].sort((one, other) => WEIGHT.indexOf(one.kind) - WEIGHT.indexOf(other.kind))[0];
  const made = document.createElement("a");
  made.href = `#${first.id}`;
  made.className = first.kind;
  made.textContent = group.marks.length > 1 ? String(group.marks.length) : SIGNS[first.kind];
  made.style.left = `${group.x}px`;
  const text = group.marks.map((mark) => mark.text).slice(0, 4).join("\n");
  made.setAttribute("aria-label", text);
  for (const event of ["mouseenter", "focus"]) made.addEventListener(event, () => tell(place, made, text));
  for (const event of ["mouseleave", "blur"]) made.addEventListener(event, () => tell(place, made, ""));
  return made;
}

/** @param {HTMLElement} place @param {HTMLElement} at @param {string} text */
function tell(place, at, text) {
  const tip = /** @type {HTMLElement} */ (document.getElementById("tip"));
  tip.hidden = !text;
  tip.innerText = text;
  if (!text) return;
  const box = place.getBoundingClientRect(), here = at.getBoundingClientRect();
  tip.style.top = `${here.bottom - box.top + 6}px`;
  tip.style.left = `${Math.max(8, Math.min(here.left - box.left - 40, box.width - tip.offsetWidth - 8))}px`;
}
