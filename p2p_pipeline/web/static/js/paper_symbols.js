// Hundreds of symbols once a second: only rows in view are in the page, and only their text changes. The order holds
// while the pointer or the focus is in the table; the address has all that was chosen.
import { board, followBoard } from "./paper_board.js";
import { figures, write } from "./figures.js";
import { paper } from "./paper_figures.js";
import { VirtualRows } from "./virtual.js";

const CHANGED_MS = 600;
const STATES = ["WAITING", "ARMED", "ORDER", "POSITION", "REARMING", "STALE"];
const USUAL_SORT = "symbol";
const box = /** @type {HTMLElement} */ (document.getElementById("symbols"));
const form = /** @type {HTMLFormElement} */ (document.getElementById("symbol-filter"));
const apply = /** @type {HTMLElement} */ (document.getElementById("apply"));
const said = /** @type {HTMLElement} */ (document.getElementById("paper-words")).dataset;
const stateTexts = Object.fromEntries(STATES.map((one) => [one, said[`symbol${one[0]}${one.slice(1).toLowerCase()}`] ?? one]));
const eventsAddress = location.pathname.replace(/symbols$/, "events?symbol=");
const sheet = /** @type {HTMLDialogElement} */ (document.getElementById("figures"));
const USUAL_NARROW = { first: "state", second: "price_move_pct" };
const isCalm = matchMedia("(prefers-reduced-motion: reduce)");

/** What a cell says, by its place in a row after pin and symbol; marked ones show that they changed. @type {{name: string, text: (row: any, now: number) => string, side?: (row: any) => string, isMarked?: boolean}[]} */
const CELLS = [
  { name: "state", text: (row) => stateTexts[row.state] ?? row.state, side: (row) => row.state.toLowerCase(), isMarked: true },
  { name: "mark", text: (row) => paper.exact(row.mark), isMarked: true },
  { name: "price_move_pct", text: (row) => paper.percent(row.price_move_pct), side: (row) => paper.side(row.price_move_pct), isMarked: true },
  { name: "oiv", text: (row) => paper.whole(row.oiv), isMarked: true },
  { name: "oiv_move_pct", text: (row) => paper.percent(row.oiv_move_pct), side: (row) => paper.side(row.oiv_move_pct), isMarked: true },
  { name: "oi_move_pct", text: (row) => paper.percent(row.oi_move_pct), side: (row) => paper.side(row.oi_move_pct), isMarked: true },
  { name: "reference_end", text: (row, now) => (row.reference_end === null ? "–" : paper.age(now - row.reference_end)) },
  { name: "next_funding_at", text: (row, now) => (row.next_funding_at === null ? "–" : `${paper.shortClock(row.next_funding_at)} · ${paper.countdown(row.next_funding_at - now)}`) },
  { name: "heard_at", text: (row, now) => (row.heard_at === null ? "–" : paper.age(now - row.heard_at)), side: (row) => (row.state === "STALE" ? "stale" : "") },
];

/** @typedef {{symbol: string, pin: HTMLButtonElement, more: HTMLButtonElement | null, link: HTMLAnchorElement, cells: HTMLElement[], texts: string[], sides: string[]}} Drawn */
/** @type {WeakMap<HTMLTableRowElement, Drawn>} */
const drawn = new WeakMap();
/** @type {HTMLElement[]} */
let marked = [];
/** @type {string[]} */
let order = [];
const asked = readAddress();

function readAddress() {
  const values = new URLSearchParams(location.search);
  const sort = values.get("sort") ?? USUAL_SORT, known = sort.replace("-", "");
  return {
    sort: box.querySelector(`[data-sort="${CSS.escape(known)}"]`) ? sort : USUAL_SORT,
    state: STATES.includes(values.get("state") ?? "") ? String(values.get("state")) : "",
    text: values.get("text") ?? "",
    first: columnOf(values.get("first"), USUAL_NARROW.first),
    second: columnOf(values.get("second"), USUAL_NARROW.second),
    pins: (values.get("pin") ?? "").toUpperCase().split(",").filter(Boolean),
  };
}

