import { join, relative } from "node:path";
import { AppError } from "../domain/app-error.ts";
import { err, ok, type Result } from "../domain/result.ts";
import { gitFailed, gitOrThrow } from "./git.ts";
import type { Platform } from "./ports.ts";
import type { Repository } from "./repository.ts";
import { findSubmodules } from "./submodules.ts";

/** The bare repository that holds our indexes, attempt commits, run heads and rescue refs. */
export interface PrivateRepository {
  readonly gitDir: string;
  readonly user: Repository;
  readonly identity: { readonly name: string; readonly email: string };
}

export const runHeadRef = (runId: string): string => `refs/autopack/runs/${runId}/head`;
export const attemptRef = (runId: string, phaseId: string, attempt: number): string =>
  `refs/autopack/attempts/${runId}/${phaseId}/${attempt}`;
export const rescueRef = (runId: string, phaseId: string, attempt: number): string =>
  `refs/autopack/rescue/${runId}/${phaseId}/${attempt}`;
const basePin = (runId: string): string => `refs/autopack/base/${runId}`;
export const publishedBranch = (runId: string): string => `autopack/${runId}`;

/** Where the indexes of workspaces lie: out of reach of what runs in them. */
export const indexFolder = (gitDir: string): string => join(gitDir, "indexes");

/**
 * Bytes come into a workspace and back as the tree has them: no filter runs (LFS stays pointers), no line end or
 * encoding is converted, whatever a `.gitattributes` says. Git heeds this file before those of the tree.
 */
export const exactBytes = "* -text !eol !crlf !filter !ident !working-tree-encoding\n";

/** Opens the private repository, making it when it is not there; doing so again changes nothing. */
export async function openPrivateRepository(
  platform: Platform,
  user: Repository,
  identity: { name: string; email: string },
): Promise<PrivateRepository> {
  const gitDir = join(user.ownDir, "repo.git");
  const alternates = join(gitDir, "objects", "info", "alternates");
  if (!(await platform.files.stat(alternates))) await initBare(platform, user, gitDir);
  const own = (path: string, content: string | Buffer | null) =>
    writeIfOther(platform, join(gitDir, path), content);
  await own(join("objects", "info", "alternates"), `${join(user.commonDir, "objects")}\n`);
  await own(join("info", "attributes"), exactBytes);
  await own(join("indexes", "README"), "Indexes of workspaces, made and removed with them.\n");
  await own("shallow", await platform.files.read(join(user.commonDir, "shallow")));
  return { gitDir, user, identity };
}

const mostInits = 20;
const initPauseMs = 100;

/** What git says when another process makes the same repository at the same moment: doing it again has no effect. */
const madeMeanwhile = /lock|File exists/;

async function initBare({ git, clock }: Platform, user: Repository, gitDir: string): Promise<void> {
  const format = `--object-format=${user.objectFormat}`;
  const args = ["init", "--quiet", "--bare", "--template=", format, gitDir];
  for (let left = mostInits; ; left--) {
    const output = await git.run({ cwd: user.commonDir, args });
    if (output.code === 0) return;
    if (left === 0 || !madeMeanwhile.test(output.stderr)) throw gitFailed("init", output);
    await clock.sleep(initPauseMs);
  }
}

/** Makes a file what it should be: the repository may have been moved, deepened, or opened by an older version. */
async function writeIfOther(
  { files }: Platform,
  path: string,
  content: string | Buffer | null,
): Promise<void> {
  const present = await files.read(path);
  if (content === null) {
    if (present) await files.remove(path);
  } else if (!present?.equals(Buffer.from(content))) await files.write(path, content);
}

/**
 * Pins in the user's repository what we borrow, so that their `gc` cannot take it, and starts the run's head at
 * `base`. A run that continues another borrows what that one does: its own base may be in our repository only.
 */
