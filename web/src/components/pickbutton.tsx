/** A button that opens a picker. */

import { type ReactNode, useRef, useState } from "react";
import { type Choice, Picker } from "./picker.tsx";

interface Props {
  readonly label: string;
  readonly placeholder: string;
  readonly className?: string;
  readonly disabled?: boolean;
  readonly choices: readonly Choice[];
  readonly fresh?: string;
  readonly onPick: (value: string) => void;
  readonly children: ReactNode;
}

export function PickButton({ className = "text", disabled = false, children, fresh, ...picker }: Props) {
  const button = useRef<HTMLButtonElement>(null);
  const [open, setOpen] = useState(false);
  // A press on the button closes what is open before the click arrives: that must not open it again.
  const pressed = useRef(false);
  return (
    <>
      <button
        ref={button}
        type="button"
        className={className}
        disabled={disabled}
        aria-haspopup="listbox"
        aria-expanded={open}
        onPointerDown={() => {
          pressed.current = open;
        }}
        onClick={() => {
          setOpen(!pressed.current);
          pressed.current = false;
        }}
      >
        {children}
      </button>
      {open && button.current && (
        <Picker
          {...picker}
          {...(fresh === undefined ? {} : { fresh })}
          anchor={button.current}
          onClose={() => setOpen(false)}
        />
      )}
    </>
  );
}
