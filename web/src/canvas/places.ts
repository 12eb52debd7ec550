/** Where every node is shown: where the document says, and a place of our own for those that nobody placed yet. */

import { CARD_WIDTH, type Card } from "../lib/card.ts";
import type { End, Graph, Place } from "../lib/graph.ts";
import { besides, between, type Places } from "../lib/standing.ts";
import { placesAtOnce } from "./arrange.ts";

/** On a phone cards are no smaller than this at first: what does not fit is scrolled to. */
export const PHONE_ZOOM = 0.6;
const PHONE = 640;
const COLUMN = CARD_WIDTH + 56;

export function onPhone(): boolean {
  return window.innerWidth <= PHONE;
}

/** How many columns stand beside one another in the window; as many as there are, but for a phone. */
export function mostColumns(): number | undefined {
  return onPhone() ? 1 + Math.max(0, Math.floor((window.innerWidth / PHONE_ZOOM - CARD_WIDTH) / COLUMN)) : undefined;
}

/** Remembers the places that it found, so that an edit elsewhere moves nothing. */
export class Placing {
  private readonly found = new Map<string, Place>();

  /** `most`: columns that stand beside one another. */
  constructor(private readonly most?: number) {}

  of(graph: Graph, cards: ReadonlyMap<string, Card>): Places {
    const places = new Map<string, Place>();
    const lost: string[] = [];
    for (const node of graph.nodes) {
      const place = node.ui ?? this.found.get(node.id);
      if (place) places.set(node.id, place);
      else lost.push(node.id);
    }
    if (lost.length === 0) return places;
    if (lost.length * 2 > graph.nodes.length) {
      const all = placesAtOnce(graph, cards, this.most);
      for (const id of lost) this.put(places, id, all.get(id) ?? { x: 0, y: 0 });
      return places;
    }
    for (const id of lost) {
      const from = graph.edges.find((edge) => edge.to[0] === id && places.has(edge.from[0]))?.from;
      const to = graph.edges.find((edge) => edge.from[0] === id && places.has(edge.to[0]))?.to;
      this.putBetween(graph, places, id, from, to);
    }
    return places;
  }

  /** Cards make room that nobody placed; where one was placed that would have to, the new one stands below. */
  private putBetween(graph: Graph, places: Map<string, Place>, id: string, from?: End, to?: End): void {
    const { at, moved } = between(places, from, to);
    const isFree = graph.nodes.every((node) => node.ui === null || !moved.has(node.id));
    for (const [other, place] of isFree ? moved : []) this.put(places, other, place);
    this.put(places, id, isFree ? at : besides(places, from, to));
  }

  private put(places: Map<string, Place>, id: string, place: Place): void {
    this.found.set(id, place);
    places.set(id, place);
  }
}
