import { join } from "node:path";
import { normalisePath } from "../domain/paths.ts";
import { err, ok, type Result } from "../domain/result.ts";
import { findDetour } from "./detour.ts";
import { openPlainFile } from "./plain-file.ts";
import type { Files } from "./ports.ts";

/** A file in a workspace that a program left there: opened without following links and without waiting. */
export interface LeftFile {
  readonly bytes: number;
  /** To be read to its end or left, once: that closes it. */
  readonly chunks: AsyncIterable<Uint8Array>;
}

/** The error is a sentence without its subject, such as `is a folder and no file`. */
export async function openLeftFile(
  files: Pick<Files, "stat">,
  workspace: string,
  path: string,
  maxBytes: number,
): Promise<Result<LeftFile, string>> {
  const normal = normalisePath(path);
  if (!normal.ok) return err("is no path of the workspace");
  const detour = await findDetour(files, workspace, normal.value);
  if (detour) return err(`lies behind ${detour.folder}, which is no folder`);
  const opened = await openPlainFile(join(workspace, normal.value));
  if (!opened.ok) return err(opened.error === "nothing" ? "is not there" : `is ${opened.error} and no file`);
  const { handle, stat } = opened.value;
  if (stat.size > maxBytes) {
    await handle.close();
    return err(`has ${stat.size} bytes, and at most ${maxBytes} are read`);
  }
  // It may grow while it is read.
  return ok({ bytes: stat.size, chunks: handle.createReadStream({ start: 0, end: maxBytes }) });
}
