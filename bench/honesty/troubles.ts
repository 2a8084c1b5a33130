import { execFileSync, spawnSync } from "node:child_process";
import { mkdirSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as after } from "node:timers/promises";
import Database from "better-sqlite3";
import type { Place } from "./place.ts";

/** Whether this user may mount a small disk: root outside of most containers. */
export const canMount = (): boolean =>
  process.platform === "linux" &&
  process.getuid?.() === 0 &&
  spawnSync("unshare", ["--mount", "mount", "-t", "tmpfs", "tmpfs", "/mnt"]).status === 0;

/** Whether bubblewrap works here. */
export const canIsolate = (): boolean =>
  spawnSync("bwrap", ["--ro-bind", "/", "/", "--unshare-pid", "--unshare-net", "true"]).status === 0;

/** Puts a small disk at a folder where a size is given; returns what takes it away. */
export function mountDisk(folder: string, megabytes: number | undefined): () => void {
  if (megabytes === undefined) return () => undefined;
  mkdirSync(folder, { recursive: true });
  execFileSync("mount", ["-t", "tmpfs", "-o", `size=${megabytes}m`, "tmpfs", folder]);
  return () => void execFileSync("umount", ["--lazy", folder]);
}

/** Fills the disk to its last byte until `free`. */
export function fillDisk(folder: string, free: Promise<unknown>): string {
  const filler = join(folder, "filler");
  spawnSync("sh", ["-c", 'cat /dev/zero > "$1" 2> /dev/null', "fill", filler]);
  void free.finally(() => rmSync(filler, { force: true }));
  return "full";
}

export function setClock({ own }: Place, ms: number): string {
  writeFileSync(join(own, "clock"), String(ms));
  return "set";
}

/** Keeps others from writing any SQLite database below a folder for so many ms. */
export function lockStores(folder: string, ms: number): string {
  const files = readdirSync(folder, { recursive: true, encoding: "utf8" }).filter((name) =>
    name.endsWith(".db"),
  );
  const locked = files.map((name) => {
    const db = new Database(join(folder, name), { timeout: 5000 });
    db.exec("begin immediate");
    return db;
  });
  void after(ms).then(() => {
    for (const db of locked) db.close();
  });
  return `locked ${locked.length}`;
}
