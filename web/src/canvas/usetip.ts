/** Which node's issues are told beside it. */

import { useEffect, useRef, useState } from "react";

const TIP_IN_MS = 120;
const TIP_OUT_MS = 260;

/** Which node's issues are told: not at a fleeting touch, and long enough to reach the buttons. */
export function useTip() {
  const [node, setNode] = useState<string | null>(null);
  const timer = useRef<number | undefined>(undefined);
  useEffect(() => () => window.clearTimeout(timer.current), []);
  const later = (next: string | null, ms: number): void => {
    window.clearTimeout(timer.current);
    timer.current = window.setTimeout(() => setNode(next), ms);
  };
  return {
    node,
    show: (id: string) => later(id, TIP_IN_MS),
    leave: () => later(null, TIP_OUT_MS),
    hide: () => later(null, 0),
  };
}
