import { spawn } from "node:child_process";
import { devNull } from "node:os";
import { join } from "node:path";
import { AppError } from "../domain/app-error.ts";
import { createAnsweringGit, type Language, objectLanguage, refLanguage } from "./answering-git.ts";
import type { Git, GitCall, GitOutput } from "./ports.ts";
import { runToEnd } from "./run-to-end.ts";
import { createStarter } from "./starter.ts";

export interface GitOptions {
  /** The PATH to find git on. */
  readonly path: string;
  /** Folders that the user's own configuration declares safe, passed on as they are. */
  readonly safeDirectories: readonly string[];
}

/** Nothing that a repository or the machine configures may run a program or change a file's bytes on the way. */
const settings = [
  `core.hooksPath=${devNull}`,
  "core.fsmonitor=false",
  "core.untrackedCache=false",
  "core.autocrlf=false",
  "core.quotePath=false",
  `core.excludesFile=${devNull}`,
  `core.attributesFile=${devNull}`,
  "core.alternateRefsCommand=true",
  "commit.gpgSign=false",
  "gc.auto=0",
  "maintenance.auto=false",
  "submodule.recurse=false",
  "advice.addEmbeddedRepo=false",
  "advice.graftFileDeprecated=false",
  "fetch.writeCommitGraph=false",
  // A git before 2.44 knows no GIT_NO_LAZY_FETCH: nothing comes from elsewhere while something is only looked at.
  "protocol.allow=never",
];

/** A command that calls git more often is a run: a process of its own, which takes 40 ms to begin, pays off. */
const fewCalls = 40;

/** What the user's own git configuration says of them; the only part of it that is heeded. */
export interface UserGitConfig {
  readonly name: string | undefined;
  readonly email: string | undefined;
  readonly safeDirectories: readonly string[];
}

/** Reads the user's identity and safe folders, as git itself sees them from `cwd`. */
export async function readUserGitConfig(
  environment: {
    readonly path: string;
    readonly home: string;
    readonly all: Readonly<Record<string, string>>;
  },
  cwd: string,
): Promise<UserGitConfig> {
  const call = {
    cwd,
    args: ["config", "--null", "--show-scope", "--get-regexp", "^(user\\.(name|email)|safe\\.directory)$"],
  };
  const { path, home, all } = environment;
  const xdg = all["XDG_CONFIG_HOME"];
  const base = { PATH: path, HOME: home, LC_ALL: "C", ...(xdg ? { XDG_CONFIG_HOME: xdg } : {}) };
  const parts = (await runGit(call, [], base)).stdout.split("\0");
  const entries = parts.flatMap((scope, index) => {
    const [name = "", value = ""] = index % 2 === 0 ? (parts[index + 1]?.split("\n") ?? []) : [];
    return name === "" ? [] : [{ scope, name, value }];
  });
  const last = (key: string) => entries.findLast(({ name }) => name === key)?.value || undefined;
  return {
    name: last("user.name"),
    email: last("user.email"),
    safeDirectories: entries
      // As git itself: no repository declares itself safe.
      .filter(({ name, scope }) => name === "safe.directory" && scope !== "local" && scope !== "worktree")
      // Git is run without a HOME and could not tell what `~` is. An empty value takes back those before it.
      .map(({ value }) => (value.startsWith("~/") ? join(home, value.slice(2)) : value)),
  };
}

/**
 * Git through the command line: a process of its own for every call, and one for each repository that answers all that
 * is asked of its objects, and one that moves its refs.
 */
export function createGit(options: GitOptions): Git {
  const fixed = [...settings, ...options.safeDirectories.map((folder) => `safe.directory=${folder}`)].flatMap(
    (setting) => ["-c", setting],
  );
  const base = {
    PATH: options.path,
    LC_ALL: "C",
    GIT_CONFIG_GLOBAL: devNull,
    GIT_CONFIG_NOSYSTEM: "1",
    GIT_ATTR_NOSYSTEM: "1",
    GIT_NO_REPLACE_OBJECTS: "1",
    GIT_NO_LAZY_FETCH: "1",
    GIT_OPTIONAL_LOCKS: "0",
    GIT_TERMINAL_PROMPT: "0",
    GIT_GRAFT_FILE: devNull,
  };
  const perRepository = <Question, Answer>(language: Language<Question, Answer>, ...command: string[]) =>
    memoise((gitDir) =>
      createAnsweringGit(
        language,
        () =>
          spawn("git", [...fixed, `--git-dir=${gitDir}`, ...command], {
            env: base,
            cwd: gitDir,
            detached: true,
          }),
        (end) => (end instanceof Error ? gitMissing(end, gitDir) : gitFailed(command[0] ?? "", end)),
      ),
    );
  const objects = perRepository(objectLanguage, "cat-file", "--batch-command", "-z");
  const refs = perRepository(refLanguage, "update-ref", "--no-deref", "-z", "--stdin");
  const ask = async (gitDir: string, command: "info" | "contents", name: string) => {
    const answer = await objects(gitDir)({ command, name });
    return answer === "absent" ? null : answer;
  };
  const starter = createStarter();
  let calls = 0;
  let lastMove: Promise<unknown> = Promise.resolve();
  return {
    run: (call) => runGit(call, fixed, base, ++calls > fewCalls ? starter : runToEnd),
    stream: (call) => streamGit(call, fixed, base),
    sizeOf: async (gitDir, object) => (await ask(gitDir, "info", object))?.bytes ?? null,
    read: async (gitDir, object) => (await ask(gitDir, "contents", object))?.content ?? null,
    moveRef(gitDir, move) {
      // One after the other: what fails ends the process, and would take those behind it along.
      const moved = lastMove.then(() => refs(gitDir)(move));
      lastMove = moved.catch(() => undefined);
      return moved.then(() => undefined);
    },
  };
}

