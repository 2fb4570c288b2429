// The board and the answer as they change: a socket with numbered frames, resumed where it broke off.
import { figures } from "./figures.js";

const SILENT_MS = 25_000;
const FIRST_WAIT_MS = 500;
const LONGEST_WAIT_MS = 15_000;
const HIDDEN_MS = 300_000;

/** @type {{epoch: string, seq: number} | null} */
let read = null;
let waitMs = FIRST_WAIT_MS;
let clockAheadMs = 0;
let lastHeard = 0;
/** @type {WebSocket | null} */
let socket = null;

export function startLive() {
  connect();
  setInterval(tick, 1000);
  document.addEventListener("visibilitychange", () => {
    if (!document.hidden && !socket) connect();
  });
}

function connect() {
  const scheme = location.protocol === "https:" ? "wss" : "ws";
  const from = read ? `?epoch=${read.epoch}&seq=${read.seq}` : "";
  const opened = new WebSocket(`${scheme}://${location.host}/ws/now${from}`, "p2p.v1");
  socket = opened;
  lastHeard = Date.now();
  opened.onmessage = (event) => {
    lastHeard = Date.now();
    hear(opened, JSON.parse(event.data));
  };
  opened.onclose = () => {
    if (socket !== opened) return;
    socket = null;
    if (document.hidden) return;
    const waited = waitMs * (0.8 + 0.4 * Math.random());
    waitMs = Math.min(LONGEST_WAIT_MS, waitMs * 2);
    say(figures.words("lost", Math.ceil(waited / 1000)));
    setTimeout(() => { if (!socket) connect(); }, waited);
  };
}

/** @param {WebSocket} from @param {any} message */
function hear(from, message) {
  if (message.server_time) clockAheadMs = Date.parse(message.server_time) - Date.now();
  if (message.type === "hello") {
    waitMs = FIRST_WAIT_MS;
    say("");
    // What was missed comes next: the changes since, or the whole state.
    if (!read || read.epoch !== message.epoch) read = { epoch: message.epoch, seq: -1 };
    return;
  }
  if (message.type === "heartbeat") {
    if (read && message.seq > read.seq) from.send(JSON.stringify({ type: "resume", ...read }));
    return;
  }
  if (read && message.type === "delta" && read.seq >= 0 && message.seq > read.seq + 1) {
    from.send(JSON.stringify({ type: "resume", ...read }));
    return;
  }
  if (message.type === "delta" && read && message.seq <= read.seq) return;
  const isLater = read !== null && read.seq >= 0 && message.seq !== read.seq;
  if (read) read.seq = message.seq;
  show(message.rows, isLater);
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
  if (age instanceof HTMLElement && row.snapshot_at !== null) age.dataset.at = String(row.snapshot_at * 1000);
}

/** @param {HTMLElement} line @param {string} cell @param {string} text */
function put(line, cell, text) {
  const found = line.querySelector(`[data-cell="${cell}"]`);
  if (!found || found.textContent?.trim() === text) return;
  found.textContent = text;
  found.classList.remove("changed");
  requestAnimationFrame(() => found.classList.add("changed"));
}

function tick() {
  const now = Date.now() + clockAheadMs;
  for (const cell of document.querySelectorAll("#board [data-cell='age'][data-at]")) {
    cell.textContent = figures.age((now - Number(/** @type {HTMLElement} */ (cell).dataset.at)) / 1000);
  }
  for (const mark of document.querySelectorAll(".fresh[data-at] .age")) {
    const at = Date.parse(/** @type {HTMLElement} */ (mark.parentElement).dataset.at ?? "");
    mark.textContent = figures.age((now - at) / 1000);
  }
  if (socket && Date.now() - lastHeard > (document.hidden ? HIDDEN_MS : SILENT_MS)) socket.close();
}

/** @param {string} text */
function say(text) {
  const place = document.getElementById("connection");
  if (!place) return;
  place.textContent = text;
  place.hidden = !text;
}
