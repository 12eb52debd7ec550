/** Things with a life of their own, for as long as a page is shown. */

import { useEffect, useState } from "react";

/** Make something once, and destroy it when the page goes. */
export function useOwned<T extends { destroy(): void }>(make: () => T): T {
  const [thing] = useState(make);
  useEffect(() => () => thing.destroy(), [thing]);
  return thing;
}
