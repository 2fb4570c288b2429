// Rows of a long table of which only those in view are in the page, and a few around them: a pool that moves along as
// the box is scrolled. Rows have one height. Focus stays where it is as long as its row is in the pool.

const AROUND = 5;
/** Browsers draw nothing higher than some 17 million pixels; beyond this a step of the bar is more than a row. */
const MOST_PIXELS = 8_000_000;

/** @typedef {{row: HTMLTableRowElement, index: number}} Slot */

export class VirtualRows {
  /** @param {HTMLElement} box that scrolls @param {(row: HTMLTableRowElement, index: number) => void} fill */
  constructor(box, fill) {
    this.box = box;
    this.fill = fill;
    this.count = 0;
    this.first = 0;
    this.body = /** @type {HTMLTableSectionElement} */ (box.querySelector("tbody.pool"));
    this.above = /** @type {HTMLElement} */ (box.querySelector("tbody.above td"));
    this.below = /** @type {HTMLElement} */ (box.querySelector("tbody.below td"));
    this.head = /** @type {HTMLElement} */ (box.querySelector("thead"));
    /** @type {HTMLTableRowElement[]} */
    this.rows = [...this.body.rows];
    this.model = /** @type {HTMLTableRowElement} */ (/** @type {HTMLTemplateElement} */ (box.querySelector("template")).content.firstElementChild);
    this.height = parseFloat(getComputedStyle(box).getPropertyValue("--row-height")) || 32;
    box.addEventListener("scroll", () => this.show(false), { passive: true });
    new ResizeObserver(() => this.show(true)).observe(box);
  }

  get room() { return Math.max(this.height, this.box.clientHeight - this.head.offsetHeight); }
  get total() { return Math.min(MOST_PIXELS, this.count * this.height); }

  /** Which row stands at the top, with its part that is scrolled away. */
  get top() {
    const way = this.total - this.room;
    return way <= 0 ? 0 : Math.min(1, Math.max(0, this.box.scrollTop / way)) * Math.max(0, this.count - this.room / this.height);
  }

  get isAtEnd() { return this.top >= this.count - this.room / this.height - 1; }

  /** @param {number} count */
  setCount(count) {
    if (count === this.count) return;
    this.count = count;
    this.body.closest("table")?.setAttribute("aria-rowcount", String(count + 1));
    const around = this.head.offsetHeight + this.box.offsetHeight - this.box.clientHeight;
    this.box.style.setProperty("--rows-height", `${this.total + around}px`);
    this.show(true);
  }

  /** Bring a row to the top of the box, or to its end. @param {number} index @param {"top" | "end"} where */
  scrollTo(index, where = "top") {
    const rows = this.room / this.height, most = Math.max(0, this.count - rows);
    const wanted = Math.min(most, Math.max(0, where === "top" ? index : index + 1 - rows));
    this.box.scrollTop = most ? (wanted / most) * (this.total - this.room) : 0;
    this.show(false);
  }

  /** Put the pool where the box is scrolled to. @param {boolean} isAll whether rows that stay are filled again too */
  show(isAll) {
    const size = Math.min(this.count, Math.ceil(this.room / this.height) + 2 * AROUND), top = this.top;
    const first = Math.max(0, Math.min(Math.floor(top) - AROUND, this.count - size));
    const isFitted = this.fit(size);
    const moved = first - this.first;
    if (!isAll && !isFitted && moved === 0) return this.space(first, size, top);
    const kept = isFitted || Math.abs(moved) >= size ? 0 : size - Math.abs(moved);
    if (kept) this.rotate(moved);
    this.first = first;
    this.rows.forEach((row, place) => {
      const stays = kept > 0 && (moved >= 0 ? place < kept : place >= size - kept);
      if (!stays || isAll) this.fillAt(row, first + place);
    });
    this.space(first, size, top);
  }

  /** As many rows as the box takes. @param {number} size */
  fit(size) {
    if (this.rows.length === size) return false;
    while (this.rows.length > size) this.rows.pop()?.remove();
    while (this.rows.length < size) {
      const row = /** @type {HTMLTableRowElement} */ (document.importNode(this.model, true));
      this.rows.push(this.body.appendChild(row));
    }
    return true;
  }

  /** Rows that left on one side come in on the other, so that those in between stay where they are. @param {number} moved */
  rotate(moved) {
    const hadFocus = this.body.contains(document.activeElement);
    for (let left = Math.abs(moved); left > 0; left -= 1) {
      if (moved > 0) {
        const row = /** @type {HTMLTableRowElement} */ (this.rows.shift());
        this.rows.push(this.body.appendChild(row));
      } else {
        const row = /** @type {HTMLTableRowElement} */ (this.rows.pop());
        this.body.insertBefore(row, this.rows[0] ?? null);
        this.rows.unshift(row);
      }
    }
    if (hadFocus && !this.body.contains(document.activeElement)) this.box.focus({ preventScroll: true });
  }

  /** @param {HTMLTableRowElement} row @param {number} index */
  fillAt(row, index) {
    row.setAttribute("aria-rowindex", String(index + 2));
    this.fill(row, index);
  }

  /** @param {number} first @param {number} size @param {number} top */
  space(first, size, top) {
    const offset = this.total < this.count * this.height ? this.box.scrollTop - (top - first) * this.height : first * this.height;
    const above = Math.max(0, Math.min(offset, this.total - size * this.height));
    this.above.style.height = `${above}px`;
    this.below.style.height = `${Math.max(0, this.total - size * this.height - above)}px`;
  }
}
