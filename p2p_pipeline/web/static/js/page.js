// Every page: what is live, the browser's own time zone, and keys. Pages work without any of it.
import { startLive } from "./live.js";
import { showLocalTimes } from "./times.js";

showLocalTimes(document);
document.addEventListener("htmx:after:swap", () => showLocalTimes(document));
if (document.getElementById("board")) startLive();
