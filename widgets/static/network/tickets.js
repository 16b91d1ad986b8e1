// The cards of the tray in their order, and what it means to put one before others.

/** A message in flight, as `choices.py` tells it; `why` says what cannot be decided about it, and why.
 * @typedef {object} Card
 * @property {string} message
 * @property {string} from
 * @property {string} to
 * @property {string} text
 * @property {boolean} held
 * @property {string[]} after the messages in flight that it waits for
 * @property {boolean} copy
 * @property {Record<string, string>} why
 */

/** The cards as they may arrive: those that wait for others behind these, and those that are held last.
 * @type {(cards: Card[]) => Card[]}
 */
export function inOrder(cards) {
  /** @type {Card[]} */
  const found = [];
  let waiting = [...cards.filter(({ held }) => !held), ...cards.filter(({ held }) => held)];
  while (waiting.length) {
    const ids = new Set(waiting.map(({ message }) => message));
    const free = waiting.find(({ after }) => !after.some((one) => ids.has(one))) ?? waiting[0];
    found.push(free);
    waiting = waiting.filter((one) => one !== free);
  }
  return found;
}

/** What a card that is moved to the place of another one comes before, or waits for: all that it passes. Messages on
 * one way overtake each other only where the network is not first in, first out.
 * @type {(cards: Card[], message: string, place: string, fifo: boolean) =>
 *   { first: string[], then: string[], why: string | null }}
 */
export function reordering(cards, message, place, fifo) {
  const ordered = inOrder(cards);
  const at = ordered.findIndex((card) => card.message === message);
  const to = ordered.findIndex((card) => card.message === place);
  const no = (/** @type {string} */ why) => ({ first: [], then: [], why });
  if (at < 0 || to < 0 || at === to) return no("these messages are not in flight any more");
  const mine = ordered[at];
  const isUp = to < at;
  const passed = isUp ? ordered.slice(to, at) : ordered.slice(at + 1, to + 1);
  if (mine.held || passed.some(({ held }) => held)) return no("a message that is held waits already: deliver it");
  const stuck = passed.find((card) => card.from === mine.from && card.to === mine.to);
  if (fifo && stuck) {
    const [late, early] = isUp ? [mine, stuck] : [stuck, mine];
    return no(`${late.message} is behind ${early.message} on one way: messages overtake each other only in a network `
      + "with `fifo=False`");
  }
  const others = passed.map((card) => card.message);
  return isUp ? { first: [message], then: others, why: null } : { first: others, then: [message], why: null };
}

/** The cut between the chosen nodes and all others, or why there is none.
 * @type {(chosen: string[], nodes: string[]) => { groups: string[][], why: string | null }}
 */
export function cutOf(chosen, nodes) {
  const apart = nodes.filter((node) => chosen.includes(node));
  if (!apart.length) return { groups: [], why: "choose the nodes to cut off, by their boxes above the lanes" };
  if (apart.length === nodes.length) return { groups: [], why: "a cut needs nodes on both of its sides" };
  return { groups: [apart, nodes.filter((node) => !apart.includes(node))], why: null };
}
