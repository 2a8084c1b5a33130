import { rmSync } from "node:fs";
import { cp, mkdtemp, realpath } from "node:fs/promises";
import { join } from "node:path";
import { exitCodes } from "../domain/app-error.ts";
import { createFiles } from "./files.ts";

interface TemporaryFolder {
  /** An existing folder to make it in. */
  readonly root: string;
  readonly prefix: string;
  /** Leaves it there, whatever happens. */
  readonly keep: boolean;
}

const signals = ["SIGINT", "SIGTERM", "SIGHUP"] as const;

/**
 * Gives `use` a new folder and removes it afterwards: also when `use` throws, the process exits, or a signal comes.
 * A signal that somebody else listens for is theirs; they end what they do, and the folder goes then.
 */
export async function withTemporaryFolder<T>(
  { root, prefix, keep }: TemporaryFolder,
  use: (path: string) => Promise<T>,
): Promise<T> {
  const path = await realpath(await mkdtemp(join(root, prefix)));
  if (keep) return use(path);
  const onExit = () => rmSync(path, { recursive: true, force: true, maxRetries: 3 });
  const onSignal = (signal: NodeJS.Signals) => {
    if (process.listenerCount(signal) === 1) process.exit(exitCodes.interrupted);
  };
  process.on("exit", onExit);
  for (const signal of signals) process.on(signal, onSignal);
  try {
    return await use(path);
  } finally {
    await createFiles().remove(path);
    process.off("exit", onExit);
    for (const signal of signals) process.off(signal, onSignal);
  }
}

/** Copies a folder with everything in it; `to` must not exist. */
export async function copyFolder(from: string, to: string): Promise<void> {
  await cp(from, to, { recursive: true, errorOnExist: true, force: false });
}
