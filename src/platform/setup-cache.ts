import { createHash } from "node:crypto";
import { lstat, mkdir, rename } from "node:fs/promises";
import { dirname, join } from "node:path";
import { z } from "zod";
import type { LogRef } from "../domain/certificate.ts";
import { parseJson } from "../domain/json.ts";
import { err, ok, type Result } from "../domain/result.ts";
import { copyRecorded, type PathRecord, pathRecord, sealFolder, walkFolder } from "./folder-record.ts";
import type { Files, Platform } from "./ports.ts";
import { entriesFolder, entryFolder, type SetupCache, whileInUse } from "./setup-cache-space.ts";

/** One path that a setup made: a new file or folder, or a file of the commit that it changed. */
export interface SetupOutput {
  /** Relative to the workspace, with forward slashes. */
  readonly path: string;
  readonly replaces: boolean;
}

const madeShape = z.strictObject({
  kind: z.literal("made"),
  /** ISO 8601, and how long the command ran then. */
  madeAt: z.string(),
  durationMs: z.number(),
  tail: z.string(),
  log: z.strictObject({ sha256: z.string(), bytes: z.number(), truncated: z.boolean() }),
  outputs: z.array(z.strictObject({ path: z.string().min(1), replaces: z.boolean() })),
  /** SHA-256 of `paths.json`. */
  paths: z.string(),
  bytes: z.number(),
});

const noteShape = z.strictObject({
  /** `whole-tree`: the result depends on more than the key names. `never`: it cannot be kept. */
  kind: z.enum(["whole-tree", "never"]),
  because: z.string(),
  bytes: z.literal(0),
});

const recordShape = z.discriminatedUnion("kind", [madeShape, noteShape]);
export type SetupRecord = z.infer<typeof recordShape>;
export type MadeRecord = z.infer<typeof madeShape>;
export type SetupNote = Omit<z.infer<typeof noteShape>, "bytes">;

const sha256 = (data: string | Uint8Array): string => createHash("sha256").update(data).digest("hex");

/** What the cache knows of a key; null when that is nothing. What cannot be read is removed. */
export async function lookUpSetup(
  { files }: Pick<Platform, "files">,
  cache: SetupCache,
  key: string,
): Promise<SetupRecord | null> {
  const folder = entryFolder(cache, key);
  const data = await files.read(join(folder, "record.json"));
  const record = recordShape.safeParse(parseJson(String(data)));
  if (record.success) return record.data;
  await files.remove(folder);
  return null;
}

/** A setup that succeeded in a workspace where nothing else ever ran, ready to be kept. */
export interface FinishedSetup {
  /** The workspace's tree; what is kept is moved out of it. */
  readonly tree: string;
  readonly outputs: readonly SetupOutput[];
  readonly madeAt: string;
  readonly durationMs: number;
  readonly tail: string;
  readonly log: LogRef;
  /** Where its log is now. */
  readonly logFile: string;
}

/**
 * Keeps what a setup made under `key`; `scratch` is a new folder on the same file system, used up by it. Somebody
 * who kept the same key meanwhile wins. Refused, with the reason, where a copy would not be the same.
 */
export async function keepSetup(
  platform: Pick<Platform, "files">,
  cache: SetupCache,
  key: string,
  setup: FinishedSetup,
  scratch: string,
): Promise<Result<void, string>> {
  const { files } = platform;
  const kept = join(scratch, "files");
  await mkdir(kept, { recursive: true });
  for (const { path } of setup.outputs) {
    await mkdir(dirname(join(kept, path)), { recursive: true });
    await rename(join(setup.tree, path), join(kept, path));
  }
  const seen = await walkFolder(kept);
  if (!seen.ok) return seen;
  // The folders above an output are the commit's.
  const isOutput = (path: string) =>
    setup.outputs.some((output) => path === output.path || path.startsWith(`${output.path}/`));
  const paths = await sealFolder(
    kept,
    seen.value.filter(({ path }) => isOutput(path)),
  );
  const pathsText = JSON.stringify(paths);
  const record: MadeRecord = {
    kind: "made",
    madeAt: setup.madeAt,
    durationMs: setup.durationMs,
    tail: setup.tail,
    log: { sha256: setup.log.sha256, bytes: setup.log.bytes, truncated: setup.log.truncated },
    outputs: [...setup.outputs],
    paths: sha256(pathsText),
    bytes: paths.reduce((sum, [, , , bytes]) => sum + Math.ceil(bytes / 4096 + 1) * 4096, 0),
  };
  await files.write(join(scratch, "setup.log"), (await files.read(setup.logFile)) ?? "");
  await files.write(join(scratch, "paths.json"), pathsText);
  await appear(files, cache, key, record, scratch);
  return ok(undefined);
}

