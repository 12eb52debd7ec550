/** A button that opens a picker. */

import type { ReactNode } from "react";
import { useOpener } from "./opener.ts";
import { type Choice, Picker, type Search } from "./picker.tsx";

interface Props {
  readonly label: string;
  readonly placeholder: string;
  readonly className?: string;
  readonly disabled?: boolean;
  readonly choices: readonly Choice[];
  readonly fresh?: string;
  readonly search?: Search;
  readonly onPick: (value: string) => void;
  readonly children: ReactNode;
}

export function PickButton({ className = "text", disabled = false, children, fresh, search, ...picker }: Props) {
  const { anchor, close, button } = useOpener();
  return (
    <>
      <button {...button} type="button" className={className} disabled={disabled} aria-haspopup="listbox">
        {children}
      </button>
      {anchor && (
        <Picker
          {...picker}
          {...(fresh === undefined ? {} : { fresh })}
          {...(search === undefined ? {} : { search })}
          anchor={anchor}
          onClose={close}
        />
      )}
    </>
  );
}
