import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  openSync,
  readFileSync,
  realpathSync,
  rmSync,
  statSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from "node:fs";
import { createServer, type Server } from "node:net";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { createClock } from "./clock.ts";
import type { Processes, ProcessResult, ProcessSpec } from "./ports.ts";
import { listProcesses } from "./process-table.ts";
import { createProcesses, type ProcessesOptions } from "./processes.ts";

const root = realpathSync(mkdtempSync(join(tmpdir(), "autopack-sandbox-")));
const at = (...names: string[]) => join(root, ...names);
function put(path: string, text: string, mode = 0o644): void {
  mkdirSync(dirname(at(path)), { recursive: true });
  writeFileSync(at(path), text, { mode });
}
put("home/.ssh/id_ed25519", "secret\n");
put("home/.npmrc", "secret\n");
put("home/.aws/credentials", "secret\n");
put("home/.config/gh/hosts.yml", "secret\n");
put("home/.cargo/credentials.toml", "secret\n");
put("home/.cargo/bin/carrier", "#!/bin/sh\necho carried\n", 0o755);
put(
  "home/.local/share/agent/versions/1/agent.sh",
  '#!/bin/sh\ncat "$(dirname "$(readlink -f "$0")")/words"\n',
  0o755,
);
put("home/.local/share/agent/versions/1/words", "agent at work\n");
put("home/.agent/login", "logged in\n");
put("repo/.env", "secret\n");
put("repo/.git/autopack/ledger.db", "secret\n");
put("repo/.git/objects/pack", "objects\n");
put("borrowed/objects/pack", "borrowed\n");
put("repo/.git/objects/info/alternates", `${at("borrowed/objects")}\n`);
put("outside/file", "outside\n");
put("state/workspace/tree/file", "");
mkdirSync(at("home/.local/bin"), { recursive: true });
symlinkSync(at("home/.local/share/agent/versions/1/agent.sh"), at("home/.local/bin/agent"));

const options: ProcessesOptions = {
  path: [
    dirname(process.execPath),
    at("home/.cargo/bin"),
    at("home/.local/bin"),
    process.env["PATH"] ?? "/usr/bin:/bin",
  ].join(":"),
  home: at("home"),
  lang: "C.UTF-8",
  tz: "UTC",
  tmpRoot: at("tmp"),
  secrets: [],
  sandbox: "auto",
  objects: [at("repo/.git/objects"), at("not-there")],
  hidden: [at("repo"), at("repo/.git"), at("state")],
  caches: at("state/caches"),
  identity: { name: 'A "quoted" name', email: "a@example.org" },
  sampleMs: 50,
  clock: createClock(),
};
const held = createProcesses(options);
const open = createProcesses({ ...options, sandbox: "off" });
const why = (await held.isolation()).why;
const sandboxed = why === undefined ? "" : ` (skipped: ${why})`;
const isRoot = process.getuid?.() === 0;

let count = 0;
function run(
  processes: Processes,
  command: string | ProcessSpec["argv"],
  spec: Partial<ProcessSpec> = {},
): Promise<ProcessResult> {
  count += 1;
  return processes.run({
    argv: typeof command === "string" ? ["sh", "-c", command] : command,
    cwd: at("state/workspace/tree"),
    env: {},
    timeoutMs: 30_000,
    graceMs: 100,
    marker: `sandbox-${process.pid}-${count}/x`,
    log: { root: at("logs"), path: `${count}.log`, maxBytes: 10_000 },
    scratch: at("state/workspace"),
    ...spec,
  });
}
function scratchOf(name: string): string {
  mkdirSync(at(name));
  return at(name);
}
const reach = (given: Partial<NonNullable<ProcessSpec["reach"]>>): Partial<ProcessSpec> => ({
  reach: { network: "loopback", readable: [], writable: [], ...given },
});
const node = (script: string): string => `'${process.execPath}' -e '${script}'`;
const connect = (where: string): string =>
  node(
    `require("net").connect(${where}).on("connect", () => process.exit(0)).on("error", (e) => { console.log(String(e)); process.exit(1) })`,
  );

