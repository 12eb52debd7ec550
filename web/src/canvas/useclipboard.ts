/** The clipboard of the system, while the canvas has the focus. */

import { type RefObject, useEffect, useRef } from "react";

interface Clipboard {
  readonly copy: () => string | null;
  readonly cut: () => string | null;
  readonly paste: (text: string) => void;
}

/** Copy, cut and paste by the browser's own events: they need no permission, and work on every address. */
export function useClipboard(root: RefObject<HTMLElement | null>, clipboard: Clipboard): void {
  const latest = useRef(clipboard);
  latest.current = clipboard;
  useEffect(() => {
    const ours = (): boolean => {
      const active = document.activeElement;
      const marked = window.getSelection()?.toString() ?? "";
      return marked === "" && (active === document.body || root.current?.contains(active) === true) && !isField(active);
    };
    const out = (what: "copy" | "cut") => (event: ClipboardEvent) => {
      const text = ours() ? latest.current[what]() : null;
      if (text === null) return;
      event.clipboardData?.setData("text/plain", text);
      event.preventDefault();
    };
    const [copy, cut] = [out("copy"), out("cut")];
    const paste = (event: ClipboardEvent): void => {
      if (!ours()) return;
      latest.current.paste(event.clipboardData?.getData("text/plain") ?? "");
      event.preventDefault();
    };
    document.addEventListener("copy", copy);
    document.addEventListener("cut", cut);
    document.addEventListener("paste", paste);
    return () => {
      document.removeEventListener("copy", copy);
      document.removeEventListener("cut", cut);
      document.removeEventListener("paste", paste);
    };
  }, [root]);
}

function isField(element: Element | null): boolean {
  return element instanceof HTMLInputElement || element instanceof HTMLTextAreaElement;
}
