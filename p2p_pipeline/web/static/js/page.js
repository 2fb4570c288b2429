// Every page: the browser's time zone, what is live, the answer to a typed amount, links and keys. Pages work without.

/** @param {ParentNode} root */
function showLocalTimes(root) {
  const html = document.documentElement;
  if (html.dataset.zone) return;
  for (const element of /** @type {NodeListOf<HTMLTimeElement>} */ (root.querySelectorAll("time[datetime]"))) {
    const at = new Date(element.dateTime);
    const clock = at.toLocaleTimeString(html.lang, { hour12: false });
    // the date stands where it is not today's, or of the day that a page is about
    const day = new Date(element.dataset.day ?? Date.now()).toDateString();
    element.textContent = at.toDateString() === day ? clock : `${at.toLocaleDateString("sv-SE")} ${clock}`;
  }
  const note = document.getElementById("zone");
  const said = note?.dataset.browser;
  if (note && said) note.textContent = said.replace("{}", Intl.DateTimeFormat().resolvedOptions().timeZone);
}

/** Tell the server the browser's zone: from the next page on everything is in it, hours of the day too. */
function tellZone() {
  const zone = Intl.DateTimeFormat().resolvedOptions().timeZone;
  if (zone) document.cookie = `p2p_zone=${encodeURIComponent(zone)}; path=/; max-age=31536000; samesite=lax`;
}

const KEYS = "g?/b[]jkct nhwmaxeyqo";
const FIELDS = "input:not([type=radio]), select, textarea, dialog[open], [contenteditable]";
/** @type {Promise<typeof import("./keys.js")> | null} */
let keys = null;

/** Keys are fetched when the first one is pressed, and those pressed until they are there are not lost. */
function startKeys() {
  if (document.documentElement.dataset.keys === "off") return;
  const hint = /** @type {HTMLElement | null} */ (document.querySelector(".keys-hint"));
  if (hint) hint.hidden = false;
  document.addEventListener("keydown", (event) => {
    const target = /** @type {HTMLElement} */ (event.target);
    const isOurs = KEYS.includes(event.key) && !event.ctrlKey && !event.metaKey && !event.altKey && !target.closest(FIELDS);
    // Space presses what has the focus, and scrolls where there is nothing to pause.
    const isFree = event.key !== " " || (document.getElementById("pause") && !target.closest("button, summary, a, [tabindex='0']"));
    if (!isOurs || !isFree) return;
    event.preventDefault();
    keys ??= import("./keys.js");
    keys.then(({ press }) => press(event.key, event.timeStamp));
  });
  document.querySelector("[data-opens='keys']")?.addEventListener("click", () => {
    /** @type {HTMLDialogElement} */ (document.getElementById("keys")).showModal();
  });
}

async function startTools() {
  const tools = /** @type {HTMLElement | null} */ (document.querySelector(".tools"));
  if (!tools) return;
  tools.hidden = false;
  document.getElementById("copy")?.addEventListener("click", async () => (await import("./link.js")).copyLink());
}

tellZone();
showLocalTimes(document);
document.addEventListener("htmx:after:swap", () => showLocalTimes(document));
startKeys();
startTools();
if (document.querySelector("[data-topic]") || document.querySelector("[data-age-of], .fresh[data-at]")) {
  import("./live.js").then((live) => live.startLive());
}
if (document.querySelector("form[data-answers]")) import("./ask.js").then((ask) => ask.startAsking());
