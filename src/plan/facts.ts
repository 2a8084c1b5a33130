import { basename, isAbsolute, join, relative, resolve } from "node:path";
import { findDetour } from "../platform/detour.ts";
import type { Git, Platform } from "../platform/ports.ts";
import { openRepository } from "../platform/repository.ts";
import { findSubmodules } from "../platform/submodules.ts";
import { type BuilderFacts, builderOf, buildersOf, programsOf } from "./commands.ts";
import { type DetectedCheck, isTestCheck } from "./detect/part.ts";
import { detectToolchain } from "./detect.ts";
import type { ParsedPlan } from "./parse.ts";
import { longestPathIn } from "./path-length.ts";

/** What lint must know of the world, gathered once and before any judgement. */
export interface PlanFacts {
  readonly repository: RepositoryFacts;
  /** Of the programs that the plan starts (commands.ts `programsOf`), those that were not found. */
  readonly missingPrograms: ReadonlySet<string>;
  /** Of `carry`, those that are not files of the checkout, or lie behind a link. */
  readonly missingCarry: ReadonlySet<string>;
  /** Of the builders' scripts (as the plan or the configuration has them), those that are no files. */
  readonly missingScripts: ReadonlySet<string>;
  /** What the checkout's own files propose as checks; empty where the plan has no use for a proposal. */
  readonly proposed: readonly DetectedCheck[];
  /** ISO 8601 date in UTC. */
  readonly today: string;
  /** The longest path below a workspace's tree that the system can still name whole, in bytes. */
  readonly longestPath: number;
}

export interface RepositoryFacts {
  readonly kind: "none" | "bare" | "checkout";
  /** What git said when `kind` is `none`. */
  readonly why: string;
  /** The checkout's top folder; null without one. */
  readonly top: string | null;
  /** What the repository is in the middle of. */
  readonly operation: "merge" | "rebase" | "cherry-pick" | "revert" | null;
  /** The commit that the base names; null when it names none. */
  readonly base: { readonly commit: string; readonly tree: string } | null;
  /** Names that the base could have meant. */
  readonly refs: readonly string[];
  /** Every file, link and submodule at base. Empty while objects are missing. */
  readonly paths: ReadonlySet<string>;
  /** Of these, the submodules. */
  readonly submodules: ReadonlySet<string>;
  /** Of these, the ones that a workspace cannot be given whole. */
  readonly brokenSubmodules: readonly SubmoduleFacts[];
  /** Objects of the base commit's tree that are not here, and the command that fetches them. */
  readonly missing: { readonly count: number; readonly fetchCommand: string };
  /** Of the deliverables: those that an ignore rule matches. */
  readonly ignored: ReadonlySet<string>;
  /** Of the deliverables: those in a submodule or behind a symbolic link. */
  readonly unreachable: ReadonlySet<string>;
  /** Paths that differ from HEAD or are untracked, without the plan's own file and configuration. */
  readonly uncommitted: readonly string[];
}

export interface SubmoduleFacts {
  readonly path: string;
  /** `absent`: the user has not initialised it. `incomplete`: it lacks the commit that base names, or files of it. */
  readonly state: "absent" | "incomplete";
}

export interface FactsRequest {
  /** Any folder in the checkout. */
  readonly root: string;
  /** The plan file's absolute path. */
  readonly planPath: string;
  /** Absolute path of the configuration file, which may be uncommitted as well as the plan. */
  readonly configPath?: string;
  /** The folder of all workspaces of the repository. */
  readonly workspaceRoot: string;
  readonly findBuilder: (name: string) => BuilderFacts | undefined;
}

/** Looks at everything that the plan names. Writes nothing. */
export async function gatherFacts(
  platform: Platform,
  parsed: ParsedPlan,
  request: FactsRequest,
): Promise<PlanFacts> {
  const { files, processes, clock } = platform;
  const { draft, phases } = parsed;
  const own = [request.planPath, ...(request.configPath === undefined ? [] : [request.configPath])];
  const repository = await gatherRepositoryFacts(platform, request.root, {
    base: draft?.base ?? "HEAD",
    deliverables: phases.flatMap(({ spec }) => spec.deliverables.map(({ path }) => path)),
    own,
  });
  const top = repository.top ?? request.root;
  const isFile = async (path: string) => (await files.stat(path))?.kind === "file";

  const missingPrograms = new Set<string>();
  for (const program of draft === null ? [] : programsOf(draft, request.findBuilder)) {
    if (!(await processes.find(program, top))) missingPrograms.add(program);
  }
  const missingCarry = new Set<string>();
  for (const path of draft?.carry ?? []) {
    const isThere = (await isFile(join(top, path))) && !(await findDetour(files, top, path));
    if (!isThere) missingCarry.add(path);
  }
  const missingScripts = new Set<string>();
  for (const builder of phases.flatMap(({ spec }) => buildersOf(spec, request.findBuilder))) {
    const script = builderOf(builder, request.findBuilder)?.script;
    if (script === undefined) continue;
    const path = isAbsolute(script) ? script : resolve(request.planPath, "..", script);
    if (!(await isFile(path))) missingScripts.add(script);
  }
  const wantsProposal = draft?.checks.some(({ name, report }) => isTestCheck(name) && report === undefined);
  const proposed = wantsProposal ? (await detectToolchain(files, top)).checks : [];
  const today = clock.now().toISOString().slice(0, 10);
  const longestPath = longestPathIn(request.workspaceRoot, parsed);
  return { repository, missingPrograms, missingCarry, missingScripts, proposed, today, longestPath };
}

