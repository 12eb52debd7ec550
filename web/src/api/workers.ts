/** What runs beside the server, and what may. */

import { send } from "./client.ts";
import type { WorkersState } from "./schema.ts";

export type { WorkersState };

export async function readWorkers(): Promise<WorkersState> {
  return (await (await send("GET", "api/v1/workers")).json()) as WorkersState;
}
