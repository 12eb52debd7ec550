/** Windows whose code comes after the page: asked for once the browser has nothing else to do, at the latest when opened. */

import { type ComponentType, lazy, Suspense } from "react";

export function later<P extends object>(load: () => Promise<ComponentType<P>>): ComponentType<P> {
  let loaded: Promise<{ default: ComponentType<P> }> | null = null;
  const get = (): Promise<{ default: ComponentType<P> }> => {
    loaded ??= load().then((found) => ({ default: found }));
    // What could not be read is asked for again by the next who needs it.
    loaded.catch(() => {
      loaded = null;
    });
    return loaded;
  };
  const Found = lazy(get) as unknown as ComponentType<P>;
  if (typeof window !== "undefined") whenIdle(() => void get().catch(() => undefined));
  return (props: P) => (
    <Suspense fallback={null}>
      <Found {...props} />
    </Suspense>
  );
}

/** Safari has no idle callback. */
function whenIdle(act: () => void): void {
  const begin = (): void => {
    if ("requestIdleCallback" in window) window.requestIdleCallback(act);
    else setTimeout(act, 1_000);
  };
  if (document.readyState === "complete") begin();
  else addEventListener("load", begin, { once: true });
}