export interface RepositoryRequest {
  readonly base: string;
  readonly deliverables: readonly string[];
  /** Absolute paths whose being uncommitted does not matter. */
  readonly own: readonly string[];
}

const noRepository: RepositoryFacts = {
  kind: "none",
  why: "",
  top: null,
  operation: null,
  base: null,
  refs: [],
  paths: new Set(),
  submodules: new Set(),
  brokenSubmodules: [],
  missing: { count: 0, fetchCommand: "" },
  ignored: new Set(),
  unreachable: new Set(),
  uncommitted: [],
};

export async function gatherRepositoryFacts(
  platform: Pick<Platform, "git" | "files">,
  root: string,
  request: RepositoryRequest,
): Promise<RepositoryFacts> {
  const { git } = platform;
  const gitDir = await git.run({ args: ["rev-parse", "--absolute-git-dir"], cwd: root });
  if (gitDir.code !== 0) return { ...noRepository, why: gitDir.stderr.trim() };
  const topLevel = await git.run({ args: ["rev-parse", "--show-toplevel"], cwd: root });
  if (topLevel.code !== 0) return { ...noRepository, kind: "bare" };

  const top = topLevel.stdout.replace(/\r?\n$/, "");
  const operation = await readOperation(platform.files, gitDir.stdout.replace(/\r?\n$/, ""));
  const base = await resolveBase(git, top, request.base);
  const missing = base === null ? noRepository.missing : await findMissing(git, top, base.commit);
  const listed = base === null || missing.count > 0 ? noRepository : await listPaths(git, top, base.tree);
  return {
    ...noRepository,
    kind: "checkout",
    top,
    operation,
    base,
    refs: await listRefs(git, top),
    missing,
    paths: listed.paths,
    submodules: listed.submodules,
    brokenSubmodules:
      base === null || missing.count > 0 ? [] : await readBrokenSubmodules(platform, top, base.commit),
    ...(await readIgnored(git, top, request.deliverables)),
    uncommitted: await listUncommitted(git, top, request.own),
  };
}

const operationFiles = [
  ["rebase-merge", "rebase"],
  ["rebase-apply", "rebase"],
  ["MERGE_HEAD", "merge"],
  ["CHERRY_PICK_HEAD", "cherry-pick"],
  ["REVERT_HEAD", "revert"],
] as const;

async function readOperation(
  files: Platform["files"],
  gitDir: string,
): Promise<RepositoryFacts["operation"]> {
  for (const [name, operation] of operationFiles) {
    if ((await files.stat(join(gitDir, name))) !== null) return operation;
  }
  return null;
}

async function resolveBase(git: Git, cwd: string, ref: string): Promise<RepositoryFacts["base"]> {
  const args = ["rev-parse", "--verify", "--quiet", "--end-of-options", `${ref}^{commit}`];
  const resolved = await git.run({ args, cwd });
  if (resolved.code !== 0) return null;
  const commit = resolved.stdout.trim();
  // Read from the commit: asking for the tree itself would fetch it into a partial clone.
  const treeOf = ["rev-list", "--max-count=1", "--no-commit-header", "--format=%T", commit];
  const { code, stdout } = await git.run({ args: treeOf, cwd });
  return code === 0 ? { commit, tree: stdout.trim() } : null;
}

async function listRefs(git: Git, cwd: string): Promise<string[]> {
  const args = ["for-each-ref", "--count=500", "--format=%(refname:short)", "refs/heads", "refs/tags"];
  return splitLines((await git.run({ args, cwd })).stdout);
}

async function listPaths(
  git: Git,
  cwd: string,
  tree: string,
): Promise<Pick<RepositoryFacts, "paths" | "submodules">> {
  const args = ["ls-tree", "-r", "-z", "--full-tree", tree];
  const paths = new Set<string>();
  const submodules = new Set<string>();
  for (const entry of (await git.run({ args, cwd })).stdout.split("\0")) {
    const path = entry.slice(entry.indexOf("\t") + 1);
    if (path !== "") paths.add(path);
    if (entry.startsWith("160000 ")) submodules.add(path);
  }
  return { paths, submodules };
}

