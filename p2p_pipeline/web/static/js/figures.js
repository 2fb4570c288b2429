// Figures as the server writes them (figures.py): decimal text goes to Intl unrounded, no float ever holds money. They
// change where they stand: no node comes or goes, nothing moves.
const html = document.documentElement;
const language = html.lang;
const STABLE = new Set(["USDT", "USDC", "DAI", "FDUSD"]);
const NO_BREAK = "\u00a0";

/** @type {Map<string, Intl.NumberFormat>} */
const formats = new Map();

/** Making one takes a hundred times longer than using it. @param {number} least @param {number} most @returns {Intl.NumberFormat} */
function format(least, most) {
  const name = `${least} ${most}`;
  let found = formats.get(name);
  if (!found) {
    found = new Intl.NumberFormat(language, { minimumFractionDigits: least, maximumFractionDigits: most, roundingMode: "halfEven", useGrouping: "always" });
    formats.set(name, found);
  }
  return found;
}

/** @param {string} number @param {number} least @param {number} most */
function number(number, least, most) {
  return format(least, most).format(/** @type {any} */ (number)).replace("\u2212", "-");
}

/** @param {string} name @param {...any} values */
function words(name, ...values) {
  const text = document.getElementById("words")?.dataset[name] ?? name;
  return values.reduce((/** @type {string} */ found, value) => found.replace("{}", String(value)), text);
}

export const figures = {
  words,
  /** @param {string} amount @param {string} code */
  given: (amount, code) => `${number(amount, 0, 8)}${NO_BREAK}${code}`,
  /** @param {string} price @param {number} places */
  price: (price, places) => number(price, places, places),
  /** As figures.py's places_of_price: four significant digits, two places at least. @param {string} price */
  places: (price) => Math.min(8, Math.max(2, 3 - Math.floor(Math.log10(Math.abs(Number(price)) || 1)))),
  /** @param {number} share */
  share: (share) => `${number((Math.round(share * 10_000) / 100 + 0).toFixed(2), 2, 2)}${NO_BREAK}%`,
  /** @param {string} amount @param {string} code */
  asset: (amount, code) => `${STABLE.has(code) ? number(amount, 2, 2) : number(amount, 0, figures.places(amount))}${NO_BREAK}${code}`,
  /** @param {number} value */
  statistic: (value) => new Intl.NumberFormat(language, { maximumSignificantDigits: 6 }).format(value),
  /** @param {number} seconds */
  age: (seconds) => {
    if (seconds < 1) return words("now");
    if (seconds >= 172_800) return `${Math.floor(seconds / 86_400)}${NO_BREAK}${words("days")}`;
    if (seconds >= 7_200) return `${Math.floor(seconds / 3_600)}${NO_BREAK}${words("hours")}`;
    if (seconds >= 120) return `${Math.floor(seconds / 60)}${NO_BREAK}${words("minutes")}`;
    return `${Math.floor(seconds)}${NO_BREAK}${words("seconds")}`;
  },
  /** A length of time, as figures.py's span. @param {number} seconds */
  span: (seconds) => {
    const [length, unit] = seconds >= 172_800 ? [86_400, "days"] : seconds >= 5_400 ? [3_600, "hours"] : seconds >= 90 ? [60, "minutes"] : [1, "seconds"];
    const value = seconds / Number(length);
    return `${number(value.toFixed(value >= 9.95 ? 0 : 1), 0, 1)}${NO_BREAK}${words(String(unit))}`;
  },
};

/** Change the text that is there; only what had none, or more than text, gets a node. @param {Element} place @param {string} text */
export function write(place, text) {
  const first = place.firstChild;
  if (place.childNodes.length !== 1 || !(first instanceof Text)) place.textContent = text;
  else if (first.data !== text) first.data = text;
}

/** A named cell of a line, marked for a moment when it changes. @param {ParentNode} line @param {string} cell @param {string} text */
export function put(line, cell, text) {
  const found = line.querySelector(`[data-cell="${cell}"]`);
  if (!found || found.textContent?.trim() === text) return;
  write(found, text);
  found.classList.remove("changed");
  requestAnimationFrame(() => found.classList.add("changed"));
}
