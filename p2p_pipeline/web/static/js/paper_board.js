// A session's board as it changes each second: a snapshot, then what differs. Nothing is painted while the page is
// paused or hidden; the board goes on being read, so that going on shows the newest at once.
import { figures, write } from "./figures.js";
import { openLine } from "./line.js";
import { paper } from "./paper_figures.js";

const DELAYED_MS = 3_500, STALE_MS = 10_000, STOPPED_MS = 60_000;
const ENDED = ["STOPPED", "FAILED"];
const ICONS = { live: "●", delayed: "◐", stale: "▲", stopped: "■" };
const head = /** @type {HTMLElement} */ (document.querySelector("[data-session]"));

const hadEnded = head.dataset.ended === "yes";

/** What is known: `head` is all of the board but its rows. */
export const board = {
  /** @type {any} */
  head: null,
  /** @type {Map<string, any>} */
  rows: new Map(),
  /** Of the log, as far as was told. */
  lines: 0,
  sequence: -1,
  isPaused: false,
  heardAt: Date.now(),
  /** What the server knew when it drew the page counts more: a process that has gone leaves a board that says it runs. */
  get state() { return hadEnded ? head.dataset.state ?? "" : this.head?.state ?? ""; },
  get hasEnded() { return hadEnded || ENDED.includes(this.state); },
  /** The session's clock now: it stands still when the session has ended. */
  now() { return this.head === null ? Date.now() : this.head.at + (this.hasEnded ? 0 : Date.now() - this.heardAt); },
};

/** @type {((changed: Record<string, any> | null) => void)[]} */
const painters = [];
/** @type {(() => void)[]} */
const growers = [];

/** The page's modules share one socket. @param {(changed: Record<string, any> | null) => void} paint null: anything may have changed @param {() => void} [grown] the log has more lines */
export function followBoard(paint, grown) {
  painters.push(paint);
  if (grown) growers.push(grown);
  if (painters.length === 1) follow();
}

function follow() {
  const session = encodeURIComponent(head.dataset.session ?? "");
  const show = (/** @type {Record<string, any> | null} */ changed) => { if (!board.isPaused && !document.hidden && board.head) { sayState(); painters.forEach((paint) => paint(changed)); } };
  const address = () => `/ws/paper/${session}${board.sequence < 0 ? "" : `?sequence=${board.sequence}&event=${board.lines}`}`;
  openLine(address, (message) => {
    const changed = take(message);
    if (changed !== undefined) show(changed);
    const lines = message.type === "events_append" ? message.from + message.lines.length - 1 : message.events ?? 0;
    if (lines <= board.lines) return;
    board.lines = lines;
    growers.forEach((grown) => grown());
  });
  document.addEventListener("visibilitychange", () => show(null));
  document.getElementById("pause")?.addEventListener("click", () => { pause(); show(null); });
  setInterval(sayFresh, 1000);
}

/** A state in the reader's words, with its mark, and the class of its colour. @param {string} name */
export function stateTold(name) {
  const words = name.toLowerCase().split("_").map((one) => one.charAt(0).toUpperCase() + one.slice(1));
  const [kind, ...text] = (document.getElementById("paper-words")?.dataset[`session${words.join("")}`] ?? ` ${name}`).split(" ");
  return { kind, text: text.join(" ") };
}

/** The head of all tabs. */
function sayState() {
  const mark = head.querySelector(".state-mark"), told = stateTold(board.state);
  if (!mark || mark.textContent?.trim() === told.text) return;
  mark.className = `state-mark ${told.kind}`;
  mark.textContent = told.text;
}

/** Undefined for what is no later board. @param {any} message @returns {Record<string, any> | null | undefined} */
function take(message) {
  if (message.type === "snapshot" && message.board) {
    const { rows, ...others } = message.board;
    board.head = others;
    board.rows = new Map(rows.map((/** @type {any} */ row) => [row.symbol, row]));
  } else if (message.type === "tick" && board.head) {
    // Somebody resumed it: the server draws another page of a session that runs.
    if (hadEnded) location.reload();
    Object.assign(board.head, message.head);
    for (const [symbol, changes] of Object.entries(message.rows)) {
      const row = board.rows.get(symbol);
      if (row) Object.assign(row, changes);
      else board.rows.set(symbol, { symbol, ...changes });
    }
    for (const symbol of message.gone ?? []) board.rows.delete(symbol);
  } else return undefined;
  board.sequence = message.sequence;
  board.heardAt = Date.now();
  return message.type === "tick" ? message.rows : null;
}

function pause() {
  const button = /** @type {HTMLElement} */ (document.getElementById("pause"));
  board.isPaused = !board.isPaused;
  button.setAttribute("aria-pressed", String(board.isPaused));
  button.textContent = figures.words(board.isPaused ? "goOn" : "pause");
}

/** How old the board is, by when it came here. */
function sayFresh() {
  const mark = document.getElementById("board-age");
  if (!mark || !board.head) return;
  if (board.hasEnded) return sayEnded(mark);
  const silent = Date.now() - board.heardAt;
  const level = silent > STOPPED_MS ? "stopped" : silent > STALE_MS ? "stale" : silent > DELAYED_MS ? "delayed" : "live";
  mark.className = `fresh ${level}`;
  const [icon, word, age] = mark.children;
  if (icon && word && age) {
    write(icon, ICONS[level]);
    write(word, level === "stopped" ? figures.words("stale") : figures.words(level));
    write(age, figures.age(silent / 1000));
  }
}

/** Nothing changes any more. @param {HTMLElement} mark */
function sayEnded(mark) {
  const [icon, word, age] = mark.children;
  if (mark.classList.contains("stopped") || !icon || !word || !age) return;
  mark.className = "fresh stopped";
  write(icon, ICONS.stopped);
  write(word, figures.words("stopped"));
  write(age, paper.clock(board.head.at));
  for (const one of document.querySelectorAll("#pause, .told")) one.remove();
}
