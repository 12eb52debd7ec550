/** Light, dark, or what the system says. `public/theme.js` sets it before the first paint. */

import { recall, remember } from "./remember.ts";
import { Store, useStore } from "./store.ts";

export type Theme = "system" | "light" | "dark";

const dark = window.matchMedia("(prefers-color-scheme: dark)");

function stored(): Theme {
  const text = recall("theme");
  return text === "light" || text === "dark" ? text : "system";
}

const theme = new Store<Theme>(stored());
/** Counts changes of the ground, so that canvases know when to paint anew. */
const shade = new Store(0);

function apply(): void {
  const chosen = theme.get();
  document.documentElement.dataset.theme = chosen === "system" ? (dark.matches ? "dark" : "light") : chosen;
  shade.update((n) => n + 1);
}

dark.addEventListener("change", apply);

export function setTheme(next: Theme): void {
  theme.set(next);
  remember("theme", next);
  apply();
}

export function themeNow(): Theme {
  return theme.get();
}

export function useTheme(): Theme {
  return useStore(theme);
}

export function useShade(): number {
  return useStore(shade);
}