/** @param {string | null} name @param {string} usual */
function columnOf(name, usual) {
  return CELLS.some((cell) => cell.name === name) ? String(name) : usual;
}

/** The address, and what leads on from it, say what was chosen. */
function writeAddress() {
  const address = new URL(location.href);
  const values = { sort: asked.sort === USUAL_SORT ? "" : asked.sort, state: asked.state, text: asked.text, pin: asked.pins.join(","), first: asked.first === USUAL_NARROW.first ? "" : asked.first, second: asked.second === USUAL_NARROW.second ? "" : asked.second };
  for (const [name, value] of Object.entries(values)) value ? address.searchParams.set(name, value) : address.searchParams.delete(name);
  history.replaceState(null, "", address);
  const all = new URLSearchParams(address.search);
  /** @type {HTMLAnchorElement} */ (document.getElementById("csv")).href = `${address.pathname}.csv?${all}`;
  all.set("rows", "all");
  /** @type {HTMLAnchorElement} */ (document.getElementById("all-rows")).href = `${address.pathname}?${all}`;
}

/** Of a column: a number, a word, or null where it is not known. @param {any} row @param {string} column */
function valueOf(row, column) {
  if (column === "symbol") return row.symbol;
  if (column === "state") return STATES.indexOf(row.state);
  return row[column] === null ? null : Number(row[column]);
}

/** The rows that are asked for, in their order; as paper_symbols_view.py. @returns {string[]} */
function ordered() {
  const column = asked.sort.replace("-", ""), sign = asked.sort.startsWith("-") ? -1 : 1, text = asked.text.toUpperCase();
  const fits = (/** @type {any} */ row) => (!asked.state || row.state === asked.state) && row.symbol.toUpperCase().includes(text);
  const kept = [...board.rows.values()].filter((row) => asked.pins.includes(row.symbol) || fits(row));
  const keyed = kept.map((row) => ({ symbol: row.symbol, rank: asked.pins.includes(row.symbol) ? 0 : 1, value: valueOf(row, column) }));
  keyed.sort((one, other) => {
    if (one.rank !== other.rank) return one.rank - other.rank;
    if (one.value !== other.value) {
      if (one.value === null) return 1;
      if (other.value === null) return -1;
      return one.value < other.value ? -sign : sign;
    }
    return one.symbol < other.symbol ? -1 : 1;
  });
  return keyed.map((one) => one.symbol);
}

const table = new VirtualRows(box, (row, index) => draw(row, order[index], board.now()));

/** @param {HTMLTableRowElement} row @returns {Drawn} */
function partsOf(row) {
  let found = drawn.get(row);
  if (!found) {
    const cells = /** @type {HTMLElement[]} */ ([...row.cells].slice(2));
    found = {
      symbol: "", cells, texts: cells.map(() => ""), sides: cells.map(() => ""),
      pin: /** @type {HTMLButtonElement} */ (row.querySelector("button")), more: row.querySelector("button.more"), link: /** @type {HTMLAnchorElement} */ (row.querySelector("a")),
    };
    drawn.set(row, found);
  }
  return found;
}

/** @param {HTMLTableRowElement} row @param {string | undefined} symbol @param {number} now */
function draw(row, symbol, now) {
  const told = symbol === undefined ? undefined : board.rows.get(symbol);
  if (!told) return;
  const parts = partsOf(row), isSame = parts.symbol === symbol;
  if (!isSame) {
    parts.symbol = told.symbol;
    write(parts.link, told.symbol);
    parts.link.href = eventsAddress + encodeURIComponent(told.symbol);
    parts.pin.setAttribute("aria-label", `${said.pin} ${told.symbol}`);
    parts.more?.setAttribute("aria-label", `${said.figures} ${told.symbol}`);
  }
  const isPinned = asked.pins.includes(told.symbol);
  if (String(isPinned) !== parts.pin.getAttribute("aria-pressed")) {
    parts.pin.setAttribute("aria-pressed", String(isPinned));
    write(/** @type {Element} */ (parts.pin.firstElementChild), isPinned ? "★" : "☆");
  }
  row.classList.toggle("pinned", isPinned);
  CELLS.forEach((cell, place) => {
    const element = parts.cells[place], text = cell.text(told, now), side = cell.side?.(told) ?? "";
    if (!element) return;
    if (parts.sides[place] !== side) {
      element.className = `${cell.name === "state" ? "text " : ""}${cell.name} ${side}`;
      parts.sides[place] = side;
    }
    if (parts.texts[place] === text) return;
    write(element, text);
    if (isSame && cell.isMarked && parts.texts[place] && !isCalm.matches) {
      element.classList.add("moved");
      marked.push(element);
    }
    parts.texts[place] = text;
  });
}

