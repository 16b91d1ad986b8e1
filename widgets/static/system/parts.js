// What the parts of a drawn system are, and what a reader is told of them.

import { plural } from "../shared/text.js";

/** A box that is drawn: the operators inside of it, and the nodes that run them.
 * @typedef {{ element: string, name: string, inside: string[], members: string[] }} Location
 */

/** A `~>`: its lines and the boxes in them, what went over it in words, and the messages in flight, `flying` of
 * `in_flight`.
 * @typedef {{ name: string, parts: string[], told: string, flying: string[], in_flight: number }} Channel
 */

/** What an element that is drawn belongs to.
 * @type {(locations: Location[], channels: Channel[], id: string) => { location?: Location, channel?: Channel }}
 */
export function partAt(locations, channels, id) {
  return {
    channel: channels.find((one) => one.parts.includes(id)),
    location: locations.find((one) => one.element === id || one.inside.includes(id)),
  };
}

/** The member to show when a location is chosen: the first one, and then one after the other.
 * @type {(members: string[], shown: string | null) => string | undefined}
 */
export function nextMember(members, shown) {
  return members[(members.indexOf(shown ?? "") + 1) % members.length];
}

/** What can be reached by the keyboard, and what it is called: each location, and each `~>` by the box in it.
 * @type {(locations: Location[], channels: Channel[]) => { id: string, words: string }[]}
 */
export function wordsOf(locations, channels) {
  const boxes = locations.map(({ element, name, members }) => {
    const runs = members.length ? `runs as ${members.join(", ")}` : "nothing runs there yet";
    return { id: element, words: `${name}, ${runs}` };
  });
  const arrows = channels.flatMap(({ name, parts, told }) => parts.filter((id) => id.startsWith("handoff-"))
    .map((id) => ({ id, words: ["channel", name, told].filter(Boolean).join(" ") })));
  return [...boxes, ...arrows];
}

/** What is told of a channel that is looked at: in a line, and below its messages.
 * @type {(channel: Channel) => { head: string, rest: string }}
 */
export function flightWords({ name, told, flying, in_flight: count }) {
  const more = count - flying.length;
  const nothing = told ? "nothing is in flight" : "nothing is known of its messages";
  return {
    head: told ? `${name}: ${told}` : name,
    rest: count ? (more ? `and ${plural(more, "message")} more` : "") : nothing,
  };
}
