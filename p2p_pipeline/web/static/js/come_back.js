// A page whose answer is still being worked out: asked for again until it is there, then shown in its place.

const PAUSE_MILLISECONDS = 1500;

/** @returns {Promise<void>} */
async function comeBack() {
  try {
    const found = await fetch(location.href, { headers: { Accept: "text/html" } });
    // 202: not yet; 503: too much is asked just now.
    if (found.status !== 202 && found.status !== 503) {
      location.reload();
      return;
    }
  } catch {
    // The service may be starting again: ask it later.
  }
  setTimeout(comeBack, PAUSE_MILLISECONDS);
}

setTimeout(comeBack, PAUSE_MILLISECONDS);
