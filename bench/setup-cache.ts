/**
 * How long 30,000 installed files take into a workspace out of the setup cache, beside `cp -a` of the same files and
 * beside the `npm ci` that made them, offline, from archives.
 * npm run bench:setup-cache [-- FOLDER]: FOLDER is where to measure, such as on a file system that shares blocks.
 */
import { execFileSync } from "node:child_process";
import { createHash } from "node:crypto";
import { cpSync, mkdirSync, mkdtempSync, realpathSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as after } from "node:timers/promises";
import { createProcesses } from "../src/platform/processes.ts";
import { keepSetup, lookUpSetup, restoreSetup } from "../src/platform/setup-cache.ts";
import { packPackage } from "../test/harness/packages.ts";
import { createWorld } from "../test/harness/workspaces.ts";
import { median } from "./measure.ts";

const packages = 150;
const filesEach = 200;
const rounds = 5;
/** Between two measurements, so that the disk has written what the one before it left. */
const restMs = 5000;
const folder = realpathSync(mkdtempSync(join(process.argv[2] ?? tmpdir(), "autopack-bench-")));

/** Sizes as installed packages have them: most of some kB, few large; 8 kB on average. */
function contentOf(index: number): string {
  const part = ((index * 7919) % filesEach) / filesEach;
  const size = Math.round(300 - 8000 * Math.log(1 - 0.999 * part));
  return `module.exports = ${index};\n`.repeat(Math.ceil(size / 24)).slice(0, size);
}

/** A project with its manifest, lock file and archives, nothing installed. */
function createProject(root: string): void {
  mkdirSync(root, { recursive: true });
  const names = Array.from({ length: packages }, (_, index) => `package-${index}`);
  const contents = Array.from({ length: filesEach - 1 }, (_, index) => [
    `lib/d${index % 12}/f${index}.js`,
    contentOf(index),
  ]);
  for (const name of names)
    writeFileSync(join(root, `${name}.tgz`), packPackage(name, Object.fromEntries(contents)));
  const dependencies = Object.fromEntries(names.map((name) => [name, `file:${name}.tgz`]));
  const project = { name: "project", version: "1.0.0", dependencies };
  const locked = names.map((name) => [
    `node_modules/${name}`,
    { version: "1.0.0", resolved: `file:${name}.tgz` },
  ]);
  const lock = { ...project, lockfileVersion: 3, requires: true };
  writeFileSync(join(root, "package.json"), JSON.stringify(project));
  writeFileSync(
    join(root, "package-lock.json"),
    JSON.stringify({ ...lock, packages: { "": project, ...Object.fromEntries(locked) } }),
  );
}

async function seconds(work: () => unknown): Promise<number> {
  await after(restMs);
  const started = performance.now();
  await work();
  return (performance.now() - started) / 1000;
}

const newTree = (name: string): string => {
  const tree = join(folder, name, "tree");
  mkdirSync(tree, { recursive: true });
  return tree;
};
const install = (cwd: string) =>
  execFileSync("npm", ["ci", "--offline", "--no-audit", "--no-fund"], {
    cwd,
    stdio: ["ignore", "ignore", "inherit"],
  });

try {
  const project = join(folder, "project");
  createProject(project);
  const world = createWorld();
  const processes = createProcesses({
    path: process.env["PATH"] ?? "",
    home: folder,
    lang: undefined,
    tz: undefined,
    tmpRoot: folder,
    secrets: [],
    sandbox: "off",
    objects: [],
    hidden: [],
    sampleMs: 1000,
    clock: world.clock,
  });
  const platform = { ...world, processes };
  const cache = { root: join(folder, "cache"), limitBytes: 10_000_000_000 };

  const maker = newTree("maker");
  cpSync(project, maker, { recursive: true });
  install(maker);
  writeFileSync(join(folder, "log"), "");
  const kept = await seconds(() =>
    keepSetup(
      platform,
      cache,
      "key",
      {
        tree: maker,
        outputs: [{ path: "node_modules", replaces: false }],
        madeAt: new Date().toISOString(),
        durationMs: 0,
        tail: "",
        log: { path: "log", sha256: createHash("sha256").digest("hex"), bytes: 0, truncated: false },
        logFile: join(folder, "log"),
      },
      join(folder, "scratch"),
    ),
  );
  console.log(`${packages * filesEach} files; made an entry of what was installed in ${kept.toFixed(2)} s`);

  const times = { restored: [] as number[], copied: [] as number[], installed: [] as number[] };
  // In turn, so that a change of the machine's speed meets all alike. Nothing is removed before the end: a disk that
  // is told of freed blocks (mounted with `discard`) is busy with that for long.
  for (let round = 0; round < rounds; round++) {
    const restored = newTree(`restored-${round}`);
    times.restored.push(
      await seconds(async () => {
        const record = await lookUpSetup(platform, cache, "key");
        if (record?.kind !== "made") throw new Error("the entry is gone");
        const done = await restoreSetup(platform, cache, "key", record, restored);
        if (!done.ok) throw new Error(done.error);
      }),
    );
    const copied = newTree(`copied-${round}`);
    const from = join(cache.root, "entries", "key", "files", "node_modules");
    times.copied.push(await seconds(() => execFileSync("cp", ["-a", from, copied])));
    const installed = newTree(`installed-${round}`);
    cpSync(project, installed, { recursive: true });
    times.installed.push(await seconds(() => install(installed)));
  }
  const [ours, copy, npm] = [median(times.restored), median(times.copied), median(times.installed)];
  console.log(`setup cache  median ${ours.toFixed(2)} s`);
  console.log(`cp -a        median ${copy.toFixed(2)} s   setup cache ${(ours / copy).toFixed(2)} x`);
  console.log(`npm ci       median ${npm.toFixed(2)} s   setup cache ${(ours / npm).toFixed(2)} x`);
} finally {
  rmSync(folder, { recursive: true, force: true });
}
