/** The address bar as a store: where we are, and how to go elsewhere. */

import { mergeSearch, type Route, readRoute } from "../lib/url.ts";
import { Store, useStore } from "./store.ts";

export interface Place {
  readonly route: Route;
  readonly search: URLSearchParams;
}

function base(): string {
  return new URL(".", document.baseURI).pathname;
}

function read(): Place {
  const path = location.pathname.startsWith(base()) ? location.pathname.slice(base().length) : location.pathname;
  return { route: readRoute(path), search: new URLSearchParams(location.search) };
}

export const place = new Store<Place>(read());

window.addEventListener("popstate", () => place.set(read()));

/** Address of a page, for links. */
export function href(path: string): string {
  return `${base()}${path}`;
}

export function navigate(path: string): void {
  history.pushState(null, "", href(path));
  place.set(read());
  window.scrollTo(0, 0);
}

/**
 * Change parameters of the address.
 *
 * @param push Whether going back should undo it: yes for a zoom, no for a letter typed.
 */
export function setSearch(changes: Record<string, string | null>, push = false): void {
  const search = mergeSearch(place.get().search, changes);
  if (search === location.search) return;
  const url = `${location.pathname}${search}`;
  if (push) history.pushState(null, "", url);
  else history.replaceState(null, "", url);
  place.set(read());
}

/** Put other parameters in the place of all. */
export function replaceSearch(search: URLSearchParams): void {
  const text = mergeSearch(search, {});
  if (text === location.search) return;
  history.pushState(null, "", `${location.pathname}${text}`);
  place.set(read());
}

export function usePlace(): Place {
  return useStore(place);
}