export async function createRunRefs(
  platform: Pick<Platform, "git" | "files">,
  repository: PrivateRepository,
  run: { readonly runId: string; readonly base: string; readonly continues?: string },
): Promise<void> {
  const { git } = platform;
  const { runId, base, continues } = run;
  const pin = (gitDir: string, commit: string) =>
    gitOrThrow(git, { gitDir, args: ["update-ref", "--no-deref", basePin(runId), commit] });
  await pin(repository.user.commonDir, continues === undefined ? base : await pinnedBase(continues));
  for (const submodule of await findSubmodules(platform, repository, base))
    if (submodule.gitDir) await pin(submodule.gitDir, submodule.commit);
  await writeRef(platform, repository, runHeadRef(runId), base);

  /** A run that was cleaned up has no pin any more; what it published may be in the user's repository. */
  async function pinnedBase(earlier: string): Promise<string> {
    const gitDir = repository.user.commonDir;
    const pinned = await git.run({ gitDir, args: ["rev-parse", "--verify", "--quiet", basePin(earlier)] });
    if (pinned.code === 0) return pinned.stdout.trim();
    if ((await git.run({ gitDir, args: ["cat-file", "-e", `${base}^{commit}`] })).code === 0) return base;
    throw new AppError({
      code: "run-forgotten",
      message: `the commits of run ${earlier} were cleaned up, and its branch is gone`,
      action: "Start a new run.",
      exitCode: 2,
    });
  }
}

/** Lets the user's repository forget a run: its pins, and with them what a `gc` of theirs may take. */
export async function deletePins(
  platform: Pick<Platform, "git" | "files">,
  repository: PrivateRepository,
  run: { readonly runId: string; readonly base: string },
): Promise<void> {
  const submodules = await findSubmodules(platform, repository, run.base);
  const gitDirs = [repository.user.commonDir, ...submodules.map((submodule) => submodule.gitDir)];
  for (const gitDir of gitDirs)
    if (gitDir)
      await gitOrThrow(platform.git, {
        gitDir,
        args: ["update-ref", "--no-deref", "-d", basePin(run.runId)],
      });
}

/** A run's ref in the user's repository, and the commit that it keeps there. */
export interface Pin {
  readonly runId: string;
  readonly ref: string;
  readonly base: string;
}

export async function listPins({ git }: Pick<Platform, "git">, { user }: PrivateRepository): Promise<Pin[]> {
  const args = ["for-each-ref", "--format=%(objectname) %(refname)", basePin("")];
  const lines = (await gitOrThrow(git, { gitDir: user.commonDir, args })).split("\n");
  return lines.flatMap((line) => {
    const [base = "", ref = ""] = line.split(" ");
    return ref === "" ? [] : [{ runId: ref.slice(basePin("").length), ref, base }];
  });
}

/** Takes back what `createRunRefs` made, as far as that was; what resists is left for `clean`. */
export async function removeRunRefs(
  platform: Platform,
  repository: PrivateRepository,
  run: { readonly runId: string; readonly base: string },
): Promise<void> {
  await platform.git.run({
    gitDir: repository.gitDir,
    args: ["update-ref", "--no-deref", "-d", runHeadRef(run.runId)],
  });
  await deletePins(platform, repository, run);
}

/** The commit a ref points at; undefined when there is no such ref. */
export async function readRef(
  { git }: Platform,
  repository: PrivateRepository,
  ref: string,
): Promise<string | undefined> {
  const output = await git.run({
    gitDir: repository.gitDir,
    args: ["rev-parse", "--verify", "--quiet", ref],
  });
  return output.code === 0 ? output.stdout.trim() : undefined;
}

export async function writeRef(
  { git }: Pick<Platform, "git">,
  repository: PrivateRepository,
  ref: string,
  commit: string,
): Promise<void> {
  await git.moveRef(repository.gitDir, { ref, to: commit });
}

/** Moves a run's head from one commit to another, in one step; the words of git when it stood elsewhere. */
export async function advanceRunHead(
  { git }: Platform,
  repository: PrivateRepository,
  runId: string,
  from: string,
  to: string,
): Promise<Result<void, string>> {
  try {
    await git.moveRef(repository.gitDir, { ref: runHeadRef(runId), to, from });
    return ok(undefined);
  } catch (error) {
    if (error instanceof AppError && error.code === "git-failed") return err(error.message);
    throw error;
  }
}

/** The text of a blob. */
export async function readBlob(
  { git }: Pick<Platform, "git">,
  repository: PrivateRepository,
  blob: string,
): Promise<string> {
  const content = await git.read(repository.gitDir, blob);
  if (!content) throw gitFailed("cat-file", { code: 128, stderr: `there is no object ${blob}` });
  return content.toString("utf8");
}

export interface BlobEntry {
  readonly path: string;
  readonly mode: string;
  readonly blob: string;
}

