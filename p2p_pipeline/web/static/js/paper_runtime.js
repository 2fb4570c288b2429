// How a session does, each second: figures change where they stand, rows come and go only with orders and positions.
// A command is asked about in a dialog; without this script the same question is a page.
import { board, followBoard, stateTold } from "./paper_board.js";
import { figures, put, write } from "./figures.js";
import { minus, paper, sum } from "./paper_figures.js";

const said = /** @type {HTMLElement} */ (document.getElementById("paper-words")).dataset;
const tiles = /** @type {HTMLElement} */ (document.getElementById("runtime"));
const eventsAddress = location.pathname.replace(/runtime$/, "events?symbol=");
const count = (/** @type {number} */ one) => figures.price(String(one), 0);
const sideText = (/** @type {string} */ side) => (side === "LONG" ? said.long : said.short) ?? side;

/** @param {Element} place @param {string} cell @param {string | null} value */
function side(place, cell, value) {
  const found = place.querySelector(`[data-cell="${cell}"]`);
  if (found && !found.classList.contains(paper.side(value))) found.className = paper.side(value);
}

/** What the clock alone changes: without a mark that it changed. @param {ParentNode} place @param {string} cell @param {string} text */
function turn(place, cell, text) {
  const found = place.querySelector(`[data-cell="${cell}"]`);
  if (found) write(found, text);
}

function showTiles() {
  const { head } = board, now = board.now();
  const change = sum(head.equity, minus(head.start_equity));
  const open = sum("0", ...head.positions.map((/** @type {any} */ one) => one.unrealised ?? "0"));
  put(tiles, "state", stateTold(board.state).text);
  put(tiles, "state_since", head.state_since ? paper.clock(head.state_since) : "–");
  turn(tiles, "runs_for", paper.countdown(now - head.started_at));
  if (head.stops_at) turn(tiles, "stops_at", `${paper.clock(head.stops_at)} · ${paper.countdown(head.stops_at - now)}`);
  put(tiles, "equity", paper.money(head.equity));
  put(tiles, "change", `${paper.gain(change)} (${paper.percent(String((Number(change) * 100) / (Number(head.start_equity) || 1)))})`);
  side(tiles, "change", change);
  put(tiles, "realised", paper.gain(head.realised));
  put(tiles, "fees", paper.gain(minus(head.fees)));
  put(tiles, "funding", paper.gain(head.funding));
  put(tiles, "open", paper.gain(open));
  turn(tiles, "funding_in", head.next_funding_at ? paper.countdown(head.next_funding_at - now) : "–");
  turn(tiles, "funding_at", head.next_funding_at ? paper.clock(head.next_funding_at) : "");
  turn(tiles, "gate_in", head.cools_from ? `${paper.countdown(head.cools_from - now)} · ${paper.clock(head.cools_from)}` : "–");
  put(tiles, "universe", count(head.universe));
  put(tiles, "excluded", count(head.excluded));
  for (const place of tiles.querySelectorAll("[data-cell^=in_]")) {
    const name = /** @type {HTMLElement} */ (place).dataset.cell ?? "";
    put(tiles, name, count(head.by_state[name.slice(3)] ?? 0));
  }
  for (const [name, list] of [["count_orders", head.orders], ["count_positions", head.positions]]) {
    for (const place of document.querySelectorAll(`[data-cell="${name}"]`)) write(place, count(list.length));
  }
}

/** A table's rows by their keys, in this order. @param {string} name @param {[string, (row: HTMLElement) => void][]} wanted */
function showRows(name, wanted) {
  const body = document.querySelector(`#${name} tbody`);
  const model = /** @type {HTMLTemplateElement | null} */ (document.querySelector(`template[data-row-of="${name}"]`))?.content.firstElementChild;
  if (!body) return;
  const there = new Map([...body.children].map((row) => [/** @type {HTMLElement} */ (row).dataset.key, /** @type {HTMLElement} */ (row)]));
  wanted.forEach(([key, fill], place) => {
    let row = there.get(key);
    if (!row) {
      if (!model) return;
      row = /** @type {HTMLElement} */ (document.importNode(model, true));
      row.dataset.key = key;
    }
    there.delete(key);
    if (body.children[place] !== row) body.insertBefore(row, body.children[place] ?? null);
    fill(row);
  });
  for (const row of there.values()) row.remove();
}