const servers: Server[] = [];
const listen = (where: string | number): Promise<Server> =>
  new Promise((resolve) => {
    const server = createServer((socket) => socket.end());
    servers.push(server);
    if (typeof where === "number") server.listen(where, "127.0.0.1", () => resolve(server));
    else server.listen(where, () => resolve(server));
  });
let port = 0;
const abstract = `autopack-sandbox-${process.pid}`;
beforeAll(async () => {
  const address = (await listen(0)).address();
  port = typeof address === "object" && address ? address.port : 0;
  await listen(at("outside/agent.sock"));
  if (process.platform === "linux") await listen(`\0${abstract}`);
  // A file that the executor has open, as it has the ledger.
  openSync(at("repo/.git/autopack/ledger.db"), "r+");
});
afterAll(async () => {
  for (const server of servers) server.close();
  rmSync(root, { recursive: true, force: true });
});

/** Each exits with 0 where it comes through. */
const escapes: Record<string, () => string> = {
  "writes outside of the workspace": () => `echo evil >> '${at("outside/file")}'`,
  "writes beside the workspace": () => "echo evil > ../evil",
  "deletes the workspace's own folder": () =>
    `mv '${at("state/workspace/tree")}' '${at("state/workspace/gone")}'`,
  "reads the ledger": () => `cat '${at("repo/.git/autopack/ledger.db")}'`,
  "writes the ledger": () => `echo evil >> '${at("repo/.git/autopack/ledger.db")}'`,
  "reads the checkout's .env": () => `cat '${at("repo/.env")}'`,
  "writes what seems to be the checkout": () => `echo evil > '${at("repo/evil")}'`,
  "writes into the object store": () => `echo evil > '${at("repo/.git/objects/evil")}'`,
  "reads a private key": () => `cat '${at("home/.ssh/id_ed25519")}' || cat ~/.ssh/id_ed25519`,
  "reads npm's token": () => "cat ~/.npmrc",
  "reads a cloud's credentials": () => "cat ~/.aws/credentials",
  "reads a token in ~/.config": () => "cat ~/.config/gh/hosts.yml",
  "reads a token beside a program on the PATH": () => "cat ~/.cargo/credentials.toml",
  "reaches a server on the host's loopback": () => connect(`${port}, "127.0.0.1"`),
  "reaches a socket of the host, such as an ssh-agent's": () => connect(`"${at("outside/agent.sock")}"`),
  "reaches an abstract socket": () => connect(`"\\0${abstract}"`),
  "signals the executor": () => `kill -0 ${process.pid}`,
  "reads the executor's environment": () => `cat /proc/${process.pid}/environ`,
  "reads any other's environment": () =>
    `for e in /proc/[0-9]*/environ; do tr '\\0' '\\n' < $e; done 2>/dev/null | grep -q '^VITEST='`,
  "leaves through another's root": () =>
    `for r in /proc/[0-9]*/root; do cat "$r${at("home/.npmrc")}" && exit 0; done; exit 1`,
  "leaves through another's open files": () =>
    `for f in /proc/[0-9]*/fd/*; do case $(readlink $f) in *ledger.db) exit 0;; esac; done; exit 1`,
};

/** `keyctl(KEYCTL_GET_KEYRING_ID, KEY_SPEC_SESSION_KEYRING, create)`. */
const keyctl = process.arch === "x64" ? 250 : 219;

