import { randomBytes } from "node:crypto";
import { mkdir, rename } from "node:fs/promises";
import { join } from "node:path";
import { z } from "zod";
import { parseJson } from "../domain/json.ts";
import type { Files, Platform, Processes } from "./ports.ts";

/**
 * What setup commands made of a repository, kept for its next workspaces: an entry for each key, in the user's
 * state folder, where the workspaces are too (a rename and shared blocks need one file system). An entry is made
 * elsewhere and appears by one rename, so there is none that is half made; its files are read-only, and compared with its
 * record while it is copied; a damaged one is removed.
 */
export interface SetupCache {
  readonly root: string;
  /** What the entries may hold together; 0 turns the cache off. */
  readonly limitBytes: number;
}

export const entriesFolder = (cache: SetupCache): string => join(cache.root, "entries");
export const entryFolder = (cache: SetupCache, key: string): string => join(entriesFolder(cache), key);
const usesFolder = (cache: SetupCache): string => join(cache.root, "in-use");

/** An entry as `clean` shows it. */
export interface SetupCacheEntry {
  readonly key: string;
  readonly folder: string;
  readonly bytes: number;
  readonly usedMs: number;
}

/** Every entry, the one that was not used for longest first. */
export async function listSetups(
  { files }: Pick<Platform, "files">,
  cache: SetupCache,
): Promise<SetupCacheEntry[]> {
  const entries: SetupCacheEntry[] = [];
  for (const key of (await files.list(entriesFolder(cache))) ?? []) {
    const folder = entryFolder(cache, key);
    const used = await files.stat(join(folder, "used"));
    entries.push({ key, folder, bytes: await bytesOf(files, folder), usedMs: used?.modifiedMs ?? 0 });
  }
  return entries.toSorted((a, b) => a.usedMs - b.usedMs);
}

const sized = z.object({ bytes: z.number() });

/** A damaged record is removed by whoever looks it up; until then its size does not matter. */
async function bytesOf(files: Files, folder: string): Promise<number> {
  const record = sized.safeParse(parseJson(String(await files.read(join(folder, "record.json")))));
  return record.success ? record.data.bytes : 0;
}

/** Removes entries, least recently used first, until the rest keeps to the limit; none that is in use. */
export async function shrinkSetups(
  platform: Pick<Platform, "files" | "processes" | "clock">,
  cache: SetupCache,
): Promise<void> {
  await removeHalfGone(platform.files, cache);
  const entries = await listSetups(platform, cache);
  let total = entries.reduce((sum, entry) => sum + entry.bytes, 0);
  for (const { key, bytes } of entries) {
    if (total <= cache.limitBytes) return;
    if (await removeSetup(platform, cache, key)) total -= bytes;
  }
}

/** Removes an entry, unless somebody copies it just now; whether it did. */
export async function removeSetup(
  platform: Pick<Platform, "files" | "processes" | "clock">,
  cache: SetupCache,
  key: string,
): Promise<boolean> {
  if (await isInUse(platform, cache, key)) return false;
  const going = join(cache.root, `going.${key}.${randomBytes(6).toString("hex")}`);
  if (!(await tryRename(entryFolder(cache, key), going))) return false;
  // Whoever began meanwhile gets it back; whoever comes later finds nothing and makes it again.
  if (await isInUse(platform, cache, key)) {
    if (await tryRename(going, entryFolder(cache, key))) return false;
  }
  await platform.files.remove(going);
  return true;
}

/** What a crash left of a removal. */
async function removeHalfGone(files: Files, cache: SetupCache): Promise<void> {
  for (const name of (await files.list(cache.root)) ?? [])
    if (name.startsWith("going.")) await files.remove(join(cache.root, name));
}

async function tryRename(from: string, to: string): Promise<boolean> {
  try {
    await rename(from, to);
    return true;
  } catch (error) {
    const code = error instanceof Error && "code" in error ? String(error.code) : "";
    if (["ENOENT", "EEXIST", "ENOTEMPTY"].includes(code)) return false;
    throw error;
  }
}

const userShape = z.object({ host: z.string(), bootId: z.string(), pid: z.int(), startTime: z.string() });

/** After this long, somebody on another host is taken to have ended: nothing is copied for an hour. */
const foreignUseMs = 3_600_000;

/** Lets nobody remove the entry while `work` copies it. The mark of a process that ended counts no more. */
export async function whileInUse<T>(
  { files, processes }: Pick<Platform, "files" | "processes">,
  cache: SetupCache,
  key: string,
  work: () => Promise<T>,
): Promise<T> {
  const mark = join(usesFolder(cache), `${key}.${randomBytes(6).toString("hex")}`);
  await mkdir(usesFolder(cache), { recursive: true });
  await files.write(mark, JSON.stringify(await processes.identify()));
  try {
    return await work();
  } finally {
    await files.remove(mark);
  }
}

async function isInUse(
  { files, processes, clock }: Pick<Platform, "files" | "processes" | "clock">,
  cache: SetupCache,
  key: string,
): Promise<boolean> {
  const marks = ((await files.list(usesFolder(cache))) ?? []).filter((name) => name.startsWith(`${key}.`));
  for (const name of marks) {
    const mark = join(usesFolder(cache), name);
    const age = clock.now().getTime() - ((await files.stat(mark))?.modifiedMs ?? 0);
    if (await isAlive(await files.read(mark), processes, age)) return true;
    await files.remove(mark);
  }
  return false;
}

async function isAlive(mark: Buffer | null, processes: Processes, ageMs: number): Promise<boolean> {
  if (!mark) return false;
  const user = userShape.safeParse(parseJson(mark.toString("utf8")));
  const self = await processes.identify();
  // Half written, or somebody's on another host: only time tells.
  if (!user.success || user.data.host !== self?.host) return ageMs < foreignUseMs;
  if (user.data.bootId !== self.bootId) return false;
  return (await processes.identify(user.data.pid))?.startTime === user.data.startTime;
}
