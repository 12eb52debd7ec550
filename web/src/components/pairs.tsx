/** Names and what they stand for, one line each. */

import type { ReactNode } from "react";

interface Props {
  readonly rows: readonly (readonly [name: string, value: ReactNode])[];
  readonly className?: string;
  /** The names are keys that somebody wrote. */
  readonly keys?: boolean;
}

export function Pairs({ rows, className = "pairs", keys = false }: Props) {
  return (
    <table className={className}>
      <tbody>
        {rows.map(([name, value]) => (
          <tr key={name}>
            <th scope="row" className={keys ? "key" : undefined}>
              {name}
            </th>
            <td>{value}</td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}
