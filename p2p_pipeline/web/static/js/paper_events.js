// A log of any length: lines come as they are scrolled to, and the newest ones as they are written while the page
// follows. The server makes the sentences and does the filtering; the address has what was chosen.
import { board, followBoard } from "./paper_board.js";
import { figures, write } from "./figures.js";
import { LinePages } from "./paper_lines.js";
import { VirtualRows } from "./virtual.js";

const SETTLED_MS = 300;
const TYPED_MS = 250;
const GROW_MS = 700;
const box = /** @type {HTMLElement} */ (document.getElementById("events"));
const form = /** @type {HTMLFormElement} */ (document.getElementById("event-filter"));
const followButton = document.getElementById("follow");
const said = /** @type {HTMLElement} */ (document.getElementById("paper-words")).dataset;
const raw = /** @type {HTMLDialogElement} */ (document.getElementById("raw"));
const address = `${location.pathname}/lines`;
let follows = "follows" in box.dataset;
let unseen = 0;
/** The line that was asked for, by its place. */
let chosen = -1;
let settling = 0;
let growing = 0;

const pages = new LinePages(address, () => table.show(true));
const table = new VirtualRows(box, draw);

/** @param {HTMLTableRowElement} row @param {number} index */
function draw(row, index) {
  const line = pages.line(index);
  const [n, clock, type, sentence] = row.cells;
  const link = row.querySelector("a");
  if (!n || !clock || !type || !sentence || !link) return;
  write(n, line ? figures.price(String(line.n), 0) : "…");
  write(clock, line?.clock ?? "");
  write(type, line?.type ?? "");
  type.className = `text type ${line?.level ?? ""}`;
  write(link, line?.sentence ?? "");
  if (line) {
    link.href = `${location.pathname}/${line.n}`;
    link.title = line.sentence;
  } else link.removeAttribute("href");
  row.dataset.n = line ? String(line.n) : "";
  row.classList.toggle("chosen", index === chosen);
}

function values() {
  const found = new FormData(form);
  return Object.fromEntries(["type", "symbol", "text"].map((name) => [name, String(found.get(name) ?? "").trim()]));
}

/** Of the filter, and of where the list stands unless it follows. */
function writeAddress() {
  const here = new URL(location.href);
  const wanted = { ...values(), from: follows ? "" : String(Math.floor(table.top) + 1), number: "", at: "" };
  for (const [name, value] of Object.entries(wanted)) value ? here.searchParams.set(name, value) : here.searchParams.delete(name);
  history.replaceState(null, "", here);
}

/** @param {any} told */
function sayCounts(told) {
  write(/** @type {Element} */ (document.getElementById("shown-count")), figures.price(String(told.count), 0));
  write(/** @type {Element} */ (document.getElementById("total-count")), figures.price(String(told.total), 0));
  const nothing = document.getElementById("no-lines");
  if (nothing) nothing.hidden = told.count > 0;
}

function sayFollowing() {
  if (!followButton) return;
  followButton.hidden = false;
  const isFollowing = follows && !board.isPaused;
  followButton.setAttribute("aria-pressed", String(isFollowing));
  const text = isFollowing ? said.following : unseen ? said.new?.replace("{}", figures.price(String(unseen), 0)) : said.follow;
  followButton.textContent = text ?? "";
}

/** @param {boolean} wanted */
function setFollow(wanted) {
  follows = wanted;
  if (wanted) {
    unseen = 0;
    table.setCount(pages.count);
    table.scrollTo(table.count - 1, "end");
  }
  sayFollowing();
}

/** Another filter, or a place to go to. @param {Record<string, string>} [place] */
async function load(place = {}) {
  const told = await pages.begin(values(), place);
  if (!told) return;
  chosen = place.number || place.at ? told.skip : -1;
  table.count = -1;
  table.setCount(told.count);
  sayCounts(told);
  if (place.number || place.at || place.from) {
    setFollow(false);
    table.scrollTo(told.skip);
  } else if (follows) setFollow(true);
  else table.scrollTo(0);
  writeAddress();
}

