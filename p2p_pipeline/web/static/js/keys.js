// Keyboard shortcuts; off in fields, and off altogether for who says so in the preferences.
import { copyLink } from "./link.js";

const TOGETHER_MS = 1500;
let afterG = -TOGETHER_MS;

/** What a key means; page.js has seen to it that it was meant for the page. @param {string} key @param {number} at milliseconds */
export function press(key, at) {
  const isSecond = at - afterG < TOGETHER_MS;
  afterG = key === "g" ? at : -TOGETHER_MS;
  if (isSecond) go(key);
  else act(key);
}

/** @param {string} key */
function go(key) {
  const link = document.querySelector(`nav a[data-key="${CSS.escape(key)}"]`);
  if (link instanceof HTMLAnchorElement) location.assign(link.href);
}

/** @param {string} key */
function act(key) {
  switch (key) {
    case "?": return /** @type {HTMLDialogElement} */ (document.getElementById("keys")).showModal();
    case "/": return focusOn(document.querySelector("[data-filter], main form input:not([type=hidden]):not([type=radio]), main form select"));
    case "b": return turn();
    case "[": return step(-1);
    case "]": return step(1);
    case "j": return row(1);
    case "k": return row(-1);
    case "c": return copyLink();
    case "t": return theme();
    case " ": return document.getElementById("pause")?.click();
  }
}

/** @param {Element | null} element */
function focusOn(element) {
  if (element instanceof HTMLElement) element.focus();
}

/** Buy becomes sell and back, for about as much of the other. */
function turn() {
  const other = document.querySelector("main form input[name=side]:not(:checked)");
  if (!(other instanceof HTMLInputElement) || !other.form) return;
  other.checked = true;
  const amount = other.form.elements.namedItem("amount");
  const about = document.getElementById("answer")?.dataset.otherAmount;
  if (amount instanceof HTMLInputElement && about !== undefined) amount.value = about;
  other.form.requestSubmit();
}

/** The next round amount (1, 2, 5, 10, …). @param {number} direction */
function step(direction) {
  const amount = document.querySelector("main form input[name=amount]");
  const now = amount instanceof HTMLInputElement ? Number(amount.value.replaceAll(/[\s,]/g, "")) : 0;
  if (!(amount instanceof HTMLInputElement) || !(now > 0)) return;
  const power = 10 ** Math.floor(Math.log10(now));
  const steps = [0.5, 1, 2, 5, 10, 20].map((one) => Number((one * power).toPrecision(1)));
  const next = direction > 0 ? steps.find((one) => one > now) : steps.reverse().find((one) => one < now);
  amount.value = String(next);
  amount.dispatchEvent(new Event("input", { bubbles: true }));
}

/** @param {number} direction */
function row(direction) {
  const links = [...document.querySelectorAll("main table tbody th a")];
  const here = links.indexOf(/** @type {Element} */ (document.activeElement));
  focusOn(links[Math.max(0, Math.min(links.length - 1, here + direction))] ?? null);
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
}
