/** The view of source lines as a component of the shell. */

import { useEffect, useRef } from "react";
import { type SourceProps, SourceView } from "./source.ts";

export function Source({ at, ...props }: SourceProps & { readonly at?: number }) {
  const host = useRef<HTMLDivElement>(null);
  const view = useRef<SourceView | null>(null);
  useEffect(() => {
    const made = new SourceView();
    if (host.current) made.mount(host.current);
    view.current = made;
    return () => made.destroy();
  }, []);
  useEffect(() => {
    view.current?.update(props);
    if (at !== undefined && at >= 0) view.current?.reveal(at);
  });
  return <div ref={host} className="source-host" />;
}