/** Not tried without the sandbox, where they are another's business, or need what is not everywhere. */
const inside: Record<string, string> = {
  "has a terminal to type on": "exec 3</dev/tty",
  // A session that began outside has no number inside.
  "stays in its starter's session": `test "$(cut -d' ' -f6 /proc/$$/stat)" = 0`,
  "gains privileges by a setuid program": "! grep -q '^NoNewPrivs:.*1$' /proc/self/status",
  "has a file of its starter open": "ls -l /proc/$$/fd | grep -v '/output-\\|/dev/null\\|^total' | grep .",
  // Opened and closed: nothing is ever written, for with a hole it would reach the machine.
  "sets the kernel's core pattern": "exec 3>>/proc/sys/kernel/core_pattern",
  "drops the machine's caches": "exec 3>>/proc/sys/vm/drop_caches",
  "calls the kernel by its magic key": "exec 3>>/proc/sysrq-trigger",
  "finds its control group": "ls /sys/fs/cgroup /sys/kernel",
  "reads password hashes": "test -s /etc/shadow && cat /etc/shadow",
  "has others ended for want of memory": "echo -500 > /proc/self/oom_score_adj",
  "makes a device": "mknod sda b 8 0",
  "fills /dev": "echo evil > /dev/evil",
  "changes the system":
    "echo evil > /usr/evil || echo evil > /etc/evil || echo evil > /evil || mkdir /var/evil",
  "raises its own limits": "ulimit -Hn $(($(ulimit -Hn) + 1))",
  "mounts in a namespace of its own": "unshare -Urm sh -c 'mount -o remount,rw,bind /usr && touch /usr/evil'",
  "mounts as it is": "mount -t tmpfs none /usr || mount -o remount,rw,bind /usr",
  "uncovers what is covered": `unshare -Urm umount '${at("repo")}' || umount '${at("repo")}'`,
  "reads another's memory": `exec 3</proc/${process.pid}/mem`,
  "uses the kernel's keyrings": `perl -MErrno -e 'exit((syscall($ARGV[0] + 0, 0, -3, 1) < 0 && $!{EPERM}) ? 1 : 0)' ${keyctl}`,
  "sees another process": "test $(ls -d /proc/[0-9]* | wc -l) -gt 6",
};

/** It was started, found the programs that it needs, and did not come through. */
function expectHeld(result: ProcessResult): void {
  expect(result).toMatchObject({ ended: "exited", tail: expect.stringMatching(/^began\n/) });
  expect([0, 126, 127]).not.toContain(result.exitCode);
}

describe.skipIf(process.platform !== "linux")("a program that no sandbox holds", () => {
  // What the tests below rely on: each of these attempts is a real one.
  test.each(Object.keys(escapes))("%s", async (name) => {
    const result = await run(open, escapes[name]!());
    expect(result).toMatchObject({ ended: "exited", exitCode: 0, network: "full" });
    for (const path of ["repo/evil", "repo/.git/objects/evil"]) rmSync(at(path), { force: true });
    if (name.startsWith("deletes"))
      await run(open, ["mv", at("state/workspace/gone"), at("state/workspace/tree")], { cwd: root });
  });
});

describe.skipIf(why !== undefined)(`the sandbox${sandboxed} holds a program that`, () => {
  test.each(Object.keys(escapes))("%s", async (name) => {
    const before =
      readFileSync(at("repo/.git/autopack/ledger.db"), "utf8") + readFileSync(at("outside/file"), "utf8");
    const result = await run(held, `echo began; (${escapes[name]!()})`);
    expectHeld(result);
    expect(result.tail).not.toContain("secret");
    const after =
      readFileSync(at("repo/.git/autopack/ledger.db"), "utf8") + readFileSync(at("outside/file"), "utf8");
    expect(after).toBe(before);
    expect(["repo/evil", "repo/.git/objects/evil"].filter((path) => existsSync(at(path)))).toEqual([]);
  });

  test.each(Object.keys(inside))("%s", async (name) => {
    expectHeld(await run(held, `echo began; (${inside[name]!})`));
  });
});

