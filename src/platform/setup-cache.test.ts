import { createHash } from "node:crypto";
import {
  appendFileSync,
  chmodSync,
  existsSync,
  linkSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  rmSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { temporaryFolder, writeTree } from "../../test/harness/temp.ts";
import { createClock } from "./clock.ts";
import { createFiles } from "./files.ts";
import { createProcesses } from "./processes.ts";
import { keepSetup, lookUpSetup, type MadeRecord, noteSetup, restoreSetup } from "./setup-cache.ts";
import { listSetups, removeSetup, type SetupCache, shrinkSetups, whileInUse } from "./setup-cache-space.ts";

const modules = {
  "node_modules/a/index.js": "a\n",
  "node_modules/a/bin/run": "#!/bin/sh\n",
  "node_modules/b/node_modules/c/index.js": "c\n",
};

function setUp(limitBytes = 1_000_000) {
  const folder = temporaryFolder();
  const clock = createClock();
  const platform = {
    files: createFiles(),
    clock,
    processes: createProcesses({
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
      clock,
    }),
  };
  const cache: SetupCache = { root: join(folder, "cache"), limitBytes };
  writeFileSync(join(folder, "log"), "added 3 packages\n");
  let count = 0;

  const workspace = (files: Readonly<Record<string, string>> = {}) => {
    const tree = join(folder, `w${++count}`, "tree");
    mkdirSync(tree, { recursive: true });
    writeTree(tree, files);
    return tree;
  };
  const keep = async (key: string, tree: string, outputs = [{ path: "node_modules", replaces: false }]) => {
    const setup = {
      tree,
      outputs,
      madeAt: "2026-01-01T00:00:00.000Z",
      durationMs: 1500,
      tail: "added 3 packages\n",
      log: {
        path: "log",
        sha256: createHash("sha256").update("added 3 packages\n").digest("hex"),
        bytes: 17,
        truncated: false,
      },
      logFile: join(folder, "log"),
    };
    return keepSetup(platform, cache, key, setup, join(folder, `scratch-${++count}`));
  };
  const look = async (key: string): Promise<MadeRecord> => {
    const record = await lookUpSetup(platform, cache, key);
    if (record?.kind !== "made") throw new Error(`there is no entry ${key}`);
    return record;
  };
  const restore = async (key: string, tree: string) =>
    restoreSetup(platform, cache, key, await look(key), tree);
  /** An entry of `modules`, with an executable and a link in it. */
  const keepModules = async (key: string) => {
    const tree = workspace(modules);
    chmodSync(join(tree, "node_modules/a/bin/run"), 0o755);
    mkdirSync(join(tree, "node_modules/.bin"));
    symlinkSync("../a/bin/run", join(tree, "node_modules/.bin/run"));
    expect(await keep(key, tree)).toEqual({ ok: true, value: undefined });
  };
  const entry = (key: string, path = "") => join(cache.root, "entries", key, "files", path);
  return { folder, platform, cache, workspace, keep, keepModules, look, restore, entry };
}

test("gives a workspace the same files, modes and links, which it may write without reaching the entry", async () => {
  const { keepModules, restore, workspace, entry } = setUp();
  await keepModules("k");
  for (let round = 0; round < 2; round++) {
    const tree = workspace();
    const restored = await restore("k", tree);
    expect(restored.ok && String(restored.value.log)).toBe("added 3 packages\n");
    for (const [path, text] of Object.entries(modules))
      expect(readFileSync(join(tree, path), "utf8")).toBe(text);
    expect(lstatSync(join(tree, "node_modules/a/bin/run")).mode & 0o777).toBe(0o755);
    expect(readlinkSync(join(tree, "node_modules/.bin/run"))).toBe("../a/bin/run");
    appendFileSync(join(tree, "node_modules/a/index.js"), "evil\n");
    rmSync(join(tree, "node_modules/b"), { recursive: true });
  }
  expect(readFileSync(entry("k", "node_modules/a/index.js"), "utf8")).toBe("a\n");
  expect(lstatSync(entry("k", "node_modules/a/index.js")).mode & 0o222).toBe(0);
  expect(lstatSync(entry("k", "node_modules/a/index.js")).nlink).toBe(1);
});

const damages: Record<string, (entry: (path: string) => string) => void> = {
  "a changed file": (entry) => {
    chmodSync(entry("node_modules/a/index.js"), 0o644);
    writeFileSync(entry("node_modules/a/index.js"), "b\n");
  },
  "a changed file whose time was set back": (entry) => {
    const path = entry("node_modules/a/index.js");
    const { atime, mtime } = lstatSync(path);
    chmodSync(path, 0o644);
    writeFileSync(path, "b\n");
    chmodSync(path, 0o444);
    utimesSync(path, atime, mtime);
  },
  "a file that was linked to from elsewhere": (entry) =>
    linkSync(entry("node_modules/a/index.js"), entry("../linked")),
  "a missing file": (entry) => {
    rmSync(entry("node_modules/a/index.js"));
  },
  "an added file": (entry) => {
    writeFileSync(entry("node_modules/a/more.js"), "m\n");
  },
  "a shortened list": (entry) => writeFileSync(entry("../paths.json"), "[]"),
  "another log": (entry) => writeFileSync(entry("../setup.log"), "all went well\n"),
};

test.each(Object.entries(damages))(
  "throws an entry with %s away and leaves the workspace as it was",
  async (_, damage) => {
    const { keepModules, restore, workspace, entry, platform, cache } = setUp();
    await keepModules("k");
    damage((path) => entry("k", path));
    const tree = workspace({ "own.txt": "own\n" });
    const restored = await restore("k", tree);
    expect(restored.ok).toBe(false);
    expect(readdirSync(tree)).toEqual(["own.txt"]);
    expect(await lookUpSetup(platform, cache, "k")).toBeNull();
    // Made again, it is as good as new.
    await keepModules("k");
    expect((await restore("k", tree)).ok).toBe(true);
  },
);

test("a record cut short by a power loss is no entry", async () => {
  const { keepModules, platform, cache, entry } = setUp();
  await keepModules("k");
  writeFileSync(join(entry("k"), "..", "record.json"), '{"kind":"ma');
  expect(await lookUpSetup(platform, cache, "k")).toBeNull();
  expect(existsSync(entry("k"))).toBe(false);
});

test("puts back the committed file that it replaces when the entry is damaged", async () => {
  const { keep, restore, workspace, entry } = setUp();
  await keep("k", workspace({ "tool.sh": "changed\n", ...modules }), [
    { path: "node_modules", replaces: false },
    { path: "tool.sh", replaces: true },
  ]);
  const tree = workspace({ "tool.sh": "committed\n" });
  expect((await restore("k", tree)).ok).toBe(true);
  expect(readFileSync(join(tree, "tool.sh"), "utf8")).toBe("changed\n");

  const other = workspace({ "tool.sh": "committed\n" });
  chmodSync(entry("k", "tool.sh"), 0o644);
  expect((await restore("k", other)).ok).toBe(false);
  expect(readFileSync(join(other, "tool.sh"), "utf8")).toBe("committed\n");
  expect(readdirSync(other)).toEqual(["tool.sh"]);
});

test("refuses what would be another thing elsewhere", async () => {
  const { keep, workspace, look } = setUp();
  for (const target of ["/etc", "../../elsewhere", "a/../../../x"]) {
    const tree = workspace(modules);
    symlinkSync(target, join(tree, "node_modules/link"));
    expect(await keep("k", tree)).toMatchObject({ ok: false, error: expect.stringContaining(target) });
  }
  await expect(look("k")).rejects.toThrow("there is no entry k");
});

test("writes through no link and joins nothing that is there", async () => {
  const { keep, keepModules, restore, workspace, folder } = setUp();
  await keepModules("k");
  mkdirSync(join(folder, "outside"));
  const linked = workspace();
  symlinkSync(join(folder, "outside"), join(linked, "node_modules"));
  expect((await restore("k", linked)).ok).toBe(false);
  const there = workspace({ "node_modules/mine.js": "m\n" });
  expect((await restore("k", there)).ok).toBe(false);
  expect(readdirSync(join(there, "node_modules"))).toEqual(["mine.js"]);

  await keep("deep", workspace({ "web/node_modules/x/index.js": "x\n" }), [
    { path: "web/node_modules", replaces: false },
  ]);
  const parent = workspace();
  symlinkSync(join(folder, "outside"), join(parent, "web"));
  expect((await restore("deep", parent)).ok).toBe(false);
  expect(readdirSync(join(folder, "outside"))).toEqual([]);
  expect((await restore("k", workspace())).ok, "an obstacle is not the entry's fault").toBe(true);
});

test("of two that keep one key at once, one wins and both can use it", async () => {
  const { keepModules, restore, workspace, folder } = setUp();
  await Promise.all([keepModules("k"), keepModules("k")]);
  const restored = await Promise.all([restore("k", workspace()), restore("k", workspace())]);
  expect(restored.map(({ ok }) => ok)).toEqual([true, true]);
  expect(readdirSync(folder).filter((name) => name.startsWith("scratch"))).toEqual([]);
});

test("remembers that a key says too little, or that nothing can be kept", async () => {
  const { platform, cache, folder } = setUp();
  const note = { kind: "whole-tree", because: "a script" } as const;
  await noteSetup(platform, cache, "k", note, join(folder, "scratch"));
  expect(await lookUpSetup(platform, cache, "k")).toEqual({ ...note, bytes: 0 });
});

const useAt = (root: string, key: string, minutesAgo: number) => {
  const time = new Date(Date.now() - minutesAgo * 60_000);
  utimesSync(join(root, "entries", key, "used"), time, time);
};

test("removes what was not used for longest until the limit is kept", async () => {
  const { keepModules, restore, workspace, platform, cache } = setUp(100_000);
  for (const key of ["a", "b", "c"]) await keepModules(key);
  for (const [index, key] of ["a", "b", "c"].entries()) useAt(cache.root, key, 30 - index);
  // Use counts, not age.
  expect((await restore("a", workspace())).ok).toBe(true);
  const [{ bytes } = { bytes: 0 }] = await listSetups(platform, cache);
  await shrinkSetups(platform, { ...cache, limitBytes: 3 * bytes });
  expect((await listSetups(platform, cache)).map(({ key }) => key)).toEqual(["b", "c", "a"]);
  await shrinkSetups(platform, { ...cache, limitBytes: 2 * bytes });
  expect((await listSetups(platform, cache)).map(({ key }) => key)).toEqual(["c", "a"]);
  await shrinkSetups(platform, { ...cache, limitBytes: bytes - 1 });
  expect(await listSetups(platform, cache)).toEqual([]);
});

test("removes none that somebody copies just now, and counts no mark of the dead", async () => {
  const { keepModules, platform, cache, entry } = setUp();
  await keepModules("k");
  await whileInUse(platform, cache, "k", async () => {
    expect(await removeSetup(platform, cache, "k")).toBe(false);
    await shrinkSetups(platform, { ...cache, limitBytes: 1 });
    expect(existsSync(entry("k"))).toBe(true);
  });
  const self = await platform.processes.identify();
  writeFileSync(join(cache.root, "in-use", "k.dead"), JSON.stringify({ ...self, startTime: "1" }));
  expect(await removeSetup(platform, cache, "k")).toBe(true);
  expect(existsSync(entry("k"))).toBe(false);
  expect(readdirSync(join(cache.root, "in-use"))).toEqual([]);
});

test("sweeps up after a removal that a crash cut off", async () => {
  const { keepModules, platform, cache } = setUp();
  await keepModules("k");
  writeTree(cache.root, { "going.x.1/files/a": "a\n" });
  await shrinkSetups(platform, cache);
  expect(readdirSync(cache.root).toSorted()).toEqual(["entries"]);
});
