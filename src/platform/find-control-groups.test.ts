import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, test } from "vitest";
import { placesFor } from "./find-control-groups.ts";

const root = mkdtempSync(join(tmpdir(), "autopack-places-"));
afterAll(() => rmSync(root, { recursive: true, force: true }));

/** A folder like `/proc`, whose process sees these groups and mounts. */
function procLike(groups: string, mounts: string): string {
  const proc = mkdtempSync(join(root, "proc-"));
  mkdirSync(join(proc, "self"));
  writeFileSync(join(proc, "self/cgroup"), groups);
  writeFileSync(join(proc, "self/mountinfo"), mounts);
  return proc;
}

const other = "24 30 0:22 / /proc rw,nosuid - proc proc rw\n";
const unified = (folder: string, from = "/") =>
  `${other}31 24 0:27 ${from} ${folder} rw,nosuid shared:9 - cgroup2 cgroup2 rw,nsdelegate\n`;

describe("where control groups may be made", () => {
  test("with version 2, in our own group or beside it", () => {
    const proc = procLike("0::/user.slice/app.slice/run-1.scope\n", unified("/sys/fs/cgroup"));
    for (const controller of ["memory", "pids"] as const)
      expect(placesFor(controller, proc)).toEqual([
        { version: 2, folder: "/sys/fs/cgroup/user.slice/app.slice/run-1.scope", isOwn: true },
        { version: 2, folder: "/sys/fs/cgroup/user.slice/app.slice", isOwn: false },
      ]);
  });

  test("with version 1, in our own group of each controller", () => {
    const mounts = `${other}40 24 0:31 / /sys/fs/cgroup/memory rw - cgroup cgroup rw,memory\n41 24 0:32 / /sys/fs/cgroup/pids rw - cgroup cgroup rw,pids,name=x\n`;
    const proc = procLike("8:pids:/\n4:memory:/a/b\n0::/\n", mounts + unified("/sys/fs/cgroup/unified"));
    expect(placesFor("memory", proc)).toEqual([
      { version: 1, folder: "/sys/fs/cgroup/memory/a/b", isOwn: true },
    ]);
    expect(placesFor("pids", proc)).toEqual([{ version: 1, folder: "/sys/fs/cgroup/pids", isOwn: true }]);
  });

  test("in a container, below what of the hierarchy is mounted", () => {
    const inside = procLike("0::/docker/1/x\n", unified("/sys/fs/cgroup", "/docker/1"));
    expect(placesFor("memory", inside).map(({ folder }) => folder)).toEqual([
      "/sys/fs/cgroup/x",
      "/sys/fs/cgroup",
    ]);
    const top = procLike("0::/\n", unified("/sys/fs/cgroup"));
    expect(placesFor("memory", top).map(({ folder }) => folder)).toEqual(["/sys/fs/cgroup"]);
    const outside = procLike("0::/../2\n", unified("/sys/fs/cgroup"));
    expect(placesFor("memory", outside)).toEqual([]);
  });

  test.each(["memory.max", "memory.high", "pids.max", "cpu.max"])(
    "never outside of a group with a limit of its own (%s)",
    (file) => {
      const hierarchy = mkdtempSync(join(root, "hier archy-"));
      mkdirSync(join(hierarchy, "limited"));
      writeFileSync(join(hierarchy, "limited", file), "100000\n");
      const mounts = unified(hierarchy.replaceAll(" ", "\\040"));
      const places = placesFor("memory", procLike("0::/limited\n", mounts));
      expect(places).toEqual([{ version: 2, folder: join(hierarchy, "limited"), isOwn: true }]);
    },
  );

  test("never outside of a group that an autopack made", () => {
    const proc = procLike("0::/a/autopack-1-2-3-4\n", unified("/sys/fs/cgroup"));
    expect(placesFor("pids", proc).map(({ isOwn }) => isOwn)).toEqual([true]);
  });

  test.each([
    ["nothing is mounted", "0::/a\n", other],
    ["the kernel has none", "", unified("/sys/fs/cgroup")],
    ["what is there is not read", "garbage\n:::\n", "31\n - cgroup2\n"],
    ["there are no such files", null, null],
  ])("nowhere where %s", (_, groups, mounts) => {
    const proc = groups === null ? join(root, "none") : procLike(groups, mounts);
    expect(placesFor("memory", proc)).toEqual([]);
  });
});
