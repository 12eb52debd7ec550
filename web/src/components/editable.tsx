/** Text that turns into a field when it is clicked: Enter keeps what was written, Escape what was there. */

import { type KeyboardEvent, type ReactNode, useEffect, useRef, useState } from "react";

interface Props {
  /** What the field begins with. */
  readonly value: string;
  /** Name of the field. */
  readonly label: string;
  /** Said where the text is clicked. */
  readonly hint: string;
  /** Several lines: Enter begins another, Ctrl+Enter keeps. */
  readonly long?: boolean;
  readonly onSave: (text: string) => void;
  readonly children: ReactNode;
}

export function Editable({ value, label, hint, long = false, onSave, children }: Props) {
  const [editing, setEditing] = useState(false);
  const [text, setText] = useState(value);
  const button = useRef<HTMLButtonElement>(null);
  const field = useRef<HTMLInputElement & HTMLTextAreaElement>(null);
  const back = useRef(false);
  useEffect(() => {
    if (editing) field.current?.select();
    else if (back.current) button.current?.focus();
    back.current = false;
  }, [editing]);
  const close = (keep: boolean, focus: boolean): void => {
    back.current = focus;
    setEditing(false);
    if (keep && text.trim() !== value) onSave(text.trim());
  };
  const key = (event: KeyboardEvent): void => {
    event.stopPropagation();
    if (event.key === "Escape") close(false, true);
    else if (event.key === "Enter" && (!long || event.ctrlKey || event.metaKey)) {
      event.preventDefault();
      close(true, true);
    }
  };
  if (!editing)
    return (
      <button
        ref={button}
        type="button"
        className="editable"
        title={hint}
        onClick={() => {
          setText(value);
          setEditing(true);
        }}
      >
        {children}
      </button>
    );
  const shared = {
    ref: field,
    value: text,
    "aria-label": label,
    className: "editing",
    onChange: (event: { target: { value: string } }) => setText(event.target.value),
    onKeyDown: key,
    onBlur: () => close(true, false),
  };
  return long ? <textarea rows={5} {...shared} /> : <input {...shared} />;
}
