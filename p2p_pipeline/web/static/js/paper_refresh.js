// A part of a page that is asked for again from time to time: what is new is written into what stands there, so that
// nobody who reads, scrolls, unfolds or has the focus in it is moved.

/** @param {Element} there @param {Element} come */
function renew(there, come) {
  for (const { name } of [...there.attributes]) if (name !== "open" && !come.hasAttribute(name)) there.removeAttribute(name);
  for (const { name, value } of come.attributes) if (name !== "open" && there.getAttribute(name) !== value) there.setAttribute(name, value);
  const before = [...there.childNodes], after = [...come.childNodes];
  after.forEach((node, place) => {
    const own = before[place];
    if (!own) there.append(node);
    else if (own instanceof Element && node instanceof Element && own.nodeName === node.nodeName) renew(own, node);
    else if (own instanceof Text && node instanceof Text) { if (own.data !== node.data) own.data = node.data; }
    else own.replaceWith(node);
  });
  before.slice(after.length).forEach((node) => node.remove());
}

/** @param {HTMLElement} part its `data-refresh` says after how many seconds; without one it no longer changes */
function keepFresh(part) {
  let isAsking = false;
  const refresh = () => {
    if (isAsking || document.hidden || !part.dataset.refresh) return;
    isAsking = true;
    // The browser's own parser, whose document runs nothing: no text becomes markup here.
    const request = new XMLHttpRequest();
    request.responseType = "document";
    request.onload = () => {
      const come = request.status === 200 && request.responseXML?.getElementById(part.id);
      if (come) renew(part, document.adoptNode(come));
    };
    request.onloadend = () => { isAsking = false; };
    request.open("GET", location.href);
    request.send();
  };
  setInterval(refresh, Number(part.dataset.refresh) * 1000);
  document.addEventListener("p2p:ended", refresh);
}

for (const part of document.querySelectorAll("[data-refresh]")) keepFresh(/** @type {HTMLElement} */ (part));
