/** A window above the page; the browser keeps the focus inside and gives it back. */

import { type ReactNode, useLayoutEffect, useRef } from "react";

interface Props {
  readonly title: string;
  readonly wide?: boolean;
  /** Without a head of its own: the content has one. */
  readonly bare?: boolean;
  /** Keys of the page work inside: it only enlarges a part of the page. */
  readonly keys?: boolean;
  readonly className?: string;
  readonly onClose: () => void;
  readonly children: ReactNode;
}

export function Dialog({ title, wide = false, bare = false, keys = false, className = "", onClose, children }: Props) {
  const element = useRef<HTMLDialogElement>(null);
  // Closed before it leaves the page: an element that is gone cannot give the focus back.
  useLayoutEffect(() => {
    const dialog = element.current;
    dialog?.showModal();
    return () => dialog?.close();
  }, []);
  return (
    // biome-ignore lint/a11y/useKeyWithClickEvents: Escape closes a dialog without our help
    <dialog
      ref={element}
      className={`dialog ${wide ? "wide" : ""} ${className}`}
      data-keys={keys || undefined}
      aria-label={title}
      onCancel={(event) => {
        event.preventDefault();
        onClose();
      }}
      onClick={(event) => event.target === element.current && onClose()}
    >
      <div className="dialog-body">
        {!bare && (
          <header>
            <h2>{title}</h2>
            <button type="button" className="quiet" onClick={onClose} aria-label="Close">
              ✕
            </button>
          </header>
        )}
        {children}
      </div>
    </dialog>
  );
}
