/** Where a mistake, or a part of the page that cannot be loaded, ends: the rest of the page stays. */

import { Component, type ReactNode } from "react";
import { Trouble } from "./trouble.tsx";

export class Guard extends Component<{ children: ReactNode }, { cause: unknown }> {
  override state = { cause: null as unknown };

  static getDerivedStateFromError(cause: unknown) {
    return { cause };
  }

  override render(): ReactNode {
    if (this.state.cause !== null) return <Trouble cause={this.state.cause} onRetry={() => location.reload()} />;
    return this.props.children;
  }
}