describe.skipIf(why !== undefined)(`a program in the sandbox${sandboxed}`, () => {
  test("works in its workspace, with the tools on the PATH and the objects that it borrows", async () => {
    const script = `
      set -e
      echo made > made; git init -q g; git -C g commit -q --allow-empty -m x; git -C g log -1 --format='%an <%ae>'
      carrier; agent; ${node(`console.log("node", require("os").homedir())`)}
      cat '${at("repo/.git/objects/pack")}' '${at("borrowed/objects/pack")}'
      echo ok > /tmp/x; echo ok > ~/x; echo ok > "$TMPDIR/y"; echo ok > /dev/shm/x; mktemp >/dev/null; id >/dev/null`;
    const result = await run(held, script);
    expect(result.tail).toBe(
      `A "quoted" name <a@example.org>\ncarried\nagent at work\nnode ${at("home")}\nobjects\nborrowed\n`,
    );
    expect(readFileSync(at("state/workspace/tree/made"), "utf8")).toBe("made\n");
    expect(existsSync(at("home/x"))).toBe(false);
  });

  test("reaches a server of its own", async () => {
    const script = node(
      `const s = require("net").createServer((c) => c.end("own")).listen(0, "localhost", () => require("net").connect(s.address().port, "localhost").on("data", (d) => { console.log(String(d)); process.exit(0) }))`,
    );
    expect(await run(held, script)).toMatchObject({ exitCode: 0, tail: "own\n", network: "loopback" });
  });

  test("reaches the host's servers where it may", async () => {
    const result = await run(held, connect(`${port}, "127.0.0.1"`), reach({ network: "full" }));
    expect(result).toMatchObject({ exitCode: 0, network: "full" });
  });

  test("shares HOME and /tmp with those of its workspace, and with no other", async () => {
    const scratch = scratchOf("other");
    await run(held, "echo mine > ~/note; echo mine > /tmp/note", { scratch });
    expect((await run(held, "cat ~/note /tmp/note", { scratch })).tail).toBe("mine\nmine\n");
    expect((await run(held, "ls ~/note /tmp/note")).exitCode).toBeGreaterThan(0);
    const { scratch: _, ...without } = {
      scratch,
      log: { root: at("logs"), path: "none.log", maxBytes: 1000 },
    };
    expect(await run(held, "echo x > ~/x && echo x > /tmp/x && ls ~ /tmp", without)).toMatchObject({
      exitCode: 0,
    });
  });

  test("may change what is listed for it, and only read the rest of the list", async () => {
    const lists = reach({ writable: [at("home/.agent"), at("nowhere")], readable: [at("home/.npmrc")] });
    const result = await run(held, "cat ~/.npmrc; echo more >> ~/.agent/login; echo evil >> ~/.npmrc", lists);
    expect(result.exitCode).toBeGreaterThan(0);
    expect(result.tail).toContain("secret\n");
    expect(readFileSync(at("home/.agent/login"), "utf8")).toBe("logged in\nmore\n");
    expect(readFileSync(at("home/.npmrc"), "utf8")).toBe("secret\n");
  });

  test("keeps downloads for the next setup; checks read what compilers need, builders nothing", async () => {
    const scratch = scratchOf("setup");
    const fill = "echo a > ~/.npm/a && echo b > ~/.cargo/registry/b";
    expect(await run(held, fill, { scratch, caches: "write" })).toMatchObject({ exitCode: 0 });
    utimesSync(at("state/caches"), 1000, 1000);
    const again = await run(held, "cat ~/.npm/a ~/.cargo/registry/b", { caches: "write" });
    // By that `clean` knows that they are of use.
    expect(statSync(at("state/caches")).mtimeMs).toBeGreaterThan(1_000_000);
    expect(again.tail).toBe("a\nb\n");
    const check = await run(held, "cat ~/.cargo/registry/b; ls ~/.npm/a; echo x > ~/.cargo/registry/b", {
      caches: "read",
    });
    expect(check.tail).toMatch(/^b\n[^]*No such file[^]*Read-only/);
    expect((await run(held, "ls ~/.npm/a || ls ~/.cargo/registry/b", { scratch })).exitCode).toBeGreaterThan(
      0,
    );
  });

  test("cannot have the next one's mounts made where it wants them", async () => {
    const scratch = scratchOf("trap");
    mkdirSync(at("victim"));
    const trap = `rm -rf ~/.cargo ~/go; ln -s '${at("victim")}' ~/go; ln -s /proc/self/cwd/../.. ~/.m2; echo x > ~/.yarn`;
    await run(held, trap, { scratch });
    const next = await run(held, "echo kept > ~/go/pkg/mod/kept", { scratch, caches: "write" });
    expect(next).toMatchObject({ exitCode: 0 });
    expect(existsSync(at("victim/pkg"))).toBe(false);
    expect(readFileSync(at("state/caches/go/pkg/mod/kept"), "utf8")).toBe("kept\n");
  });

  test("is not started in a workspace that is gone, which is not made again", async () => {
    const scratch = at("state/removed");
    const result = await run(held, "true", { cwd: at("outside"), scratch });
    expect(result).toMatchObject({ ended: "not-started", error: expect.stringContaining("ENOENT") });
    expect(existsSync(scratch)).toBe(false);
  });

  test.skipIf(isRoot)("that closes its HOME has the next one told", async () => {
    const scratch = scratchOf("closed");
    await run(held, "mkdir -p ~/.cargo && chmod 000 ~/.cargo", { scratch });
    const next = await run(held, "true", { scratch, caches: "write" });
    expect(next.ended === "not-started" ? next.error : "started").toMatch(
      /^the sandbox cannot be made: EACCES/,
    );
    chmodSync(at("closed/home/.cargo"), 0o700);
  });

  test.each([
    ["the network", () => connect(`${port}, "127.0.0.1"`), /`network: full`/],
    ["a file", () => `cat '${at("outside/file")}'`, /does not show .*outside\/file/],
  ])("that failed for want of %s is told what to do", async (_, command, hint) => {
    expect((await run(held, command())).hint).toMatch(hint);
    expect((await run(open, "exit 1")).hint).toBeUndefined();
    expect((await run(held, `${command()}; true`)).hint).toBeUndefined();
  });
});

