/** A node of a site's picture: `parent` is the number of another node. */
export interface SiteNode {
  parent?: number;
}

export interface Spot {
  x: number;
  y: number;
}

/** Children of each node by number, and the nodes without a parent. */
export function branches(nodes: readonly SiteNode[]): { children: number[][]; roots: number[] } {
  const children: number[][] = nodes.map(() => []);
  const roots: number[] = [];
  nodes.forEach((node, number) => {
    const siblings = node.parent === undefined ? roots : children[node.parent];
    (siblings ?? roots).push(number);
  });
  return { children, roots };
}

/**
 * Places of a tree's nodes on rings around its root: leaves share the circle evenly, a node stands
 * in the middle of its leaves, and each generation has a ring of its own. From -1 to 1 on both axes.
 */
export function onRings(nodes: readonly SiteNode[]): Spot[] {
  const { children, roots } = branches(nodes);
  const angles = nodes.map(() => 0);
  const rings = nodes.map(() => 0);
  let leaves = 0;
  // Without recursion: a chain of redirects may be long.
  const open = roots.map((number) => ({ number, ring: 0, done: false })).reverse();
  for (let step = open.pop(); step; step = open.pop()) {
    const { number, ring, done } = step;
    const own = children[number] ?? [];
    rings[number] = ring;
    if (own.length === 0) {
      angles[number] = leaves;
      leaves += 1;
    } else if (done) {
      const first = angles[own[0] ?? 0] ?? 0;
      const last = angles[own.at(-1) ?? 0] ?? 0;
      angles[number] = (first + last) / 2;
    } else {
      open.push({ number, ring, done: true });
      for (const child of own.toReversed())
        open.push({ number: child, ring: ring + 1, done: false });
    }
  }
  const most = Math.max(1, ...rings);
  return nodes.map((_, number) => {
    const radius = (rings[number] ?? 0) / most;
    const angle = (2 * Math.PI * (angles[number] ?? 0)) / Math.max(1, leaves);
    return { x: radius * Math.cos(angle), y: radius * Math.sin(angle) };
  });
}