/** At most once a second, however often lines come. */
function growSoon() {
  growing ||= setTimeout(() => { growing = 0; grow(); }, GROW_MS);
}

/** The log has grown: what came is counted, and shown where the page follows. */
async function grow() {
  const before = pages.count, told = await pages.grow();
  if (!told) return;
  if (board.isPaused || !follows) {
    unseen += told.count - before;
    sayFollowing();
    write(/** @type {Element} */ (document.getElementById("total-count")), figures.price(String(told.total), 0));
    if (!board.isPaused) table.setCount(told.count);
    return;
  }
  sayCounts(told);
  table.setCount(told.count);
  table.scrollTo(told.count - 1, "end");
}

/** The line as it stands in the log. @param {HTMLAnchorElement} link @param {string} number */
async function showRaw(link, number) {
  const answer = await fetch(link.href);
  if (!answer.ok) return;
  write(/** @type {Element} */ (document.getElementById("raw-title")), (said.line ?? "{}").replace("{}", figures.price(number, 0)));
  write(/** @type {Element} */ (document.getElementById("raw-sentence")), link.textContent ?? "");
  write(/** @type {Element} */ (document.getElementById("raw-line")), await answer.text());
  raw.showModal();
}

async function verify() {
  const mark = /** @type {HTMLElement} */ (document.getElementById("verified"));
  mark.className = "";
  write(mark, said.verifying ?? "");
  /** @type {HTMLElement} */ (document.getElementById("verify")).hidden = true;
  const answer = await fetch(`${location.pathname}/verified`);
  if (!answer.ok) return write(mark, "");
  const told = await answer.json();
  mark.className = told.is_good ? "verified-mark" : "verified-mark bad";
  write(mark, `${told.is_good ? "✓" : "✕"} ${told.text}`);
}

function start() {
  let typing = 0;
  form.addEventListener("input", (event) => {
    const name = /** @type {HTMLInputElement} */ (event.target).name;
    clearTimeout(typing);
    if (["type", "symbol", "text"].includes(name)) typing = setTimeout(() => load(), TYPED_MS);
  });
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    const found = new FormData(form);
    const number = String(found.get("number") ?? "").trim(), at = String(found.get("at") ?? "").trim();
    load(number ? { number } : at ? { at } : {});
  });
  box.addEventListener("wheel", () => { if (follows && !table.isAtEnd) setFollow(false); }, { passive: true });
  box.addEventListener("scroll", () => {
    clearTimeout(settling);
    settling = setTimeout(() => {
      if (follows && !table.isAtEnd) setFollow(false);
      else if (!follows && followButton && table.isAtEnd && table.count > table.rows.length) setFollow(true);
      writeAddress();
    }, SETTLED_MS);
  }, { passive: true });
  followButton?.addEventListener("click", () => setFollow(!follows || board.isPaused));
  document.getElementById("pause")?.addEventListener("click", () => setTimeout(() => (follows && !board.isPaused ? setFollow(true) : sayFollowing())));
  document.getElementById("verify")?.addEventListener("click", verify);
  table.body.addEventListener("click", (event) => {
    const row = /** @type {HTMLElement} */ (event.target).closest("tr"), link = row?.querySelector("a");
    if (!link?.href || !row?.dataset.n) return;
    event.preventDefault();
    showRaw(link, row.dataset.n);
  });
  const given = new URLSearchParams(location.search), place = ["from", "number", "at"].find((name) => given.get(name));
  load(place ? { [place]: given.get(place) ?? "" } : {}).then(() => {
    const mark = document.getElementById("verified"), button = document.getElementById("verify");
    if (pages.total && pages.total <= Number(mark?.dataset.unasked)) verify();
    else if (button) button.hidden = pages.total === 0;
  });
  sayFollowing();
  followBoard(() => {}, growSoon);
}

start();