function memoise<Value>(make: (key: string) => Value): (key: string) => Value {
  const known = new Map<string, Value>();
  return (key) => {
    const value = known.get(key) ?? make(key);
    known.set(key, value);
    return value;
  };
}

async function runGit(
  call: GitCall,
  fixed: readonly string[],
  base: Record<string, string>,
  run: typeof runToEnd = runToEnd,
): Promise<GitOutput> {
  const program = { ...programOf(call, fixed, base), stdin: call.stdin ?? "" };
  const { code, signal, stdout, stderr } = await run(program).catch((error: Error) => {
    throw gitMissing(error, call.cwd);
  });
  return {
    code: code ?? 128,
    stdout: Buffer.from(stdout).toString("utf8"),
    stderr: signal ? endedBy(signal) : Buffer.from(stderr).toString("utf8"),
  };
}

async function* streamGit(
  call: GitCall,
  fixed: readonly string[],
  base: Record<string, string>,
): AsyncGenerator<Buffer> {
  const { argv, env, cwd } = programOf(call, fixed, base);
  const [file, ...args] = argv;
  const child = spawn(file, args, { env, cwd, detached: true });
  // git may end before it has read all of its input; the exit code tells what that means.
  child.stdin.on("error", () => undefined);
  child.stdin.end(call.stdin ?? "");
  const problems: Buffer[] = [];
  child.stderr.on("data", (chunk: Buffer) => problems.push(chunk));
  const end = new Promise<Pick<GitOutput, "code" | "stderr">>((resolve, reject) => {
    child.on("error", (cause) => reject(gitMissing(cause, call.cwd)));
    child.on("close", (code, signal) =>
      resolve({
        code: code ?? 128,
        stderr: signal ? endedBy(signal) : Buffer.concat(problems).toString("utf8"),
      }),
    );
  });
  // Told below, or by nobody where the reader has stopped.
  end.catch(() => undefined);
  try {
    yield* child.stdout as AsyncIterable<Buffer>;
    const output = await end;
    if (output.code !== 0) throw gitFailed(call.args[0] ?? "", output);
  } finally {
    child.kill();
  }
}

const endedBy = (signal: string): string => `git was ended by ${signal}`;

function programOf(call: GitCall, fixed: readonly string[], base: Record<string, string>) {
  const place = [
    ...(call.settings ?? []).flatMap((setting) => ["-c", setting]),
    ...(call.gitDir ? [`--git-dir=${call.gitDir}`] : []),
    ...(call.workTree ? [`--work-tree=${call.workTree}`] : []),
  ];
  const env: Record<string, string> = { ...base };
  if (call.indexFile) env["GIT_INDEX_FILE"] = call.indexFile;
  if (call.borrow) env["GIT_ALTERNATE_OBJECT_DIRECTORIES"] = call.borrow.map(quoteInList).join(":");
  return {
    argv: ["git", ...fixed, ...place, ...call.args] as const,
    env,
    // Never the folder that the program was started in: it may go while a run is under way.
    cwd: call.cwd ?? call.workTree ?? call.gitDir ?? "/",
  };
}

/** A path in a list that colons separate; git reads what is in double quotes as C would. */
const quoteInList = (path: string): string => (/[:"]/.test(path) ? JSON.stringify(path) : path);

function gitMissing(cause: NodeJS.ErrnoException, cwd: string | undefined): AppError {
  const absent = cause.code === "ENOENT" ? "there is none on the PATH, or no such folder" : cause.message;
  return new AppError({
    code: "git-missing",
    message: `git could not be started${cwd ? ` in ${cwd}` : ""}: ${absent}`,
    action: "Install git 2.38 or newer and see that it is on the PATH.",
    exitCode: 4,
    cause,
  });
}

/** For calls that cannot fail on a sound machine: the output, or an AppError that carries git's words. */
export async function gitOrThrow(git: Pick<Git, "run">, call: GitCall): Promise<string> {
  const output = await git.run(call);
  if (output.code === 0) return output.stdout;
  throw gitFailed(call.args[0] ?? "", output);
}

export function gitFailed(command: string, { code, stderr }: Pick<GitOutput, "code" | "stderr">): AppError {
  return new AppError({
    code: "git-failed",
    message: `git ${command} failed (exit ${code}): ${stderr.trim().slice(0, 2000)}`,
    action: "Check free space and permissions of the repository's .git folder and of the state folder.",
    exitCode: 4,
  });
}

/** The fields of an output that NUL separates (`-z`). */
export const fields = (output: string): string[] => output.split("\0").filter((field) => field !== "");
