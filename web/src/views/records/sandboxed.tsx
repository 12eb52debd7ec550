/** The sandboxed frame for React. */

import { useLayoutEffect, useRef } from "react";
import { Sandbox, type SandboxProps } from "./sandbox.ts";

export function Sandboxed({ src, title, from }: SandboxProps) {
  const host = useRef<HTMLDivElement>(null);
  const sandbox = useRef<Sandbox | null>(null);
  useLayoutEffect(() => {
    const props = { src, title, from };
    if (sandbox.current) sandbox.current.update(props);
    else sandbox.current = new Sandbox(host.current as HTMLDivElement, props);
  }, [src, title, from]);
  useLayoutEffect(
    () => () => {
      sandbox.current?.destroy();
      sandbox.current = null;
    },
    [],
  );
  return <div className="sandbox-host" ref={host} />;
}
