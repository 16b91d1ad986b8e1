// Presses of step and step back: each is one step, also those that come while another step is under way. What a held
// key or button asks for is taken when nothing is under way, so that it goes on as fast as the engine follows and ends
// with the hold.

const MOST = 50; // presses that are kept

export class Presses {
  /** @param {(move: string) => Promise<boolean>} take makes one move; false where none can follow it */
  constructor(take) {
    this.take = take;
    /** @type {string[]} */
    this.waiting = [];
    this.isBusy = false;
  }

  /** @type {(move: string, isHeld?: boolean) => void} */
  press(move, isHeld = false) {
    if (this.isBusy && (isHeld || this.waiting.length >= MOST)) return;
    this.waiting.push(move);
    if (!this.isBusy) this.run();
  }

  /** Forget the presses that wait. */
  clear() {
    this.waiting.length = 0;
  }

  async run() {
    this.isBusy = true;
    for (let move = this.waiting.shift(); move !== undefined; move = this.waiting.shift()) {
      const goesOn = await this.take(move).catch(() => false);
      if (!goesOn) this.clear();
    }
    this.isBusy = false;
  }
}
