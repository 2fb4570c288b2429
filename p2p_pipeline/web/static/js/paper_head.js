// The head of a session's pages: how long it has run, and whether it still does. A page that waits for what the session
// has not shown yet, or whose session's process has gone, is drawn anew by the server.
import { board, followBoard } from "./paper_board.js";
import { figures, write } from "./figures.js";

const SILENT_MS = 15_000;
const ASK_MS = 15_000;
const head = /** @type {HTMLElement} */ (document.querySelector("[data-session]"));
const silent = /** @type {HTMLElement} */ (document.getElementById("silent"));
const span = /** @type {HTMLElement} */ (head.querySelector("[data-head=for]"));
const said = /** @type {HTMLElement} */ (document.getElementById("paper-words")).dataset;
const awaits = /** @type {HTMLElement | null} */ (document.querySelector("[data-awaits]"))?.dataset.awaits;
const hadEnded = head.dataset.ended === "yes";
let hasEnded = hadEnded;
let askedAt = 0;

function show() {
  if (board.head && (awaits === "board" || (awaits === "rows" && board.rows.size))) location.reload();
  if (hasEnded || !board.hasEnded) return;
  hasEnded = true;
  tick();
  document.dispatchEvent(new Event("p2p:ended"));
}

function tick() {
  if (hadEnded || document.hidden) return;
  const seconds = Math.max(0, (board.now() - Number(span.dataset.begun)) / 1000);
  write(span, ((hasEnded ? said.after : said.for) ?? "").replace("{span}", figures.span(seconds)));
  const isSilent = !hasEnded && Date.now() - board.heardAt > SILENT_MS;
  silent.hidden = !isSilent;
  if (isSilent && Date.now() - askedAt > ASK_MS) lookWhetherItDied();
}

/** A process that has gone writes no board that says so; the server sees that nobody has its lock. */
async function lookWhetherItDied() {
  askedAt = Date.now();
  const answer = await fetch(`/api/v1/paper/sessions/${encodeURIComponent(head.dataset.session ?? "")}`).catch(() => null);
  if (answer?.ok && (await answer.json()).state === "DIED") location.reload();
}

followBoard(show);
setInterval(tick, 1000);