/** Keeps the knowledge that a key says too little, or that its setup cannot be kept. */
export async function noteSetup(
  { files }: Pick<Platform, "files">,
  cache: SetupCache,
  key: string,
  note: SetupNote,
  scratch: string,
): Promise<void> {
  await appear(files, cache, key, { ...note, bytes: 0 }, scratch);
}

async function appear(
  files: Files,
  cache: SetupCache,
  key: string,
  record: SetupRecord,
  scratch: string,
): Promise<void> {
  await files.write(join(scratch, "record.json"), JSON.stringify(record));
  await files.write(join(scratch, "used"), "");
  await mkdir(entriesFolder(cache), { recursive: true });
  try {
    await rename(scratch, entryFolder(cache, key));
  } catch (error) {
    const taken =
      error instanceof Error && "code" in error && /^(ENOTEMPTY|EEXIST)$/.test(String(error.code));
    if (!taken) throw error;
    await files.remove(scratch);
  }
}

/**
 * Puts what was kept under `key` into a workspace, and gives back the log of the setup that made it. An error says
 * why the workspace is as it was; a damaged entry is gone then.
 */
export async function restoreSetup(
  platform: Pick<Platform, "files" | "processes" | "clock">,
  cache: SetupCache,
  key: string,
  record: MadeRecord,
  tree: string,
): Promise<Result<{ readonly log: Buffer }, string>> {
  const { files } = platform;
  const folder = entryFolder(cache, key);
  const obstacle = await findObstacle(tree, record.outputs);
  if (obstacle !== null) return err(obstacle);
  const restored = await whileInUse(platform, cache, key, async () => {
    const log = await files.read(join(folder, "setup.log"));
    const paths = parsePaths(await files.read(join(folder, "paths.json")), record.paths);
    if (!log || sha256(log) !== record.log.sha256 || !paths) return err("its records do not fit together");
    await files.write(join(folder, "used"), "");
    const copied = await copyOutputs(files, join(folder, "files"), record.outputs, paths, tree);
    return copied.ok ? ok({ log }) : copied;
  });
  if (restored.ok) return restored;
  await files.remove(folder);
  return err(`the entry ${key} was damaged and is removed: ${restored.error}`);
}

/** All or nothing: what is replaced stands beside the tree until the copy has come to its end. */
async function copyOutputs(
  files: Files,
  from: string,
  outputs: readonly SetupOutput[],
  paths: readonly PathRecord[],
  tree: string,
): Promise<Result<void, string>> {
  const replaced = outputs.filter((output) => output.replaces);
  const aside = join(dirname(tree), "replaced");
  if (replaced.length > 0) await mkdir(aside);
  for (const [index, { path }] of replaced.entries()) await rename(join(tree, path), join(aside, `${index}`));
  for (const { path } of outputs) await mkdir(dirname(join(tree, path)), { recursive: true });
  const copied = await copyOrVanished(from, paths, tree);
  if (!copied.ok) {
    for (const { path } of outputs) await files.remove(join(tree, path));
    for (const [index, { path }] of replaced.entries())
      await rename(join(aside, `${index}`), join(tree, path));
  }
  await files.remove(aside);
  return copied;
}

function parsePaths(data: Buffer | null, expected: string): PathRecord[] | null {
  if (!data || sha256(data) !== expected) return null;
  return z.array(pathRecord).parse(JSON.parse(data.toString("utf8")));
}

/** An entry that was removed while it was copied is no fault of the disk's. */
async function copyOrVanished(
  from: string,
  paths: readonly PathRecord[],
  to: string,
): Promise<Result<void, string>> {
  try {
    return await copyRecorded(from, paths, to);
  } catch (error) {
    const missing = error instanceof Error && "code" in error && error.code === "ENOENT";
    if (!missing) throw error;
    return err("a part of it is missing");
  }
}

/** What stands where an output is to go, or above it: nothing is written through a link, and nothing is joined. */
async function findObstacle(tree: string, outputs: readonly SetupOutput[]): Promise<string | null> {
  for (const { path, replaces } of outputs) {
    const segments = path.split("/");
    for (let depth = 1; depth <= segments.length; depth++) {
      const part = segments.slice(0, depth).join("/");
      const stat = await lstatOrNull(join(tree, part));
      if (stat === null) break;
      const wanted = depth < segments.length ? stat.isDirectory() : replaces && stat.isFile();
      if (!wanted) return `${part} is in the way in the workspace`;
    }
  }
  return null;
}

async function lstatOrNull(path: string) {
  try {
    return await lstat(path);
  } catch (error) {
    if (error instanceof Error && "code" in error && error.code === "ENOENT") return null;
    throw error;
  }
}
