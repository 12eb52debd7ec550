/** The project in which something is made, where the page is of none: one that is there, or the name of another. */

import { useId, useState } from "react";
import { useProjects } from "../state/projects.ts";

/** @returns The project, and how to say another; `fixed` when the page is of one. */
export function useProject(fixed: string | null): readonly [string, string, (name: string) => void] {
  const known = useProjects().rows ?? [];
  const [chosen, setChosen] = useState<string | null>(null);
  const text = fixed ?? chosen ?? known[0]?.name ?? "my-project";
  return [text.trim(), text, setChosen];
}

export function ProjectField({ value, onChange }: { value: string; onChange: (name: string) => void }) {
  const known = useProjects().rows ?? [];
  const id = useId();
  return (
    <>
      <label htmlFor={id}>Project</label>
      <input
        id={id}
        type="text"
        className="begin-project"
        list={`${id}-known`}
        autoComplete="off"
        value={value}
        onChange={(event) => onChange(event.target.value)}
      />
      <datalist id={`${id}-known`}>
        {known.map((row) => (
          <option key={row.name} value={row.name} />
        ))}
      </datalist>
    </>
  );
}
