// Figures of a session as the server writes them (paper_figures.py). A board's numbers are decimal text.
import { figures } from "./figures.js";

const MINUS = "\u2212";
const NO_BREAK = "\u00a0";
const NOTHING = "–";
const html = document.documentElement;
const zone = html.dataset.zone ?? Intl.DateTimeFormat().resolvedOptions().timeZone;
const clockFormat = new Intl.DateTimeFormat("en-GB", { hour: "2-digit", minute: "2-digit", second: "2-digit", timeZone: zone });
const shortFormat = new Intl.DateTimeFormat("en-GB", { hour: "2-digit", minute: "2-digit", timeZone: zone });
/** @type {Map<number, string>} */
const shortClocks = new Map();

/** Whole digits, and how many of them are behind the point. @param {string} text @returns {[bigint, number]} */
function scaled(text) {
  const point = text.indexOf(".");
  return point < 0 ? [BigInt(text), 0] : [BigInt(text.slice(0, point) + text.slice(point + 1)), text.length - point - 1];
}

/** All digits of a sum of decimal texts. @param {string[]} texts @returns {string} */
export function sum(...texts) {
  const parts = texts.map(scaled), places = Math.max(0, ...parts.map(([, one]) => one));
  const whole = parts.reduce((total, [digits, own]) => total + digits * 10n ** BigInt(places - own), 0n);
  const text = String(whole < 0n ? -whole : whole).padStart(places + 1, "0");
  return `${whole < 0n ? "-" : ""}${text.slice(0, text.length - places)}${places ? `.${text.slice(-places)}` : ""}`;
}

/** @param {string} text */
export const minus = (text) => (text.startsWith("-") ? text.slice(1) : `-${text}`);

/** Below 0 with a minus as long as a plus, at 0 without either. @param {string} text @param {number} places @param {boolean} hasPlus */
function signed(text, places, hasPlus) {
  const digits = figures.price(text.replace("-", ""), places);
  if (!/[1-9]/.test(digits)) return digits;
  return `${text.startsWith("-") ? MINUS : hasPlus ? "+" : ""}${digits}`;
}

export const paper = {
  /** With its own digits. @param {string | null} text */
  exact: (text) => (text === null ? NOTHING : signed(text, text.includes(".") ? text.length - text.indexOf(".") - 1 : 0, false)),
  /** An amount of USDT; what is a great one has no places. @param {string | null} text */
  whole: (text) => (text === null ? NOTHING : signed(text, 0, false)),
  /** @param {string} text */
  money: (text) => signed(text, 2, false),
  /** @param {string | null} text */
  gain: (text) => (text === null ? NOTHING : signed(text, 2, true)),
  /** Of percent, not of shares. @param {string | null} text */
  percent: (text) => (text === null ? NOTHING : `${signed(text, 2, true)}${NO_BREAK}%`),
  /** `better`, `worse` or `level`, as a class. @param {string | null} text */
  side: (text) => (text === null || !/[1-9]/.test(text) ? "level" : text.startsWith("-") ? "worse" : "better"),
  /** @param {number} ms */
  clock: (ms) => clockFormat.format(ms),
  /** Hours and minutes: funding times are the same ones for hundreds of symbols. @param {number} ms */
  shortClock: (ms) => {
    let found = shortClocks.get(ms);
    if (found === undefined) shortClocks.set(ms, found = shortFormat.format(ms));
    return found;
  },
  /** `1:12:40`, `4:05`. @param {number} ms */
  countdown: (ms) => {
    const seconds = Math.max(0, Math.floor(ms / 1000)), two = (/** @type {number} */ one) => String(one).padStart(2, "0");
    const hours = Math.floor(seconds / 3600), minutes = Math.floor(seconds / 60) % 60;
    return hours ? `${hours}:${two(minutes)}:${two(seconds % 60)}` : `${minutes}:${two(seconds % 60)}`;
  },
  /** @param {number} ms */
  age: (ms) => figures.age(Math.max(0, ms) / 1000),
};