/** All figures of one symbol, where a narrow window has no room for them in its row; they move on. */
function showFigures() {
  const row = sheet.open && board.rows.get(sheet.dataset.symbol ?? "");
  if (!row) return;
  for (const cell of CELLS) {
    const place = sheet.querySelector(`[data-cell="${cell.name}"]`);
    if (place) write(place, cell.text(row, board.now()));
  }
}

/** @param {string} symbol */
function openFigures(symbol) {
  sheet.dataset.symbol = symbol;
  write(/** @type {Element} */ (document.getElementById("figures-title")), symbol);
  /** @type {HTMLAnchorElement} */ (document.getElementById("figures-events")).href = eventsAddress + encodeURIComponent(symbol);
  sheet.showModal();
  showFigures();
}

/** All rows in view. @param {boolean} isAsked whether somebody chose another order or filter: then nothing holds it */
function show(isAsked) {
  const wanted = ordered();
  const differs = wanted.length !== order.length || wanted.some((symbol, place) => symbol !== order[place]);
  const holds = !isAsked && order.length > 0 && (table.body.matches(":hover") || table.body.contains(document.activeElement));
  if (differs && !holds) order = wanted;
  apply.hidden = !(differs && holds);
  write(/** @type {Element} */ (document.getElementById("shown-count")), figures.price(String(order.length), 0));
  showFigures();
  if (table.count === order.length) table.show(true);
  else table.setCount(order.length);
  const past = marked;
  marked = [];
  setTimeout(() => past.forEach((cell) => cell.classList.remove("moved")), CHANGED_MS);
}

/** @param {Partial<typeof asked>} chosen */
function choose(chosen) {
  Object.assign(asked, chosen);
  writeAddress();
  if (board.head) show(true);
}

function startChoosing() {
  form.addEventListener("submit", (event) => event.preventDefault());
  form.addEventListener("input", () => {
    const values = new FormData(form);
    choose({ state: String(values.get("state")), text: String(values.get("text")), first: String(values.get("first")), second: String(values.get("second")) });
    const shown = [...(table.body.closest("table")?.classList ?? [])].filter((name) => !name.startsWith("shows-"));
    table.body.closest("table")?.setAttribute("class", [...shown, `shows-${asked.first}`, `shows-${asked.second}`].join(" "));
  });
  apply.addEventListener("click", () => show(true));
  table.head.addEventListener("click", (event) => {
    const cell = /** @type {HTMLElement} */ (event.target).closest("th[data-sort]");
    if (!(cell instanceof HTMLElement)) return;
    event.preventDefault();
    const column = cell.dataset.sort ?? "", isWord = column === "symbol" || column === "state";
    const sort = asked.sort.replace("-", "") === column ? (asked.sort.startsWith("-") ? column : `-${column}`) : isWord ? column : `-${column}`;
    for (const one of table.head.querySelectorAll("th[data-sort]")) one.setAttribute("aria-sort", "none");
    cell.setAttribute("aria-sort", sort.startsWith("-") ? "descending" : "ascending");
    choose({ sort });
  });
  table.body.addEventListener("click", (event) => {
    const button = /** @type {HTMLElement} */ (event.target).closest("button"), row = button?.closest("tr");
    const symbol = row && drawn.get(row)?.symbol;
    if (symbol && button.classList.contains("more")) openFigures(symbol);
    else if (symbol) choose({ pins: asked.pins.includes(symbol) ? asked.pins.filter((one) => one !== symbol) : [...asked.pins, symbol] });
  });
}

startChoosing();
followBoard(() => show(false));
