/** Runs side by side. */

export function ComparePage({ project }: { project: string }) {
  return <p className="muted center">{project}</p>;
}
