import { spawn, spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import {
  closeSync,
  existsSync,
  mkdtempSync,
  openSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { hostname, tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, test } from "vitest";
import { createClock } from "./clock.ts";
import type { Processes, ProcessResult, ProcessSpec } from "./ports.ts";
import { listProcesses } from "./process-table.ts";
import { signalOne } from "./process-tree.ts";
import { createProcesses, type ProcessesOptions } from "./processes.ts";

const root = mkdtempSync(join(tmpdir(), "autopack-processes-"));
afterAll(() => rmSync(root, { recursive: true, force: true }));

const options: ProcessesOptions = {
  path: `${join(process.execPath, "..")}:${process.env["PATH"] ?? "/usr/bin:/bin"}`,
  home: root,
  lang: "C.UTF-8",
  tz: "UTC",
  tmpRoot: join(root, "tmp"),
  secrets: ["swordfish-42"],
  sandbox: "auto",
  objects: [],
  hidden: [],
  sampleMs: 50,
  clock: createClock(),
};
const withSandbox = createProcesses(options);
const modes: [string, Processes][] = [["off", createProcesses({ ...options, sandbox: "off" })]];
if ((await withSandbox.isolation()).sandbox !== null) modes.push(["bubblewrap", withSandbox]);

let count = 0;
const readLog = (result: ProcessResult) => readFileSync(join(root, "logs", result.log.path), "utf8");
const markedWith = async (prefix: string) =>
  (await listProcesses()).filter(({ marker }) => marker?.startsWith(prefix));
async function until(condition: () => Promise<boolean> | boolean): Promise<void> {
  while (!(await condition())) await new Promise((resolve) => setTimeout(resolve, 10));
}

test("without the sandbox, or where there is no bubblewrap, nothing is isolated", async () => {
  const none = { sandbox: null, files: "not limited", processes: "group and mark" };
  expect(await modes[0]![1].isolation()).toMatchObject({
    ...none,
    why: "the configuration says `sandbox: off`",
  });
  const without = await createProcesses({ ...options, path: root }).isolation();
  expect(without).toMatchObject({ ...none, why: expect.stringContaining("bubblewrap is not installed") });
});

describe.each(modes)("a program (sandbox: %s)", (mode, processes) => {
  const nextMarker = () => `test-${process.pid}-${(count += 1)}/x`;
  const run = (command: string | ProcessSpec["argv"], spec: Partial<ProcessSpec> = {}) =>
    processes.run({
      argv: typeof command === "string" ? ["sh", "-c", command] : command,
      cwd: root,
      env: {},
      timeoutMs: 30_000,
      graceMs: 5_000,
      marker: nextMarker(),
      log: { root: join(root, "logs"), path: `deep/${count}.log`, maxBytes: 100_000 },
      ...spec,
    });

  test("is told of proxies and certificates where it has the whole network, can read what they name, and else not", async () => {
    const certificates = join(root, "outside-ca.pem");
    writeFileSync(certificates, "-----BEGIN CERTIFICATE-----\n");
    const told = createProcesses({
      ...options,
      sandbox: mode === "off" ? "off" : "auto",
      network: { HTTPS_PROXY: "http://me:hidden-word@proxy.test:3128", SSL_CERT_FILE: certificates },
      secrets: ["hidden-word"],
    });
    const look = async (network: "full" | "loopback") => {
      const result = await told.run({
        argv: [
          "sh",
          "-c",
          'env | grep -E \'^(HTTPS_PROXY|SSL_CERT_FILE)=\'; test -n "$SSL_CERT_FILE" && cat "$SSL_CERT_FILE"',
        ],
        cwd: root,
        env: {},
        timeoutMs: 30_000,
        graceMs: 5_000,
        marker: nextMarker(),
        log: { root: join(root, "logs"), path: `deep/${count}.log`, maxBytes: 100_000 },
        reach: { network, readable: [], writable: [] },
      });
      return readLog(result);
    };
    const seen = await look("full");
    expect(seen).toContain("[redacted]@proxy.test:3128");
    expect(seen).not.toContain("hidden-word");
    expect(seen).toContain("BEGIN CERTIFICATE");
    expect(await look("loopback")).toBe("");
  });

  test("has its exit code, its output in order, and its log's hash reported", async () => {
    const lines: string[] = [];
    const result = await run("echo one; echo two >&2; echo three >/dev/stderr; echo four; exit 3", {
      onLine: (line) => lines.push(line),
    });
    expect(result).toMatchObject({ ended: "exited", exitCode: 3, signal: null });
    expect(result.tail).toBe("one\ntwo\nthree\nfour\n");
    expect(lines).toEqual(["one", "two", "three", "four"]);
    const kept = readLog(result);
    expect(kept).toBe(result.tail);
    expect(result.head).toBe("");
    expect(result.log).toMatchObject({
      bytes: kept.length,
      truncated: false,
      sha256: createHash("sha256").update(kept).digest("hex"),
    });
  });

  test("that a signal ended is told apart from one that exited", async () => {
    expect(await run("kill -SEGV $$")).toMatchObject({
      ended: "signalled",
      exitCode: null,
      signal: "SIGSEGV",
    });
  });

  test("that was killed while the kernel's count of kills for memory grew is told apart from one that was only killed", async () => {
    const counters = join(root, "vmstat");
    const counting = createProcesses({ ...options, counters, sandbox: mode === "off" ? "off" : "auto" });
    const counted = (script: string) => {
      writeFileSync(counters, "pgfault 7\noom_kill 3\n");
      return counting.run({
        argv: ["sh", "-c", script],
        cwd: root,
        env: {},
        timeoutMs: 30_000,
        graceMs: 5_000,
        marker: nextMarker(),
        log: { root: join(root, "logs"), path: `deep/${count}.log`, maxBytes: 100_000 },
      });
    };
    const grown = "echo oom_kill 4 >vmstat";
    expect(await counted(`${grown}; kill -9 $$`)).toMatchObject({ signal: "SIGKILL", memoryKill: true });
    expect(await counted(`${grown}; sh -c 'kill -9 $$'; exit $?`)).toMatchObject({ memoryKill: true });
    for (const script of ["kill -9 $$", `${grown}; kill -TERM $$`, `${grown}; exit 1`, ">vmstat; kill -9 $$"])
      expect((await counted(script)).memoryKill).toBeUndefined();
  });

  test("sees nothing of our environment but what it is given", async () => {
    process.env["GIT_DIR"] = "/nowhere";
    const marker = nextMarker();
    const result = await run(["env"], { env: { GIVEN: "yes" }, marker });
    delete process.env["GIT_DIR"];
    const names = result.tail.split("\n").flatMap((line) => line.match(/^\w+(?==)/)?.[0] ?? []);
    const expected = ["AUTOPACK_PROCESS", "GIVEN", "HOME", "LANG", "LC_ALL", "PATH", "TERM", "TMPDIR", "TZ"];
    // Bubblewrap sets PWD, as a shell does.
    expect(names.filter((name) => name !== "PWD").sort()).toEqual(expected);
    expect(result.tail).toContain(`AUTOPACK_PROCESS=${marker}\n`);
  });

  test("reads an empty input", async () => {
    expect(await run("cat; echo done")).toMatchObject({ exitCode: 0, tail: "done\n" });
  });

  test("has time to end after SIGTERM at its time limit", async () => {
    const result = await run("trap 'echo bye; exit 0' TERM; echo up; while :; do sleep 0.05; done", {
      timeoutMs: 500,
    });
    expect(result).toMatchObject({ ended: "timed-out", exitCode: null });
    expect(result.tail).toContain("bye");
  });

  test("that ignores SIGTERM is killed with its grandchildren after the grace", async () => {
    const marker = nextMarker();
    const script =
      "trap '' TERM; (trap '' TERM; while :; do sleep 0.05; done) & while :; do sleep 0.05; done";
    const result = await run(script, { marker, timeoutMs: 300, graceMs: 200 });
    expect(result.ended).toBe("timed-out");
    expect(await markedWith(marker)).toEqual([]);
  });

  test("that is cancelled ends with all it started", async () => {
    const marker = nextMarker();
    const stop = new AbortController();
    const result = await run("sleep 300 & echo up; sleep 300", {
      marker,
      signal: stop.signal,
      onLine: () => stop.abort(),
    });
    expect(result).toMatchObject({ ended: "cancelled", exitCode: null });
    expect(await markedWith(marker)).toEqual([]);
    expect(await run("echo never", { signal: stop.signal })).toMatchObject({ ended: "cancelled", tail: "" });
  });

  test("that is a chain of processes of a moment each is ended whole", async () => {
    const marker = nextMarker();
    // It ends by itself after 500 links, should it get away.
    const chain = "f() { [ $1 -gt 500 ] && exit; sleep 0.01; (f $(($1 + 1))) & }; f 0; sleep 300";
    const result = await run(chain, { marker, timeoutMs: 200, graceMs: 50 });
    expect(result.ended).toBe("timed-out");
    for (let look = 0; look < 20; look += 1) expect(await markedWith(marker)).toEqual([]);
  });

  test("leaves no daemon behind, even one that holds the output and ignores signals", async () => {
    const marker = nextMarker();
    const daemon =
      "const{spawn}=require('child_process');" +
      "spawn('sh',['-c','trap \"\" TERM HUP; sleep 300'],{detached:true,stdio:'inherit'}).unref();console.log('out')";
    const result = await run([process.execPath, "-e", daemon], { marker });
    expect(result).toMatchObject({ ended: "exited", exitCode: 0, tail: "out\n" });
    expect(await markedWith(marker)).toEqual([]);
  });

  test.each([
    ["missing", ["no-such-program-here"], {}],
    ["a folder", [root], {}],
    ["without a folder to run in", ["true"], { cwd: join(root, "nowhere") }],
    ["with a NUL in its arguments", ["echo", "a\0b"], {}],
    ["with too long an argument", ["echo", "x".repeat(3_000_000)], {}],
  ] as [string, ProcessSpec["argv"], Partial<ProcessSpec>][])(
    "that is %s is not started",
    async (_name, argv, spec) => {
      const result = await run(argv, spec);
      expect(result).toMatchObject({ ended: "not-started", exitCode: null, tail: "", log: { bytes: 0 } });
      expect(result.error).not.toBe("");
    },
  );

  test("floods its output: memory and log stay bounded, both ends are kept", async () => {
    let highest = 0;
    const before = process.memoryUsage().rss;
    const result = await run("echo first; yes 0123456789abcdef | head -c 50000000; echo last", {
      onLine: () => {
        if ((count += 1) % 50_000 === 0) highest = Math.max(highest, process.memoryUsage().rss);
      },
    });
    expect(result.exitCode).toBe(0);
    expect(highest - before).toBeLessThan(200_000_000);
    const kept = readLog(result);
    expect(kept.length).toBe(result.log.bytes);
    expect(result.log).toMatchObject({ truncated: true });
    expect(result.log.bytes).toBeLessThan(100_100);
    expect(kept.startsWith("first\n")).toBe(true);
    expect(kept.endsWith("last\n")).toBe(true);
    expect(/\n\[\.\.\. 499\d{5} bytes left out \.\.\.\]\n/.test(kept)).toBe(true);
    expect(result.tail).toHaveLength(4000);
    expect(result.head).toHaveLength(2000);
    expect(kept.startsWith(result.head)).toBe(true);
  });

  test("has secrets hidden in its log, its lines and its tail, in long lines and in keys over many lines", async () => {
    const lines: string[] = [];
    const script = `
      const fill = "x ".repeat(40000);
      process.stdout.write(fill.slice(0, 65536 - 4096 - 6) + "swordfish-42" + fill + "ghp_" + "a".repeat(36) + "\\n");
      console.log("-----BEGIN PRIVATE KEY-----"); setTimeout(() => { console.log("MIIEkeykey\\n-----END PRIVATE KEY-----\\nend") }, 50)`;
    const result = await run([process.execPath, "-e", script], {
      onLine: (line) => lines.push(line),
      log: { root: join(root, "logs"), path: `secrets.log`, maxBytes: 1_000_000 },
    });
    for (const text of [readLog(result), result.tail, lines.join("\n")]) {
      expect(text).not.toMatch(/swordfish|ghp_|MIIE/);
      expect(text).toContain("end");
    }
    expect(readLog(result).match(/\[redacted\]/g)).toHaveLength(3);
    expect(lines.every((line) => line.length <= 4000)).toBe(true);
  });

  test("that outlives its starter is found by its marker and ended", async () => {
    const marker = nextMarker();
    const stray = spawn("sh", ["-c", "sleep 300 & wait"], {
      env: { PATH: options.path, AUTOPACK_PROCESS: `${marker}/stray` },
      detached: true,
      stdio: "ignore",
    });
    await until(async () => (await markedWith(marker)).length === 2);
    expect(await processes.endLeftovers(`${marker}/other`)).toBe(0);
    expect(await processes.endLeftovers(marker)).toBe(2);
    expect(await markedWith(marker)).toEqual([]);
    expect(await processes.endLeftovers(marker)).toBe(0);
    expect(stray.pid).toBeGreaterThan(0);
    await expect(processes.endLeftovers("")).rejects.toThrow(RangeError);
  });
});

test("a process that sheds its marker and holds the output does not hold us up", async () => {
  const result = await modes[0]![1].run({
    argv: [
      "sh",
      "-c",
      `env -i setsid sh -c 'echo $$; : > shed; exec sleep 300' & while ! test -e shed; do sleep 0.05; done`,
    ],
    cwd: root,
    env: {},
    timeoutMs: 60_000,
    graceMs: 1000,
    marker: `test-${process.pid}-shed`,
    log: { root: join(root, "logs"), path: "shed.log", maxBytes: 1000 },
  });
  expect(result).toMatchObject({ ended: "exited", exitCode: 0 });
  signalOne(Number(result.tail), "SIGKILL");
});

describe("an output that cannot be kept", () => {
  test("ends the program and is thrown as an outage", async () => {
    const marker = `test-${process.pid}-outage`;
    const work = withSandbox.run({
      argv: ["sh", "-c", "echo hello; sleep 300"],
      cwd: root,
      env: {},
      timeoutMs: 60_000,
      graceMs: 1000,
      marker,
      log: { root: join(root, "logs"), path: "outage.log", maxBytes: 1000 },
      onLine: () => {
        throw new Error("the disk is full");
      },
    });
    await expect(work).rejects.toThrow("the disk is full");
    expect(await markedWith(marker)).toEqual([]);
  });
});

describe("the executor's sudden end", () => {
  test.skipIf(modes.length === 1)("takes a sandboxed program and its daemons with it", async () => {
    const marker = `test-${process.pid}-orphan`;
    const text = `
      import { createProcesses } from ${JSON.stringify(join(import.meta.dirname, "processes.ts"))};
      import { createClock } from ${JSON.stringify(join(import.meta.dirname, "clock.ts"))};
      const processes = createProcesses({ ...${JSON.stringify(options)}, clock: createClock() });
      await processes.run({ argv: ["sh", "-c", "setsid sleep 300 & sleep 300"], cwd: ${JSON.stringify(root)}, env: {}, timeoutMs: 1e6,
        graceMs: 1, marker: ${JSON.stringify(marker)}, log: { root: ${JSON.stringify(root)}, path: "orphan.log", maxBytes: 1 } });`;
    writeFileSync(join(root, "host.ts"), text);
    const host = spawn(process.execPath, [join(root, "host.ts")], { stdio: "ignore" });
    await until(async () => (await markedWith(marker)).length >= 4);
    host.kill("SIGKILL");
    await until(async () => (await markedWith(marker)).length === 0);
  });
});

test.skipIf(process.platform !== "linux")("a file that our own starter left open is not handed on", () => {
  const text = `
    import { createProcesses } from ${JSON.stringify(join(import.meta.dirname, "processes.ts"))};
    import { createClock } from ${JSON.stringify(join(import.meta.dirname, "clock.ts"))};
    const processes = createProcesses({ ...${JSON.stringify(options)}, sandbox: "off", clock: createClock() });
    const { tail } = await processes.run({ argv: ["sh", "-c", "ls -l /proc/$$/fd"], cwd: ${JSON.stringify(root)},
      env: {}, timeoutMs: 1e4, graceMs: 1, marker: "test-${process.pid}-files",
      log: { root: ${JSON.stringify(root)}, path: "files.log", maxBytes: 1000 } });
    console.log(tail);`;
  writeFileSync(join(root, "files.ts"), text);
  const left = openSync(join(root, "files.ts"), "r");
  const host = spawnSync(process.execPath, [join(root, "files.ts")], {
    // Node itself hands on none of the first few.
    stdio: ["ignore", "pipe", "inherit", ...Array<"ignore">(37).fill("ignore"), left],
    encoding: "utf8",
  });
  closeSync(left);
  expect(host.stdout).toContain(" 40 -> /dev/null");
  expect(host.stdout).not.toContain("files.ts");
});

describe("identify and find", () => {
  test("a process is told by its host, boot and start; one that ended is none", async () => {
    const [own, again] = [await withSandbox.identify(), await withSandbox.identify(process.pid)];
    expect(own).toMatchObject({ host: hostname(), pid: process.pid });
    expect(own).toEqual(again);
    expect(own?.bootId).not.toBe("");
    const child = spawn("sleep", ["300"], { stdio: "ignore" });
    const other = await withSandbox.identify(child.pid);
    expect(other?.pid).toBe(child.pid);
    const ended = new Promise((resolve) => child.once("exit", resolve));
    child.kill("SIGKILL");
    await ended;
    expect(await withSandbox.identify(child.pid)).toBeNull();
  });

  test("programs are found on the PATH, by an absolute and by a relative path", async () => {
    writeFileSync(join(root, "tool"), "#!/bin/sh\n", { mode: 0o755 });
    writeFileSync(join(root, "text"), "", { mode: 0o644 });
    const found = (program: string) => withSandbox.find(program, root);
    expect(await Promise.all(["sh", "./tool", join(root, "tool")].map(found))).toEqual([true, true, true]);
    expect(await Promise.all(["tool", "./text", "./none", "", root].map(found))).toEqual(
      Array(5).fill(false),
    );
  });

  test("no pipe is left in the folder for temporary files", () => {
    expect(existsSync(options.tmpRoot) ? readdirSync(options.tmpRoot) : []).toEqual([]);
  });
});