/** @param {HTMLElement} row @param {any} one */
function showSymbol(row, one) {
  const link = row.querySelector("a");
  if (link && link.textContent !== one.symbol) {
    link.textContent = one.symbol;
    link.href = eventsAddress + encodeURIComponent(one.symbol);
  }
  put(row, "side", sideText(one.side));
  put(row, "quantity", paper.exact(one.quantity));
}

function showTables() {
  const { head } = board, now = board.now();
  showRows("positions", head.positions.map((/** @type {any} */ one) => [String(one.order), (/** @type {HTMLElement} */ row) => {
    showSymbol(row, one);
    for (const name of ["entry", "mark", "take_profit", "stop_loss"]) put(row, name, paper.exact(one[name]));
    put(row, "unrealised", paper.gain(one.unrealised));
    side(row, "unrealised", one.unrealised);
    turn(row, "held", paper.countdown(now - one.filled_at));
  }]));
  showRows("orders", head.orders.map((/** @type {any} */ one) => [String(one.order), (/** @type {HTMLElement} */ row) => {
    showSymbol(row, one);
    put(row, "limit", paper.exact(one.limit));
    turn(row, "placed", paper.clock(one.placed_at));
    turn(row, "expires", paper.countdown(one.expires_at - now));
  }]));
  showRows("connections", head.connections.map((/** @type {any} */ one) => [one.connection, (/** @type {HTMLElement} */ row) => {
    turn(row, "connection", one.connection);
    put(row, "is_open", one.is_open ? `✓ ${said.open}` : `✕ ${said.closed}`);
    turn(row, "heard", one.heard_at ? paper.age(now - one.heard_at) : "–");
    put(row, "topics", count(one.topics));
    put(row, "reconnects", count(one.reconnects));
  }]));
  for (const one of head.models) {
    const row = document.querySelector(`#models tr[data-key="${CSS.escape(one.model)}"]`);
    if (!row) continue;
    for (const name of ["trades", "wins"]) put(row, name, count(one[name]));
    for (const name of ["realised", "funding"]) put(row, name, paper.gain(one[name]));
    for (const name of ["fees", "equity"]) put(row, name, paper.money(one[name]));
  }
  const counters = { trades: head.trades, wins: head.wins, log_lines: head.log_lines, ...head.counters };
  showRows("counters", Object.entries(counters).map(([name, value]) => [name, (row) => {
    turn(row, "name", name);
    write(/** @type {Element} */ (row.querySelector("td")), count(value));
  }]));
}

function show() {
  showTiles();
  showTables();
  // What can be told to it, and where its end is told, is the server's to say.
  const ended = document.getElementById("ended");
  if (board.hasEnded && document.getElementById("commands")) {
    for (const one of document.querySelectorAll("dialog.asks, #commands, #silent")) one.remove();
    if (board.state === "STOPPED" && ended) ended.hidden = false;
    else location.reload();
  }
}

function startAsking() {
  document.getElementById("commands")?.addEventListener("submit", (event) => {
    const button = /** @type {SubmitEvent} */ (event).submitter;
    const dialog = document.getElementById(`ask-${/** @type {HTMLElement | null} */ (button)?.dataset.asks}`);
    if (!(dialog instanceof HTMLDialogElement)) return;
    event.preventDefault();
    dialog.showModal();
  });
  for (const button of document.querySelectorAll("dialog.asks [data-closes]")) {
    button.addEventListener("click", (event) => {
      event.preventDefault();
      button.closest("dialog")?.close();
    });
  }
}

startAsking();
followBoard(show);
