import { join } from "node:path";
import { createRunId } from "./identity.ts";
import type { ParsedPlan } from "./parse.ts";

/** What the system takes as one path, without the byte that ends it, and as the name of one file. */
const systemPathBytes = process.platform === "darwin" ? 1023 : 4095;
const nameBytes = 255;

/**
 * The longest path below a workspace's tree, in bytes. Programs name files by absolute paths: what the workspace's
 * own path takes is not there for those in it.
 */
export function longestPathIn(workspaceRoot: string, { draft, phases }: ParsedPlan): number {
  const ids = phases.map(({ spec }) => Buffer.byteLength(spec.id));
  const name = `${"x".repeat(Math.max(0, ...ids))}.999.round-999`;
  const runId = createRunId(draft?.id ?? "", (count) => new Uint8Array(count));
  return systemPathBytes - Buffer.byteLength(join(workspaceRoot, runId, name, "tree", "/"));
}

export function isTooLong(path: string, longest: number): boolean {
  // Most paths are far from it, whatever their characters take.
  if (path.length * 3 <= Math.min(nameBytes, longest)) return false;
  return (
    Buffer.byteLength(path) > longest || path.split("/").some((name) => Buffer.byteLength(name) > nameBytes)
  );
}

export const howLong = (path: string, longest: number): string =>
  `has ${Buffer.byteLength(path)} bytes; a workspace has room for ${longest}, and for ${nameBytes} in each name`;
