import type { DecidedBy } from "../../domain/decided-by.ts";
import { unreachable } from "../../domain/result.ts";

/** How many equal failures with unchanged inputs close a cause off; `probeAfter` is what is allowed to a provider. */
export function opensAt(by: DecidedBy, probeAfter: number): number {
  switch (by) {
    case "host":
      return 1;
    case "output":
    case "unknown":
      return 2;
    case "provider":
      return probeAfter;
    default:
      return unreachable(by);
  }
}
