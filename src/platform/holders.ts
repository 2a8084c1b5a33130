import type { Argv } from "../domain/plan.ts";
import { type ControlGroups, openControlGroups } from "./open-control-groups.ts";
import type { Hold } from "./ports.ts";
import { openSandbox, type Sandbox, type SandboxOptions } from "./sandbox.ts";

export interface HolderOptions extends SandboxOptions {
  readonly sandbox: "auto" | "off";
  /**
   * Where the kernel tells of control groups, `/proc`. Left out, or where none can be made: limits are held by looking.
   */
  readonly controlGroups?: string;
}

/** What holds programs here. */
export interface Holders {
  readonly sandbox: Sandbox | null;
  readonly groups: ControlGroups | null;
  readonly hold: Hold;
}

export async function findHolders(
  options: HolderOptions,
  tryOut: (argv: Argv) => Promise<{ readonly code: number | null; readonly output: string }>,
): Promise<Holders> {
  const { controlGroups } = options;
  const found = controlGroups === undefined ? null : await openControlGroups(controlGroups, tryOut);
  const groups = found === null || "why" in found ? null : found;
  const limits = groups === null ? "sampled" : "cgroup";
  const sandbox =
    options.sandbox === "off"
      ? { why: "the configuration says `sandbox: off`" }
      : await openSandbox(options, tryOut);
  return "why" in sandbox
    ? {
        sandbox: null,
        groups,
        hold: { sandbox: null, why: sandbox.why, files: "not limited", processes: "group and mark", limits },
      }
    : {
        sandbox,
        groups,
        hold: { sandbox: sandbox.name, files: "listed", processes: "own namespace", limits },
      };
}
