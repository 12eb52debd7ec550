/** Lines to copy, with the button that does it. */

import { useEffect, useState } from "react";

export function CopyButton({ text, what, word = "Copy" }: { text: string; what: string; word?: string }) {
  const [done, setDone] = useState<"copied" | "failed" | null>(null);
  useEffect(() => {
    if (done === null) return;
    const timer = setTimeout(() => setDone(null), 1600);
    return () => clearTimeout(timer);
  }, [done]);
  const copy = (): void => {
    copyText(text).then(
      () => setDone("copied"),
      () => setDone("failed"),
    );
  };
  return (
    <button type="button" className="small" onClick={copy} aria-label={word === "Copy" ? `Copy ${what}` : word}>
      <span aria-live="polite">{done === "copied" ? "Copied" : done === "failed" ? "Press Ctrl+C" : word}</span>
    </button>
  );
}

/** Pages that are not on https or localhost have no clipboard of their own. */
export async function copyText(text: string): Promise<void> {
  if (navigator.clipboard) return navigator.clipboard.writeText(text);
  const area = document.createElement("textarea");
  area.value = text;
  area.className = "visually-hidden";
  document.body.append(area);
  area.select();
  const done = document.execCommand("copy");
  area.remove();
  if (!done) throw new Error("copy refused");
}

export function CodeBlock({ code, what }: { code: string; what: string }) {
  return (
    <div className="code-block">
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: long lines scroll, and keys must be able to */}
      <pre tabIndex={0}>
        <code>{code}</code>
      </pre>
      <CopyButton text={code} what={what} />
    </div>
  );
}
