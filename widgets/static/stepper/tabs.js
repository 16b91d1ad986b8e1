// The open tables: those that were pinned, and one that is looked at until another is.

export class Tabs {
  constructor() {
    /** @type {string[]} */
    this.pinned = [];
    /** @type {string | null} */
    this.passing = null;
    /** The one on top.
     * @type {string | null}
     */
    this.active = null;
    /** Which tabs stand beside a table, for as long as it is open.
     * @type {(id: string) => string[]}
     */
    this.beside = () => [];
  }

  get open() {
    const { pinned, passing } = this;
    const tables = passing === null || pinned.includes(passing) ? pinned : [...pinned, passing];
    return [...new Set(tables.flatMap((id) => [id, ...this.beside(id)]))];
  }

  /** @type {(id: string) => boolean} */
  canClose(id) {
    return this.isPinned(id) || this.passing === id;
  }

  /** Put a tab on top, and keep it if it was not open. */
  show(/** @type {string} */ id) {
    if (!this.open.includes(id)) this.pinned.push(id);
    this.active = id;
  }

  /** @type {(id: string) => boolean} */
  isPinned(id) {
    return this.pinned.includes(id);
  }

  /** Show a table on top, in the place of the one that is looked at unless it is pinned.
   * @type {(id: string) => void}
   */
  preview(id) {
    if (!this.isPinned(id)) this.passing = id;
    this.active = id;
  }

  /** Keep the table on top open, or no longer. */
  togglePin() {
    const id = this.active;
    if (!id) return;
    if (this.isPinned(id)) {
      this.pinned = this.pinned.filter((other) => other !== id);
      this.passing = id;
    } else this.pinned.push(id);
  }

  /** @type {(id: string) => void} */
  close(id) {
    this.pinned = this.pinned.filter((other) => other !== id);
    if (this.passing === id) this.passing = null;
    if (this.active === id) this.active = null;
  }

  /** Put an open table on top, if no table is there. */
  settle() {
    const { open } = this;
    if (this.active === null || !open.includes(this.active)) this.active = open[open.length - 1] ?? null;
  }
}
