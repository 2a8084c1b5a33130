import { join } from "node:path";
import { AppError } from "../domain/app-error.ts";
import type { Files } from "./ports.ts";

/** Whose workspace a folder is. */
interface Owner {
  readonly runId: string;
  /** Unique within the run, such as `tokenizer.1.build`. */
  readonly name: string;
  /** Of the run's lease: it grows with every process that takes the run over. */
  readonly fence: number;
}

const markOf = (dir: string): string => join(dir, "owner.json");

/** Puts our mark on a folder: nothing else is written there before it. */
export async function markWorkspace(files: Files, dir: string, { runId, name, fence }: Owner): Promise<void> {
  await files.write(markOf(dir), `${JSON.stringify({ runId, name, fence })}\n`);
}

/**
 * Asserts that a folder is our workspace and that we still hold the run, before it is read or removed. The mark of a
 * process whose run we took over becomes ours, so that it in turn is refused. An absent folder is fine.
 *
 * @throws AppError `workspace-not-ours`, `workspace-taken-over`
 */
export async function assertOwned(files: Files, dir: string, own: Owner): Promise<void> {
  const names = await files.list(dir);
  if (!names || names.every((name) => name.startsWith("owner.json"))) return;
  await assertHeld(files, dir, own);
}

/**
 * As {@link assertOwned}, before a workspace is written: one that is gone was removed by whoever took the run over,
 * and is not made again.
 *
 * @throws AppError `workspace-not-ours`, `workspace-taken-over`
 */
export async function assertHeld(files: Files, dir: string, own: Owner): Promise<void> {
  const mark = await readMark(files, dir);
  if (mark === undefined && (await files.list(dir)) === null) throw takenOver(dir, own.runId);
  if (mark?.runId !== own.runId || mark.name !== own.name) throw notOurs(dir, own.runId);
  if (mark.fence > own.fence) throw takenOver(dir, own.runId);
  if (mark.fence < own.fence) await markWorkspace(files, dir, own);
}

/**
 * Of a folder that we had marked and that its next owner removed meanwhile, what came into it since goes too.
 *
 * @throws AppError `workspace-taken-over`, where that is so
 */
export async function yieldToNextOwner(files: Files, dir: string, own: Owner): Promise<void> {
  if ((await files.stat(markOf(dir))) !== null) return;
  await files.remove(dir);
  throw takenOver(dir, own.runId);
}

async function readMark(files: Files, dir: string): Promise<Owner | undefined> {
  const text = (await files.read(markOf(dir)))?.toString("utf8") ?? "";
  const [, runId, name, fence] =
    /^\{"runId":"([^"\\]+)","name":"([^"\\]+)","fence":(\d+)\}\n$/.exec(text) ?? [];
  return runId && name ? { runId, name, fence: Number(fence) } : undefined;
}

const takenOver = (dir: string, runId: string): AppError =>
  new AppError({
    code: "workspace-taken-over",
    message: `the workspace ${dir} belongs to another process by now, which took the run over`,
    action: `Look at the run with \`autopack status ${runId}\`.`,
    exitCode: 4,
  });

function notOurs(dir: string, runId: string): AppError {
  return new AppError({
    code: "workspace-not-ours",
    message: `${dir} is not a workspace of run ${runId}; it is left alone`,
    action: "Move that folder away, or choose another state folder with XDG_STATE_HOME.",
    exitCode: 4,
  });
}
