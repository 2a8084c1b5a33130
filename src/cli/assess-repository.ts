import type { App } from "../app.ts";
import { type AssessmentInput, assess } from "../assessment/assess.ts";
import { findClaims } from "../assessment/claims/match-claims.ts";
import { gatherEvidence } from "../assessment/evidence/gather-evidence.ts";
import { recordOfRun } from "../assessment/record-of-run.ts";
import { nameOfPhase } from "../assessment/same-work.ts";
import { AppError, exitCodes } from "../domain/app-error.ts";
import type { Assessment } from "../domain/assessment.ts";
import type { RunRecord } from "../domain/record.ts";
import { listSome, quote } from "../plan/wording.ts";
import { gatherClaimSources, usualDocuments } from "./claim-sources.ts";
import { buildAll, foldRecords } from "./records.ts";

export interface AssessOptions {
  /** Ids of runs or the beginnings of some; empty: all. */
  readonly runs: readonly string[];
  /** A revision of the user's repository. */
  readonly at: string;
  /** Globs of documents; empty: the usual ones. */
  readonly claims: readonly string[];
  readonly runTests: boolean;
}

/**
 * What can be concluded of the runs in the ledger, own and imported, from a revision. Everything is looked at, so that
 * later work of another run counts; `runs` says what is told.
 */
export async function assessRepository(app: App, options: AssessOptions): Promise<Assessment> {
  const revision = await resolveRevision(app, options.at);
  const all = await loadRecords(app);
  const chosen = chooseRuns(all, options.runs);
  const evidence = await gatherAll(app, revision, all);
  const sources = await gatherClaimSources(
    app,
    revision,
    all,
    options.claims.length === 0 ? usualDocuments : options.claims,
  );
  const found = findClaims(sources, all, pathsOf(all));
  const whole = assess({
    revision,
    runs: all,
    evidence,
    claims: found.claims,
    unmatchedClaims: found.unmatched,
  });
  return only(whole, chosen);
}

/** What git shows of the deliverables of every phase, by `RUN/PHASE`. */
async function gatherAll(
  { platform: { git, files }, repository, environment, config: { limits } }: App,
  revision: string,
  runs: readonly RunRecord[],
): Promise<AssessmentInput["evidence"]> {
  const found = await gatherEvidence(
    { git, files, gitDir: repository.commonDir, scratch: environment.tmpRoot },
    revision,
    runs.flatMap(({ phases }) => phases),
    {
      limits: {
        fileBytes: limits.evidence_file_bytes,
        treeBytes: limits.evidence_code_bytes,
        events: limits.evidence_changes,
      },
    },
  );
  return new Map(found.map((phase) => [nameOfPhase(phase), phase]));
}

async function resolveRevision({ platform: { git }, repository }: App, at: string): Promise<string> {
  const gitDir = at === "HEAD" ? repository.gitDir : repository.commonDir;
  const found = await git.run({
    gitDir,
    args: ["rev-parse", "--verify", "--quiet", "--end-of-options", `${at}^{commit}`],
  });
  if (found.code === 0) return found.stdout.trim();
  throw new AppError({
    code: "no-such-revision",
    message: `${quote(at)} is no commit of this repository`,
    action: "Name a branch, a tag or a commit with --at.",
    exitCode: exitCodes.plan,
  });
}

/** Own and imported runs, in the order of time; those whose time is unknown come last, by id. */
async function loadRecords(app: App): Promise<RunRecord[]> {
  const own: RunRecord[] = [];
  for (const { runId } of await app.store.index.runs()) {
    const loaded = await app.store.ledger.loadRun(runId);
    if (loaded) own.push(recordOfRun(loaded.state));
  }
  const records = [...own, ...buildAll(await foldRecords(app)).runs];
  const since = ({ createdAt }: RunRecord) => createdAt?.at ?? "9999";
  return records.sort((a, b) => compareText(since(a), since(b)) || compareText(a.runId, b.runId));
}

function chooseRuns(all: readonly RunRecord[], names: readonly string[]): ReadonlySet<string> {
  if (names.length === 0) return new Set(all.map(({ runId }) => runId));
  return new Set(
    names.map((name) => {
      const among = all.filter(({ runId }) => name !== "" && runId.startsWith(name));
      const run = among.find(({ runId }) => runId === name) ?? among[0];
      if (!run) throw noSuchRun(name);
      if (among.length > 1 && run.runId !== name) throw ambiguous(name, among);
      return run.runId;
    }),
  );
}

const pathsOf = (runs: readonly RunRecord[]): Set<string> =>
  new Set(
    runs.flatMap(({ phases }) =>
      phases.flatMap(({ expectations }) =>
        expectations.flatMap(({ target }) =>
          target.kind === "path" || target.kind === "directory" ? target.path : [],
        ),
      ),
    ),
  );

/** The part of an assessment that is about the chosen runs. */
function only(whole: Assessment, chosen: ReadonlySet<string>): Assessment {
  const ofChosen = (subject: string) => chosen.has(subject.slice(0, subject.lastIndexOf("/")));
  return {
    ...whole,
    phases: whole.phases.filter(({ record }) => chosen.has(record.runId)),
    rootCauses: whole.rootCauses.filter(({ phases }) => phases.some(ofChosen)),
    decisionMatrix: {
      phases: whole.decisionMatrix.phases.filter(({ subject }) => ofChosen(subject)),
      runs: whole.decisionMatrix.runs.filter(({ subject }) => chosen.has(subject)),
    },
    contradictions: whole.contradictions.filter(({ runId }) => runId === null || chosen.has(runId)),
  };
}

const compareText = (a: string, b: string): number => (a < b ? -1 : Number(a > b));

const noSuchRun = (name: string): AppError =>
  new AppError({
    code: "no-such-run",
    message: `no run is called ${quote(name)}`,
    action: "`autopack status` lists the runs of this repository.",
    exitCode: exitCodes.plan,
  });

const ambiguous = (name: string, among: readonly RunRecord[]): AppError =>
  new AppError({
    code: "run-ambiguous",
    message: `${quote(name)} is the beginning of several runs: ${listSome(among.map(({ runId }) => runId))}`,
    action: "Give more of the run's id.",
    exitCode: exitCodes.plan,
  });
