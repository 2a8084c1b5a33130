import { spawnSync } from "node:child_process";
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmdirSync,
  rmSync,
  statfsSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { basename, dirname, join } from "node:path";
import { afterAll, describe, expect, test } from "vitest";
import { createClock } from "./clock.ts";
import { openControlGroups } from "./open-control-groups.ts";
import type { Processes, ProcessResult, ProcessSpec } from "./ports.ts";
import { createProcesses, type ProcessesOptions } from "./processes.ts";

const root = mkdtempSync(join(tmpdir(), "autopack-groups-"));
afterAll(() => rmSync(root, { recursive: true, force: true }));

const tryOut = async ([program, ...args]: readonly [string, ...string[]]) => {
  const { stdout, stderr } = spawnSync(program, args, { encoding: "utf8" });
  return { output: stdout + stderr };
};

test("there are no control groups where the kernel shows none", async () => {
  const why = "the kernel shows no control groups";
  expect(await openControlGroups(root, tryOut)).toEqual({ why });
});

const found = await openControlGroups("/proc", tryOut);
const why = "why" in found ? found.why : undefined;
const skipped = why === undefined ? "" : ` (skipped: ${why})`;

const options: ProcessesOptions = {
  path: `${dirname(process.execPath)}:${process.env["PATH"] ?? "/usr/bin:/bin"}`,
  home: join(root, "home"),
  lang: "C.UTF-8",
  tz: "UTC",
  tmpRoot: join(root, "tmp"),
  secrets: [],
  sandbox: "auto",
  objects: [],
  hidden: [],
  controlGroups: "/proc",
  sampleMs: 50,
  clock: createClock(),
};
mkdirSync(join(root, "tree"));
const held = createProcesses(options);
const open = createProcesses({ ...options, sandbox: "off" });
let number = 0;
const run = (
  processes: Processes,
  argv: ProcessSpec["argv"],
  spec: Partial<ProcessSpec> = {},
): Promise<ProcessResult> =>
  processes.run({
    argv,
    cwd: join(root, "tree"),
    env: {},
    timeoutMs: 60_000,
    graceMs: 100,
    marker: `group-${process.pid}-${(number += 1)}/x`,
    log: { root: join(root, "logs"), path: `${number}.log`, maxBytes: 10_000 },
    limits: { memoryBytes: 200_000_000, processes: 40 },
    ...spec,
  });

/** Every control group of ours there is on the machine now, by its folder. */
function groupFolders(): string[] {
  const mounts = readFileSync("/proc/self/mountinfo", "utf8").split("\n");
  const folders = mounts.filter((line) => / - cgroup2? /.test(line)).map((line) => line.split(" ")[4] ?? "");
  const listing = spawnSync("find", [...folders, "-type", "d", "-name", `autopack-*-${process.pid}-*`], {
    encoding: "utf8",
  });
  return listing.stdout.split("\n").filter((line) => line !== "");
}

/** The folders of the group that a program of ours is in while it runs. */
async function foldersWhileRunning(processes: Processes): Promise<string[]> {
  const stop = new AbortController();
  let seen: string[] = [];
  await run(processes, ["sh", "-c", "echo up; sleep 60"], {
    signal: stop.signal,
    onLine: () => {
      seen = groupFolders();
      stop.abort();
    },
  });
  return seen;
}

/** Files there are held in memory, and count as such. */
const isInMemory = statfsSync(root).type === 0x01021994;

