// A typed amount answers at once: the answer alone is fetched again, and the address follows. The form works without.

const WAIT_MS = 150;
const USUAL = new Map([["side", "BUY"], ["profile", "wide"], ["max_splits", "3"]]);

export function startAsking() {
  const form = /** @type {HTMLFormElement} */ (document.querySelector("form[data-answers]"));
  const amount = form.querySelector("input[name=amount]");
  let waiting = 0;
  amount?.addEventListener("input", () => {
    clearTimeout(waiting);
    waiting = setTimeout(() => ask(form), WAIT_MS);
  });
  form.querySelector("select[name=market]")?.addEventListener("change", () => showUnits(form));
}

/** @param {HTMLFormElement} form */
function ask(form) {
  const address = new URL(form.action);
  for (const [name, value] of new FormData(form)) {
    if (value && USUAL.get(name) !== value) address.searchParams.set(name, String(value));
  }
  history.replaceState(null, "", address);
  const target = `#${form.dataset.answers}`;
  const htmx = /** @type {any} */ (window).htmx;
  htmx.ajax("GET", address.pathname + address.search, { target, select: target, swap: "outerHTML" });
}

/** The amount is in the fiat or the asset of the market that is chosen. @param {HTMLFormElement} form */
function showUnits(form) {
  const market = String(new FormData(form).get("market"));
  const [asset, fiat] = market.slice(market.indexOf(".") + 1).split("-");
  for (const place of form.querySelectorAll("[data-of]")) {
    place.textContent = /** @type {HTMLElement} */ (place).dataset.of === "fiat" ? fiat : asset;
  }
  // An amount of another currency is no amount of this one: empty means the market's usual one.
  const amount = form.elements.namedItem("amount");
  if (amount instanceof HTMLInputElement) amount.value = "";
}
