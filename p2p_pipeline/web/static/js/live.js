// The board and the answer, or what a scan found, as they change: a socket with numbered frames, resumed where it broke off. Ages go on by the
// server's clock; text changes in place, so that nothing moves and no node comes or goes.
import { figures, put, write } from "./figures.js";
import { openLine } from "./line.js";

/** Rows whose order an address can tell. */
const MOST_HELD = 60;
const ICONS = { live: "●", delayed: "◐", stale: "▲", stopped: "■" };

const told = /** @type {HTMLElement} */ (document.getElementById("words")).dataset;
/** @type {{epoch: string, seq: number} | null} */
let read = null;
let clockAheadMs = Number(told.serverTime) * 1000 - Date.now();
let isPaused = false;
/** What is live here, by its socket's name. */
const topic = /** @type {HTMLElement | null} */ (document.querySelector("[data-topic]"))?.dataset.topic;
/** @type {import("./line.js").Line | null} */
let line = null;

export function startLive() {
  setInterval(tick, 1000);
  document.addEventListener("htmx:after:swap", tick);
  if (!topic) return;
  line = openLine(() => `/ws/${topic}${read ? `?epoch=${read.epoch}&seq=${read.seq}` : ""}`, hear);
  document.getElementById("pause")?.addEventListener("click", pause);
}

/** @param {any} message @param {import("./line.js").Line} from */
function hear(message, from) {
  if (message.server_time) clockAheadMs = Date.parse(message.server_time) - Date.now();
  if (message.type === "hello") {
    // What was missed comes next: the changes since, or the whole state.
    if (!read || read.epoch !== message.epoch) read = { epoch: message.epoch, seq: -1 };
    if (isPaused) from.send({ type: "pause" });
    return;
  }
  if (message.type === "heartbeat") {
    if (read && message.seq > read.seq && !isPaused) from.send({ type: "resume", ...read });
    return;
  }
  if (isPaused && read && read.seq >= 0) return;
  if (read && message.type === "delta" && read.seq >= 0 && message.seq > read.seq + 1) {
    from.send({ type: "resume", ...read });
    return;
  }
  if (message.type === "delta" && read && message.seq <= read.seq) return;
  const isLater = read !== null && read.seq >= 0 && message.seq !== read.seq;
  if (read) read.seq = message.seq;
  if (topic === "now") show(message.rows, isLater);
  else fetchScan(message.scan);
}

/** Hold everything as it stands; ages go on, for what stands here gets older. */
function pause() {
  const button = /** @type {HTMLElement} */ (document.getElementById("pause"));
  isPaused = !isPaused;
  button.setAttribute("aria-pressed", String(isPaused));
  button.textContent = (isPaused ? told.goOn : told.pause) ?? "";
  line?.send({ type: isPaused ? "pause" : "go_on" });
  if (!isPaused && read) line?.send({ type: "resume", ...read });
}

/** @param {Record<string, any>} rows @param {boolean} isChange */
function show(rows, isChange) {
  const answer = document.getElementById("answer");
  for (const [name, row] of Object.entries(rows)) {
    const line = document.getElementById(`row-${name.replace(".", "-").replace(" ", "-")}`);
    if (line) showRow(line, row);
    if (isChange && answer && `${answer.dataset.market} ${answer.dataset.side}` === name) {
      answer.dispatchEvent(new CustomEvent("p2p:fresh"));
    }
  }
}

/** A later scan than the one that stands here: what is shown is asked for anew, and only what differs is changed. @param {any} scan */
function fetchScan(scan) {
  const place = document.querySelector("[data-topic]");
  if (!(place instanceof HTMLElement) || !scan || `${scan.service} ${scan.sequence}` === place.dataset.scan) return;
  const rows = place.querySelector("table.opportunities tbody");
  // Under a pointer or the keyboard rows keep their order: nobody opens another one than they meant.
  if (rows && (rows.matches(":hover") || rows.contains(document.activeElement))) {
    const address = new URL(place.getAttribute("hx-get") ?? "", location.href);
    const held = [...rows.querySelectorAll("tr[id^='line-']:not(.ended)")].slice(0, MOST_HELD);
    address.searchParams.set("hold", held.map((one) => one.id.slice("line-".length)).join(","));
    place.setAttribute("hx-get", address.pathname + address.search);
  }
  place.dispatchEvent(new CustomEvent("p2p:fresh"));
}

/** @param {HTMLElement} line @param {any} row */
function showRow(line, row) {
  line.className = row.is_sound ? "sound" : "unsound";
  const fiat = row.market_key.split("-").pop();
  const asset = row.market_key.split(".").pop().split("-")[0];
  put(line, "amount", row.amount === null ? "" : figures.given(row.amount, row.side === "BUY" ? fiat : asset));
  put(line, "best_single", row.best_single === null ? "–" : figures.price(row.best_single, figures.places(row.best_single)));
  put(line, "best_split", row.best_split === null ? "–" : `${figures.price(row.best_split, figures.places(row.best_single ?? row.best_split) + 1)} (${row.splits})`);
  put(line, "spread", row.spread === null ? "" : figures.share(row.spread));
  put(line, "depth", row.depth_asset === null ? "" : figures.asset(row.depth_asset, asset));
  put(line, "trouble", row.is_sound ? `✓ ${figures.words("sound")}` : `! ${row.trouble_in?.[document.documentElement.lang] ?? row.trouble}`);
  const age = line.querySelector('[data-cell="age"]');
  if (age instanceof HTMLElement && row.snapshot_at !== null) age.dataset.ageOf = new Date(row.snapshot_at * 1000).toISOString();
}

function tick() {
  const now = Date.now() + clockAheadMs;
  for (const element of document.querySelectorAll("[data-age-of]")) {
    const age = element.querySelector(".age");
    if (age) write(age, figures.age(Math.max(0, now - Date.parse(/** @type {HTMLElement} */ (element).dataset.ageOf ?? "")) / 1000));
  }
  for (const mark of document.querySelectorAll(".fresh[data-at]")) showLevel(/** @type {HTMLElement} */ (mark), now);
}

/** @param {HTMLElement} mark @param {number} now */
function showLevel(mark, now) {
  const at = new Date(mark.dataset.at ?? "");
  const seconds = (now - at.getTime()) / 1000;
  const level = seconds > Number(told.stoppedSeconds) ? "stopped" : seconds > Number(told.staleSeconds) ? "stale" : seconds > Number(told.liveSeconds) ? "delayed" : "live";
  const age = mark.querySelector(".age");
  if (age) write(age, figures.age(Math.max(0, seconds)));
  if (mark.classList.contains(level)) return;
  mark.className = `fresh ${level}`;
  const icon = mark.querySelector(".mark"), word = mark.querySelector(".word");
  if (icon) write(icon, ICONS[level]);
  if (word) write(word, told[level] ?? level);
  if (age && level === "stopped") write(age, at.toLocaleTimeString(document.documentElement.lang, { hour12: false, timeZone: told.zone }));
}