const modes = (await held.isolation()).sandbox === null ? [] : ([["bubblewrap", held]] as const);
describe.skipIf(why !== undefined).each([["off", open] as const, ...modes])(
  `a program in a control group${skipped} (sandbox: %s)`,
  (mode, processes) => {
    test("is held by the kernel, which the certificate's record says, and its group goes with it", async () => {
      expect(await processes.isolation()).toMatchObject({ limits: "cgroup" });
      const folders = await foldersWhileRunning(processes);
      expect(folders.length).toBeGreaterThanOrEqual(1);
      expect(new Set(folders.map((folder) => basename(folder))).size).toBe(1);
      expect(groupFolders()).toEqual([]);
    });

    test("ends as it would without", async () => {
      expect(await run(processes, ["sh", "-c", "echo $0 done; exit 3", "a b"])).toMatchObject({
        ended: "exited",
        exitCode: 3,
        tail: "a b done\n",
      });
      expect(await run(processes, ["sh", "-c", "kill -TERM $$"])).toMatchObject({ signal: "SIGTERM" });
      expect(await run(processes, ["sleep", "60"], { timeoutMs: 200 })).toMatchObject({ ended: "timed-out" });
      expect(await run(processes, ["no-such-program"])).toMatchObject({ ended: "not-started" });
    });

    test("begins beside others that begin at the same moment", async () => {
      const all = await Promise.all(Array.from({ length: 8 }, (_, n) => run(processes, ["echo", `${n}`])));
      expect(all.map(({ ended, tail }) => [ended, tail])).toEqual(all.map((_, n) => ["exited", `${n}\n`]));
    });

    test("that exhausts memory between two looks is ended", async () => {
      const eat = "const all = []; for (;;) all.push(Buffer.alloc(20_000_000, 1))";
      const slow = createProcesses({
        ...options,
        sandbox: mode === "off" ? "off" : "auto",
        sampleMs: 600_000,
      });
      const result = await run(slow, [process.execPath, "-e", eat]);
      expect(result).toMatchObject({ ended: "over-memory", exitCode: null, signal: null });
      expect(result.memoryKill).toBeUndefined();
    });

    test("that goes on after one of its processes was ended for memory has failed all the same", async () => {
      const eat = `head -c 400000000 /dev/zero | tail -n 1 >/dev/null; echo went on; exit 0`;
      expect(await run(processes, ["sh", "-c", eat])).toMatchObject({ ended: "over-memory" });
    });

    test("that fills files in memory, which no process maps, is ended", async () => {
      const spill = "dd if=/dev/zero of=/tmp/spill bs=1M count=400";
      const inMemory = mode === "off" ? `mount -t tmpfs none /tmp && ${spill}` : spill;
      const own = mode === "off" ? (["unshare", "-Urm"] as const) : (["env"] as const);
      const result = await run(processes, [...own, "sh", "-c", inMemory]);
      expect(result).toMatchObject({ ended: "over-memory", exitCode: null });
    });

    test.skipIf(isInMemory)("that reads and writes more of files than it has memory is not", async () => {
      const read = "dd if=/dev/zero of=big bs=1M count=300; cat big | wc -c; rm big";
      const result = await run(processes, ["sh", "-c", read]);
      expect(result).toMatchObject({ ended: "exited", exitCode: 0 });
      expect(result.tail).toContain("314572800");
    });

    test("that starts processes without end is refused them, and has failed", async () => {
      // Ends by itself at 1,024, should nothing refuse them.
      const bomb =
        "f() { if [ $1 -gt 0 ]; then f $(($1 - 1)) & f $(($1 - 1)) & fi; sleep 1; }; f 9; wait; exit 0";
      expect(await run(processes, ["sh", "-c", bomb])).toMatchObject({
        ended: "over-processes",
        exitCode: null,
      });
    });

    test("leaves no process behind, without mark, group and session either", async () => {
      const away = `env -i setsid sh -c 'echo $$ > away; exec sleep 300' </dev/null >/dev/null 2>&1 & sleep 0.3`;
      await run(processes, ["sh", "-c", away]);
      expect(readFileSync(join(root, "tree", "away"), "utf8")).toMatch(/^\d+\n$/);
      const names = readdirSync("/proc").filter((name) => /^\d+$/.test(name));
      expect(names.filter((pid) => commandOf(pid).startsWith("sleep\u0000300\u0000"))).toEqual([]);
    });
  },
);

test.skipIf(why !== undefined || modes.length === 0)(
  `a program in the sandbox finds no control group to leave its own for, and can mount none${skipped}`,
  async () => {
    const leave = `for at in $(grep " - cgroup" /proc/self/mountinfo | cut -d" " -f5) /sys/fs/cgroup; do
        for procs in $(find $at -name cgroup.procs 2>/dev/null); do echo $$ >$procs && echo left; done
      done
      for type in "cgroup2" "cgroup -o memory"; do mount -t $type none /tmp && echo mounted; done; echo tried`;
    const { tail } = await run(held, ["sh", "-c", leave]);
    expect(tail).toContain("tried");
    expect(tail).not.toMatch(/^(left|mounted)$/m);
  },
);

function commandOf(pid: string): string {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, "utf8");
  } catch {
    return "";
  }
}

test.skipIf(why !== undefined)(
  `the groups of an autopack that was killed are removed by the next, with what is in them${skipped}`,
  async () => {
    const group = (await foldersWhileRunning(open))[0] ?? "";
    const place = dirname(group);
    const [, namespace = ""] = /^autopack-(\d+)-/.exec(basename(group)) ?? [];
    // No process has this start time: its maker has ended.
    const left = join(place, `autopack-${namespace}-${process.pid}-1-1`);
    const living = join(place, basename(group).replace(/-\d+$/, "-999999"));
    const foreign = join(place, `autopack-1-${process.pid}-1-1`);
    for (const folder of [left, join(left, "inside"), living, foreign]) mkdirSync(folder);
    const inside = spawnSync(
      "sh",
      ["-c", `sleep 301 >/dev/null 2>&1 & echo $! > '${left}/inside/cgroup.procs'; echo $!`],
      { encoding: "utf8" },
    );
    expect(commandOf(inside.stdout.trim())).toBe("sleep\u0000301\u0000");
    await openControlGroups("/proc", tryOut);
    expect([left, living, foreign].map((folder) => existsSync(folder))).toEqual([false, true, true]);
    expect(commandOf(inside.stdout.trim())).toBe("");
    for (const folder of [living, foreign]) rmdirSync(folder);
  },
);
