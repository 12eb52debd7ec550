/** A picture of the explore pane: a plain class in a box of its own. */

import { useEffect, useLayoutEffect, useRef } from "react";
import type { ExploreProps } from "./props.ts";

interface View {
  update(props: ExploreProps): void;
  destroy(): void;
}

interface Props {
  readonly make: new (host: HTMLElement, props: ExploreProps) => View;
  readonly className: string;
  readonly props: ExploreProps;
}

export function Picture({ make, className, props }: Props) {
  const host = useRef<HTMLDivElement>(null);
  const view = useRef<View | null>(null);
  const first = useRef(props);
  useLayoutEffect(() => {
    if (!host.current) return;
    const made = new make(host.current, first.current);
    view.current = made;
    return () => made.destroy();
  }, [make]);
  useEffect(() => view.current?.update(props), [props]);
  return <div ref={host} className={className} />;
}
