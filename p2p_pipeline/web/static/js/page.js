// Every page: what is live, and the browser's own time zone. Pages work without either.
import { startLive } from "./live.js";
import { showLocalTimes } from "./times.js";

showLocalTimes(document);
document.addEventListener("htmx:after:swap", () => showLocalTimes(document));
if (document.getElementById("board")) startLive();
