import { createHash } from "node:crypto";
import { join } from "node:path";
import type { ArtifactRef } from "../domain/certificate.ts";
import type { Files } from "./ports.ts";

/** Keeps a file among the artifacts; `path` is relative to their folder. */
export async function keepArtifact(
  files: Pick<Files, "write">,
  root: string,
  path: string,
  data: string | Uint8Array,
): Promise<ArtifactRef> {
  await files.write(join(root, path), data);
  return { path, sha256: createHash("sha256").update(data).digest("hex") };
}

/** Null where it is gone, or is not what was kept. */
export async function readArtifact(
  files: Pick<Files, "read">,
  root: string,
  { path, sha256 }: ArtifactRef,
): Promise<Buffer | null> {
  const data = await files.read(join(root, path));
  return data && createHash("sha256").update(data).digest("hex") === sha256 ? data : null;
}
