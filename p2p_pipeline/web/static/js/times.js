// Times are written by the server in the settings' zone; a reader who chose none gets the browser's own.

/** @param {ParentNode} root */
export function showLocalTimes(root) {
  const html = document.documentElement;
  if (html.dataset.zone) return;
  const today = new Date().toDateString();
  for (const element of root.querySelectorAll("time[datetime]")) {
    const at = new Date(/** @type {HTMLTimeElement} */ (element).dateTime);
    const clock = at.toLocaleTimeString(html.lang, { hour12: false });
    element.textContent = at.toDateString() === today ? clock : `${at.toLocaleDateString(html.lang)} ${clock}`;
  }
}
