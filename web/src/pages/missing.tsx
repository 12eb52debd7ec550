/** There is no such page. */

import { Link } from "../components/link.tsx";

export function MissingPage({ path }: { path: string }) {
  return (
    <div className="teach">
      <h1>There is no page here</h1>
      <p>
        <code>/{path}</code> is not an address of gnomon.
      </p>
      <p>
        <Link to="">All projects</Link>
      </p>
    </div>
  );
}