const modes: [string, Processes][] = [["off", open]];
if (why === undefined) modes.push(["bubblewrap", held]);
describe.each(modes)("a program that uses too much (sandbox: %s)", (_, processes) => {
  test("memory is ended", async () => {
    const eat = `const all = []; setInterval(() => all.push(Buffer.alloc(20_000_000, 1)), 20)`;
    const result = await run(processes, [process.execPath, "-e", eat], {
      limits: { memoryBytes: 300_000_000, processes: 1000 },
    });
    expect(result).toMatchObject({ ended: "over-memory", exitCode: null });
  });

  test("many processes is ended with all of them", async () => {
    const many = "for i in $(seq 100); do sleep 20 & done; wait";
    const result = await run(processes, many, { limits: { memoryBytes: 4e9, processes: 60 } });
    expect(result).toMatchObject({ ended: "over-processes", exitCode: null });
  });

  test("nothing goes on", async () => {
    const limits = { memoryBytes: 500_000_000, processes: 50 };
    expect(await run(processes, "sleep 0.3; echo done", { limits })).toMatchObject({
      exitCode: 0,
      tail: "done\n",
    });
  });
});

test.skipIf(why !== undefined)(
  `a fork bomb in the sandbox${sandboxed} is bounded, and told what bounds it`,
  async () => {
    // Ends by itself at 1,024, should nothing end it.
    const bomb =
      "f() { if [ $1 -gt 0 ]; then f $(($1 - 1)) & f $(($1 - 1)) & fi; sleep 3; }; f 9; wait; exit 1";
    const result = await run(held, bomb, { limits: { memoryBytes: 4e9, processes: 60 } });
    // Between two looks the kernel refuses more to an ordinary user; root's are seen at the next look.
    if (isRoot || result.ended !== "exited") expect(result.ended).toBe("over-processes");
    else expect(result.hint).toContain("limits.processes");
  },
);

test.skipIf(why !== undefined)(
  `a sandbox that somebody kills takes what is in it with it${sandboxed}`,
  async () => {
    const marker = `sandbox-${process.pid}-killed/x`;
    const own = async () => (await listProcesses()).filter((entry) => entry.marker === marker);
    const killOuter = async () => {
      const outer = (await own()).find(({ parent }) => parent === process.pid);
      if (outer) process.kill(outer.pid, "SIGKILL");
    };
    const result = await run(held, "setsid sleep 300 & echo up; sleep 300", {
      marker,
      onLine: () => void killOuter(),
    });
    expect(result).toMatchObject({ ended: "signalled", signal: "SIGKILL" });
    expect(await own()).toEqual([]);
  },
);