/** Every file and link in a commit's tree. */
export async function listBlobs(
  { git }: Pick<Platform, "git">,
  repository: PrivateRepository,
  commit: string,
): Promise<BlobEntry[]> {
  const { gitDir } = repository;
  const output = await gitOrThrow(git, { gitDir, args: ["ls-tree", "-r", "-z", "--full-tree", commit] });
  return output.split("\0").flatMap((line): BlobEntry[] => {
    const match = /^(\d+) blob (\w+)\t(.*)$/s.exec(line);
    return match ? [{ mode: match[1] ?? "", blob: match[2] ?? "", path: match[3] ?? "" }] : [];
  });
}

/** Whether anything stands at a path of a tree. */
export async function hasPath(
  { git }: Platform,
  repository: PrivateRepository,
  tree: string,
  path: string,
): Promise<boolean> {
  return (await git.sizeOf(repository.gitDir, `${tree}:${path}`)) !== null;
}

/**
 * Gives the user the run's head as a branch, by a fetch into their repository with hooks off. git refuses a
 * branch that is checked out or that would not move forward; its words are the error.
 */
export async function publishRun(
  { git }: Platform,
  { user, gitDir }: PrivateRepository,
  runId: string,
): Promise<Result<void, string>> {
  const output = await git.run({
    gitDir: user.commonDir,
    // Whatever their `core.worktree` is, git stays here and finds what is relative to here.
    workTree: user.commonDir,
    settings: ["protocol.file.allow=always"],
    args: [
      "fetch",
      "--quiet",
      "--no-tags",
      "--no-write-fetch-head",
      "--no-auto-maintenance",
      "--no-recurse-submodules",
      // Relative, so that no `url.<base>.insteadOf` of theirs leads elsewhere.
      `./${relative(user.commonDir, gitDir)}`,
      `${runHeadRef(runId)}:refs/heads/${publishedBranch(runId)}`,
    ],
  });
  return output.code === 0 ? ok(undefined) : err(output.stderr.trim());
}

/** What the commit of a completed phase says of the ledger. */
export interface PhaseTrailer {
  readonly commit: string;
  readonly runId: string;
  readonly seq: number;
  readonly hash: string;
}

/** The trailers of every phase commit of our runs; a base may hold commits of somebody else's. */
export async function readTrailers(
  { git }: Pick<Platform, "git">,
  repository: PrivateRepository,
): Promise<PhaseTrailer[]> {
  const heads = await listRefs({ git }, repository, ["refs/autopack/runs"]);
  const ours = new Set(heads.map((ref) => ref.split("/")[3]));
  const output = await gitOrThrow(git, {
    gitDir: repository.gitDir,
    args: ["log", "--glob=refs/autopack/runs/*", "--grep=^Autopack-Ledger: ", trailerFormat],
  });
  return parseTrailers(output).filter(({ runId }) => ours.has(runId));
}

/** The trailer of one commit; undefined when there is no such commit, or it is no phase's. */
export async function readTrailer(
  { git }: Pick<Platform, "git">,
  repository: PrivateRepository,
  commit: string,
): Promise<PhaseTrailer | undefined> {
  const args = ["log", "-1", trailerFormat, "--end-of-options", commit, "--"];
  return parseTrailers((await git.run({ gitDir: repository.gitDir, args })).stdout)[0];
}

const trailer = (name: string) => `%(trailers:key=${name},valueonly,separator=%x2C)`;
const trailerFormat = `--format=%H%x00${trailer("Autopack-Run")}%x00${trailer("Autopack-Ledger")}`;

const parseTrailers = (output: string): PhaseTrailer[] =>
  output
    .split("\n")
    .map((line) => /^(\w+)\0([^\0,]+)\0(\d+) ([0-9a-f]{64})$/.exec(line))
    .filter((match) => match !== null)
    .map(([, commit = "", runId = "", seq, hash = ""]) => ({ commit, runId, seq: Number(seq), hash }));

export async function listRefs(
  { git }: Pick<Platform, "git">,
  repository: PrivateRepository,
  below: readonly string[],
): Promise<string[]> {
  const args = ["for-each-ref", "--format=%(refname)", ...below];
  return (await gitOrThrow(git, { gitDir: repository.gitDir, args })).split("\n").filter((ref) => ref !== "");
}

export async function deleteRef(
  { git }: Pick<Platform, "git">,
  repository: PrivateRepository,
  ref: string,
): Promise<void> {
  await gitOrThrow(git, { gitDir: repository.gitDir, args: ["update-ref", "--no-deref", "-d", ref] });
}
