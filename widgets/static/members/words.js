// What is said of a member, in words.

import { compact, plural, visible } from "../shared/text.js";

/** A member as the kernel tells of it.
 * @typedef {object} Member
 * @property {string} name
 * @property {string} location
 * @property {string} state
 * @property {boolean} is_well
 * @property {boolean} has_failed
 * @property {number} restarts
 * @property {number | null} tick
 * @property {number} faults
 * @property {number | null} rate
 * @property {Record<string, number>} waiting
 * @property {number | null} recorded
 * @property {string[]} log
 */

/** @type {(rate: number | null) => string} */
export function rateWords(rate) {
  if (rate === null) return "";
  return rate > 0 && rate < 10 ? rate.toFixed(1) : compact(Math.round(rate));
}

/** @type {(waiting: Record<string, number>) => string} */
export function waitingWords(waiting) {
  return Object.entries(waiting).map(([name, count]) => `${visible(name)}: ${compact(count)}`).join(", ");
}

/** What stands in the row of a member, behind its name.
 * @type {(member: Member) => string[]}
 */
export function cellsOf(member) {
  return [
    member.location,
    member.state,
    member.restarts ? String(member.restarts) : "",
    member.tick === null ? "" : member.tick.toLocaleString("en"),
    member.faults ? String(member.faults) : "",
    rateWords(member.rate),
    waitingWords(member.waiting),
    lastLine(member),
  ];
}

/** @type {(member: Member) => string} */
export function lastLine(member) {
  return visible(member.log[member.log.length - 1] ?? "");
}

/** How all of them stand, for the line below.
 * @type {(members: Member[]) => string}
 */
export function summary(members) {
  const well = members.filter((one) => one.is_well).length;
  const failed = members.filter((one) => one.has_failed).length;
  const restarts = members.reduce((sum, one) => sum + one.restarts, 0);
  return [
    `${well} of ${plural(members.length, "member")} running`,
    failed ? `${failed} given up` : "",
    restarts ? plural(restarts, "restart") : "",
  ].filter(Boolean).join(" · ");
}
