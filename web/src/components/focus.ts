/** Gives the focus to an element when it is shown: to the field of a dialog rather than to its close button. */

import { type RefObject, useEffect, useRef } from "react";

export function useFocus<T extends HTMLElement>(): RefObject<T | null> {
  const element = useRef<T>(null);
  // Effects of a dialog inside have run by now: it is open.
  useEffect(() => element.current?.focus(), []);
  return element;
}
