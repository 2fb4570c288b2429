// Parts of a long list of lines, fetched when they are looked at, some of them kept.

const PAGE = 200;
const MOST_KEPT = 40;
const RETRY_MS = 1500;
const REST_MS = 60;

/** @typedef {{n: number, clock: string, type: string, level: string, sentence: string}} Told */

export class LinePages {
  /** @param {string} address @param {() => void} came */
  constructor(address, came) {
    this.address = address;
    this.came = came;
    this.filter = /** @type {Record<string, string>} */ ({});
    this.count = 0;
    this.total = 0;
    this.turn = 0;
    /** @type {Map<number, Told[]>} */
    this.kept = new Map();
    /** @type {Set<number>} */
    this.asked = new Set();
    this.resting = 0;
  }

  /** Begin anew with a filter, at a place. @param {Record<string, string>} filter @param {Record<string, string>} place @returns {Promise<any>} */
  async begin(filter, place) {
    this.turn += 1;
    this.filter = filter;
    this.kept.clear();
    this.asked.clear();
    return this.fetch({ ...place, limit: "1" });
  }

  /** What there is now. @returns {Promise<any>} */
  async grow() {
    const last = Math.floor(this.count / PAGE);
    const told = await this.fetch({ from: String(last * PAGE + 1), limit: String(PAGE) });
    if (told) this.kept.set(last, told.lines);
    return told;
  }

  /** A line by its place, when it is here; else it is fetched once the list rests. @param {number} index @returns {Told | undefined} */
  line(index) {
    const page = Math.floor(index / PAGE), found = this.kept.get(page)?.[index % PAGE];
    if (!found) {
      this.asked.add(page);
      clearTimeout(this.resting);
      this.resting = setTimeout(() => this.fetchAsked(), REST_MS);
    }
    return found;
  }

  /** Only what was looked at last: pages passed by on the way are of no use. */
  async fetchAsked() {
    const pages = [...this.asked].slice(-3);
    this.asked.clear();
    const turn = this.turn;
    for (const page of pages) {
      const told = await this.fetch({ from: String(page * PAGE + 1), limit: String(PAGE) });
      if (turn !== this.turn) return;
      if (!told) {
        setTimeout(() => this.came(), RETRY_MS);
        return;
      }
      this.kept.set(page, told.lines);
      while (this.kept.size > MOST_KEPT) this.kept.delete(/** @type {number} */ (this.kept.keys().next().value));
    }
    if (pages.length) this.came();
  }

  /** @param {Record<string, string>} place @returns {Promise<any>} undefined when it failed, or another filter was chosen meanwhile */
  async fetch(place) {
    const turn = this.turn;
    try {
      const answer = await fetch(`${this.address}?${new URLSearchParams({ ...this.filter, ...place })}`);
      if (!answer.ok || turn !== this.turn) return undefined;
      const told = await answer.json();
      if (turn !== this.turn) return undefined;
      this.count = told.count;
      this.total = told.total;
      return told;
    } catch {
      return undefined;
    }
  }
}