/** Counts what a partial or damaged clone lacks of one commit; `--missing=print` keeps git from fetching it. */
async function findMissing(git: Git, cwd: string, commit: string): Promise<RepositoryFacts["missing"]> {
  const args = ["rev-list", "--objects", "--no-walk", "--missing=print", commit];
  const { code, stdout } = await git.run({ args, cwd });
  const count = splitLines(stdout).filter((line) => line.startsWith("?")).length;
  if (code === 0 && count === 0) return { count: 0, fetchCommand: "" };
  const promisors = await git.run({ args: ["config", "--get-regexp", "^remote\\..*\\.promisor$"], cwd });
  const remote = /^remote\.(.+)\.promisor /m.exec(promisors.stdout)?.[1] ?? "origin";
  return { count: Math.max(1, count), fetchCommand: `git fetch --refetch --no-filter ${remote}` };
}

async function readBrokenSubmodules(
  platform: Pick<Platform, "git" | "files">,
  top: string,
  commit: string,
): Promise<SubmoduleFacts[]> {
  const user = await openRepository(platform.git, top);
  const facts: SubmoduleFacts[] = [];
  for (const { path, gitDir, ...linked } of await findSubmodules(
    platform,
    { gitDir: user.gitDir, user },
    commit,
  )) {
    if (gitDir === null) facts.push({ path, state: "absent" });
    else if ((await findMissing(platform.git, gitDir, linked.commit)).count > 0)
      facts.push({ path, state: "incomplete" });
  }
  return facts;
}

/** `--no-index`: the index may be another branch's; what is tracked at base is settled by the base's own paths. */
async function readIgnored(
  git: Git,
  cwd: string,
  deliverables: readonly string[],
): Promise<Pick<RepositoryFacts, "ignored" | "unreachable">> {
  const unreachable = new Set<string>();
  const ask = async (paths: readonly string[]): Promise<string[]> => {
    if (paths.length === 0) return [];
    const args = ["check-ignore", "-z", "--stdin", "--no-index", "--verbose"];
    const { code, stdout } = await git.run({ args, cwd, stdin: paths.map((path) => `./${path}\0`).join("") });
    if (code <= 1) return parseIgnored(stdout);
    // Git refuses the whole list for one path in a submodule or behind a link: halve it until that one is alone.
    if (paths.length === 1) {
      for (const path of paths) unreachable.add(path);
      return [];
    }
    const middle = paths.length >> 1;
    return [...(await ask(paths.slice(0, middle))), ...(await ask(paths.slice(middle)))];
  };
  const ignored = await ask([...new Set(deliverables)]);
  return { ignored: new Set(ignored.map((path) => path.replace(/^\.\//, ""))), unreachable };
}

/** Paths that a `.gitignore` ignores; the rules of the user's own `info/exclude` do not hold in a workspace. */
function parseIgnored(output: string): string[] {
  const fields = output.split("\0");
  const paths: string[] = [];
  for (let index = 0; index + 3 < fields.length; index += 4) {
    const [source, , pattern, path] = fields.slice(index, index + 4) as [string, string, string, string];
    if (basename(source) === ".gitignore" && !pattern.startsWith("!")) paths.push(path);
  }
  return paths;
}

async function listUncommitted(git: Git, top: string, own: readonly string[]): Promise<string[]> {
  const args = ["status", "--porcelain=v2", "-z", "--untracked-files=normal", "--ignore-submodules=all"];
  const { stdout } = await git.run({ args, cwd: top });
  const ignore = new Set(own.map((path) => relative(top, path)));
  return parseStatus(stdout).filter((path) => !ignore.has(path));
}

/** How many fields stand before the path, by the kind of an entry of `status --porcelain=v2`. */
const fieldsBeforePath: Readonly<Record<string, number>> = { "1": 8, "2": 9, u: 10, "?": 1 };

/** The paths of `git status --porcelain=v2 -z`; of a rename the new one. */
export function parseStatus(output: string): string[] {
  const paths: string[] = [];
  const entries = output.split("\0");
  for (let index = 0; index < entries.length; index++) {
    const fields = (entries[index] as string).split(" ");
    const before = fieldsBeforePath[fields[0] as string];
    if (before === undefined) continue;
    paths.push(fields.slice(before).join(" "));
    if (fields[0] === "2") index++;
  }
  return paths;
}

const splitLines = (text: string): string[] => text.split("\n").filter((line) => line !== "");
