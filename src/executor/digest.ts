import { createHash } from "node:crypto";
import { join } from "node:path";
import { canonicalJson } from "../domain/canonical.ts";
import type { Files } from "../platform/ports.ts";

/** SHA-256 of a value's canonical JSON, in hex. */
export const digestOf = (value: unknown): string =>
  createHash("sha256").update(canonicalJson(value)).digest("hex");

/** The SHA-256 of files below `root`; null for one that is not there, or is a folder. */
export async function hashFiles(
  files: Pick<Files, "stat" | "read">,
  root: string,
  names: readonly string[],
): Promise<[string, string | null][]> {
  const hashed: [string, string | null][] = [];
  for (const name of names) {
    const path = join(root, name);
    const data = (await files.stat(path))?.kind === "directory" ? null : await files.read(path);
    hashed.push([name, data && createHash("sha256").update(data).digest("hex")]);
  }
  return hashed;
}
