// The cards of the tray in their order, and what it means to put one before others.

/** A message in flight, as `choices.py` tells it; `why` says what cannot be decided about it, and why.
 * @typedef {object} Card
 * @property {string} message
 * @property {string} from
 * @property {string} to
 * @property {string} text
 * @property {boolean} held
 * @property {boolean} copy
 * @property {Record<string, string>} why
 */

/** The cards as they may arrive: those that are held come last.
 * @type {(cards: Card[]) => Card[]}
 */
export function inOrder(cards) {
  return [...cards.filter(({ held }) => !held), ...cards.filter(({ held }) => held)];
}

/** What has to be held for a card to come before another one: all that it passes and that is not held yet. Messages on
 * one way overtake each other only where the network is not first in, first out.
 * @type {(cards: Card[], message: string, before: string, fifo: boolean) => { hold: string[], why: string | null }}
 */
export function overtaking(cards, message, before, fifo) {
  const ordered = inOrder(cards);
  const at = ordered.findIndex((card) => card.message === message);
  const to = ordered.findIndex((card) => card.message === before);
  if (at < 0 || to < 0 || at === to) return { hold: [], why: "these messages are not in flight any more" };
  // A card that is put down further is held itself.
  if (to > at) return { hold: ordered[at].held ? [] : [message], why: ordered[at].held ? "it is held already" : null };
  const passed = ordered.slice(to, at).filter(({ held }) => !held);
  const mine = ordered[at];
  const stuck = passed.find((card) => card.from === mine.from && card.to === mine.to);
  if (fifo && stuck) {
    const why = `${message} is behind ${stuck.message} on one way: messages overtake each other only in a network with `
      + "`fifo=False`";
    return { hold: [], why };
  }
  if (mine.held) return { hold: [], why: "it is held: deliver it by its button" };
  return { hold: passed.map((card) => card.message), why: null };
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
