// The nodes that run a flow: which of them is shown, and in what words they are named.

/** A node that runs a copy of the flow, by the names that the notebook has.
 * @typedef {{ key: string, node: string, network: string }} Node
 */

/** A network and its nodes.
 * @typedef {{ network: string, nodes: Node[] }} Network
 */

/** The nodes by network, in the order in which they are told.
 * @type {(nodes: Node[]) => Network[]}
 */
export function byNetwork(nodes) {
  /** @type {Map<string, Node[]>} */
  const found = new Map();
  for (const node of nodes) found.set(node.network, [...(found.get(node.network) ?? []), node]);
  return [...found].map(([network, members]) => ({ network, nodes: members }));
}

/** The node to show in place of the one that was shown: itself, or where its network was made anew the one that has its
 * name there; null where there is none.
 * @type {(nodes: Node[], shown: Node) => Node | null}
 */
export function again(nodes, shown) {
  const same = (/** @type {Node} */ one) => one.node === shown.node && one.network === shown.network;
  return nodes.find((one) => one.key === shown.key) ?? nodes.find(same) ?? null;
}

/** The node that is shown first, the same as beside the widget: the first one of the newest network.
 * @type {(nodes: Node[]) => Node | null}
 */
export function first(nodes) {
  const networks = byNetwork(nodes);
  return networks.length ? networks[networks.length - 1].nodes[0] : null;
}
