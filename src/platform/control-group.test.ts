import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import { afterAll, describe, expect, test } from "vitest";
import { type GroupFolders, holdsLimits, limitGroup, readExcess } from "./control-group.ts";

const root = mkdtempSync(join(tmpdir(), "autopack-group-"));
afterAll(() => rmSync(root, { recursive: true, force: true }));

type Files = Record<string, string>;
const filesIn = (folder: string): Files =>
  Object.fromEntries(readdirSync(folder).map((name) => [name, readFileSync(join(folder, name), "utf8")]));

/** A group whose folders hold the files that the kernel fills. */
function groupLike(memoryVersion: 1 | 2, memory: Files, pids: Files): GroupFolders {
  const put = (files: Files): string => {
    const folder = mkdtempSync(join(root, "group-"));
    for (const [name, text] of Object.entries(files)) writeFileSync(join(folder, name), text);
    return folder;
  };
  if (memoryVersion === 1) return { memory: put(memory), memoryVersion, processes: put(pids) };
  const folder = put({ ...memory, ...pids });
  return { memory: folder, memoryVersion, processes: folder };
}

const limits = { memoryBytes: 8_000_000_000, processes: 4096 };
const noPids = { "pids.max": "max\n" };

describe("the limits of a control group", () => {
  test("of version 2 are written into its files: swap gives no more, and memory ends all that is in it", () => {
    const memory = { "memory.max": "max\n", "memory.swap.max": "max\n", "memory.oom.group": "0\n" };
    const group = groupLike(2, memory, noPids);
    limitGroup(group, limits);
    expect(filesIn(group.memory)).toEqual({
      "memory.max": "8000000000",
      "pids.max": "4096",
      "memory.swap.max": "0",
      "memory.oom.group": "1",
    });
  });

  test("of version 1 are written into two folders, with next to no swap on top", () => {
    const unlimited = "9223372036854771712\n";
    const memory = { "memory.limit_in_bytes": unlimited, "memory.memsw.limit_in_bytes": unlimited };
    const group = groupLike(1, memory, noPids);
    limitGroup(group, limits);
    expect(filesIn(group.memory)).toEqual({
      "memory.limit_in_bytes": "8000000000",
      "memory.memsw.limit_in_bytes": "8001048576",
    });
    expect(filesIn(group.processes)).toEqual({ "pids.max": "4096" });
  });

  test.each([
    [1, "memory.limit_in_bytes"],
    [2, "memory.max"],
  ] as const)(
    "of version %d need no file that a kernel without swap lacks, and make none",
    (version, file) => {
      const group = groupLike(version, { [file]: "max\n" }, noPids);
      limitGroup(group, limits);
      expect({ ...filesIn(group.memory), ...filesIn(group.processes) }).toEqual({
        [file]: "8000000000",
        "pids.max": "4096",
      });
    },
  );

  test("are refused where memory or processes are not controlled", () => {
    expect(() => limitGroup(groupLike(2, { "memory.max": "max\n" }, {}), limits)).toThrow("pids.max");
    expect(() => limitGroup(groupLike(2, {}, noPids), limits)).toThrow("memory.max");
  });

  test.each([
    ["max", "max", false],
    ["8000000000", "max", false],
    ["max", "4096", false],
    ["7999999488", "4096", true],
    ["8000000512", "4096", false],
    ["8000000000", "8192", false],
  ])("are held where memory.max is %s and pids.max %s: %s", (memory, processes, held) => {
    const group = groupLike(2, { "memory.max": `${memory}\n` }, { "pids.max": `${processes}\n` });
    expect(holdsLimits(group, limits)).toBe(held);
  });

  test("are not held where the kernel shows none", () => {
    expect(holdsLimits(groupLike(1, {}, {}), limits)).toBe(false);
  });
});

describe("what a control group says of its limits", () => {
  const events = (memory: string) => ({ "memory.events": memory });
  const control = (failures: number, kills: number) => ({
    "memory.failcnt": `${failures}\n`,
    "memory.oom_control": `oom_kill_disable 0\nunder_oom 0\noom_kill ${kills}\n`,
  });
  test.each([
    ["nothing was met", 2, events("low 0\nhigh 0\nmax 0\noom 0\noom_kill 0\n"), "max 0\n", null],
    ["memory was given back in time", 2, events("low 0\nmax 812\noom 0\noom_kill 0\n"), "max 0\n", null],
    ["memory ended them", 2, events("max 99\noom 2\noom_kill 1\noom_group_kill 1\n"), "", "over-memory"],
    ["the machine ran out of memory", 2, events("low 0\nmax 0\noom 0\noom_kill 3\n"), "max 0\n", null],
    ["a process was refused", 2, events("oom 0\noom_kill 0\n"), "max 7\n", "over-processes"],
    ["both", 2, events("oom 1\noom_kill 1\n"), "max 7\n", "over-memory"],
    ["nothing was met", 1, control(0, 0), "max 0\n", null],
    ["memory was given back in time", 1, control(812, 0), "max 0\n", null],
    ["memory ended one", 1, control(99, 1), "max 0\n", "over-memory"],
    ["the machine ran out of memory", 1, control(0, 3), "max 0\n", null],
    ["a process was refused", 1, control(0, 0), "max 7\n", "over-processes"],
  ] as const)("%s (version %d)", (_, version, memory, pids, excess) => {
    expect(readExcess(groupLike(version, memory, { "pids.events": pids }))).toBe(excess);
  });

  test("is nothing where it is gone, and never a fault", () => {
    const gone = join(root, "gone");
    expect(readExcess({ memory: gone, memoryVersion: 2, processes: gone })).toBeNull();
    fc.assert(
      fc.property(fc.string(), fc.string(), (memory, pids) => {
        const group = groupLike(2, events(memory), { "pids.events": pids });
        expect([null, "over-memory", "over-processes"]).toContain(readExcess(group));
      }),
      { numRuns: 30 },
    );
  });
});
