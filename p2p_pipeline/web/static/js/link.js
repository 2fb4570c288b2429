// Copy link: the address with the moment and the zone in it, so that who opens it sees the same figures.

/** @returns {string} */
export function lastingAddress() {
  const address = new URL(location.href);
  const words = /** @type {HTMLElement} */ (document.getElementById("words"));
  const answer = document.getElementById("answer");
  const moment = answer?.dataset.askedAt;
  if (moment && document.querySelector("#copy[data-with-at]")) {
    address.searchParams.set("at", new Date(moment).toISOString());
    address.searchParams.set("market", answer.dataset.market ?? "");
    const amount = document.querySelector("input[name=amount]");
    if (amount instanceof HTMLInputElement && amount.value) address.searchParams.set("amount", amount.value);
  }
  const browser = Intl.DateTimeFormat().resolvedOptions().timeZone;
  const zone = document.documentElement.dataset.zone ?? browser ?? words.dataset.zone;
  if (zone) address.searchParams.set("tz", zone);
  address.hash = "";
  return address.href;
}

export async function copyLink() {
  const button = document.getElementById("copy");
  const words = /** @type {HTMLElement} */ (document.getElementById("words")).dataset;
  const address = lastingAddress();
  try {
    await navigator.clipboard.writeText(address);
  } catch {
    // No clipboard (an address that isn't https or loopback): show it to be copied by hand.
    window.prompt(words.copy, address);
    return;
  }
  if (!button) return;
  button.textContent = words.copied ?? "";
  setTimeout(() => { button.textContent = words.copy ?? ""; }, 2000);
}
