// Keyboard shortcuts; off in fields, and off altogether for who says so in the preferences.
import { copyLink } from "./link.js";

/** @type {Record<string, string>} */
const PAGES = { n: "/now", c: "/combos", h: "/history", w: "/windows", b: "/behaviour", m: "/markets", q: "/quality", o: "/ops" };
const TOGETHER_MS = 1500;
let afterG = 0;

/** @param {KeyboardEvent} event */
export function press(event) {
  const target = /** @type {HTMLElement} */ (event.target);
  if (event.ctrlKey || event.metaKey || event.altKey || event.defaultPrevented) return;
  if (target.closest("input:not([type=radio]), select, textarea, dialog[open], [contenteditable]")) return;
  const done = event.timeStamp - afterG < TOGETHER_MS ? go(event.key) : act(event, target);
  if (event.key !== "g") afterG = 0;
  if (done) event.preventDefault();
}

/** @param {string} key */
function go(key) {
  const link = PAGES[key] && document.querySelector(`nav a[href="${PAGES[key]}"]`);
  if (link) location.assign(PAGES[key]);
  return Boolean(link);
}

/** @param {KeyboardEvent} event @param {HTMLElement} target @returns {boolean} whether the key meant something */
function act(event, target) {
  switch (event.key) {
    case "g": afterG = event.timeStamp; return true;
    case "?": /** @type {HTMLDialogElement} */ (document.getElementById("keys")).showModal(); return true;
    case "/": return focusOn(document.querySelector("[data-filter], main form input:not([type=hidden]):not([type=radio]), main form select"));
    case "b": return turn();
    case "[": return step(-1);
    case "]": return step(1);
    case "j": return row(1);
    case "k": return row(-1);
    case "c": copyLink(); return true;
    case "t": return theme();
    case " ": return target.closest("button, summary, a, [tabindex]") ? false : click("pause");
    default: return false;
  }
}

/** @param {Element | null} element */
function focusOn(element) {
  if (element instanceof HTMLElement) element.focus();
  return Boolean(element);
}

/** @param {string} id */
function click(id) {
  const button = document.getElementById(id);
  button?.click();
  return Boolean(button);
}

/** Buy becomes sell and back, for about as much of the other. */
function turn() {
  const other = document.querySelector("main form input[name=side]:not(:checked)");
  if (!(other instanceof HTMLInputElement) || !other.form) return false;
  other.checked = true;
  const amount = other.form.elements.namedItem("amount");
  const about = document.getElementById("answer")?.dataset.otherAmount;
  if (amount instanceof HTMLInputElement && about !== undefined) amount.value = about;
  other.form.requestSubmit();
  return true;
}

/** The next round amount (1, 2, 5, 10, …). @param {number} direction */
function step(direction) {
  const amount = document.querySelector("main form input[name=amount]");
  const now = amount instanceof HTMLInputElement ? Number(amount.value.replaceAll(/[\s,]/g, "")) : 0;
  if (!(amount instanceof HTMLInputElement) || !(now > 0)) return false;
  const power = 10 ** Math.floor(Math.log10(now));
  const steps = [0.5, 1, 2, 5, 10, 20].map((one) => Number((one * power).toPrecision(1)));
  const next = direction > 0 ? steps.find((one) => one > now) : steps.reverse().find((one) => one < now);
  amount.value = String(next);
  amount.dispatchEvent(new Event("input", { bubbles: true }));
  return true;
}

/** @param {number} direction */
function row(direction) {
  const links = [...document.querySelectorAll("main table tbody th a")];
  const here = links.indexOf(/** @type {Element} */ (document.activeElement));
  return focusOn(links[Math.max(0, Math.min(links.length - 1, here + direction))] ?? null);
}

/** Light and dark, kept as the form of preferences keeps it. */
function theme() {
  const form = /** @type {HTMLFormElement} */ (document.getElementById("preferences"));
  const html = document.documentElement;
  const isDark = getComputedStyle(html).colorScheme === "dark" || (html.dataset.theme === "auto" && matchMedia("(prefers-color-scheme: dark)").matches);
  html.dataset.theme = isDark ? "light" : "dark";
  const field = form.elements.namedItem("theme");
  if (field instanceof HTMLSelectElement) field.value = html.dataset.theme;
  const values = new URLSearchParams();
  for (const [name, value] of new FormData(form)) values.set(name, String(value));
  fetch(form.action, { method: "POST", body: values, redirect: "manual" });
  return true;
}
