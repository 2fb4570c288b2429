// A socket that comes back by itself, and the note that says that what stands here is old. One a page.
import { figures, write } from "./figures.js";

const SILENT_MS = 25_000;
const FIRST_WAIT_MS = 500;
const LONGEST_WAIT_MS = 15_000;
const HIDDEN_MS = 300_000;

/** @typedef {{send: (message: object) => void}} Line */

/** @param {() => string} address of the socket, asked anew each time @param {(message: any, line: Line) => void} hear @returns {Line} */
export function openLine(address, hear) {
  const zone = document.getElementById("words")?.dataset.zone;
  let waitMs = FIRST_WAIT_MS, lastHeard = 0, retryAt = 0, lostAt = "";
  /** @type {WebSocket | null} */
  let socket = null;
  const line = {
    /** @param {object} message */
    send: (message) => { if (socket?.readyState === WebSocket.OPEN) socket.send(JSON.stringify(message)); },
  };

  function connect() {
    const scheme = location.protocol === "https:" ? "wss" : "ws";
    const opened = new WebSocket(`${scheme}://${location.host}${address()}`, "p2p.v1");
    socket = opened;
    lastHeard = Date.now();
    opened.onmessage = (event) => {
      if (socket !== opened) return;
      lastHeard = Date.now();
      const message = JSON.parse(event.data);
      if (message.type === "hello") {
        waitMs = FIRST_WAIT_MS;
        lostAt = "";
        sayLost();
      }
      hear(message, line);
    };
    opened.onclose = () => {
      if (socket !== opened) return;
      socket = null;
      if (document.hidden) return;
      lostAt ||= new Date(lastHeard).toLocaleTimeString(document.documentElement.lang, { hour12: false, timeZone: zone });
      const waited = waitMs * (0.8 + 0.4 * Math.random());
      waitMs = Math.min(LONGEST_WAIT_MS, waitMs * 2);
      retryAt = Date.now() + waited;
      sayLost();
      setTimeout(() => { if (!socket) connect(); }, waited);
    };
  }

  /** What stands here is old, and when it is tried again; empty while all is well. */
  function sayLost() {
    const place = document.getElementById("connection");
    const text = place?.querySelector("span");
    if (!place || !text) return;
    if (lostAt) write(text, figures.words("lost", lostAt, Math.max(0, Math.ceil((retryAt - Date.now()) / 1000))));
    place.hidden = !lostAt;
  }

  setInterval(() => {
    if (!socket) sayLost();
    else if (Date.now() - lastHeard > (document.hidden ? HIDDEN_MS : SILENT_MS)) socket.close();
  }, 1000);
  document.addEventListener("visibilitychange", () => { if (!document.hidden && !socket) connect(); });
  document.querySelector("#connection button")?.addEventListener("click", () => { if (!socket) connect(); });
  connect();
  return line;
}
