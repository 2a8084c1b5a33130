import type { App } from "../app.ts";
import { type AssessmentInput, assess } from "../assessment/assess.ts";
import { findClaims } from "../assessment/claims/match-claims.ts";
import { gatherEvidence } from "../assessment/evidence/gather-evidence.ts";
import type { TestRuns } from "../assessment/evidence/run-own-tests.ts";
import { nameOfPhase } from "../assessment/same-work.ts";
import { AppError, exitCodes } from "../domain/app-error.ts";
import type { Assessment, Claim } from "../domain/assessment.ts";
import { foldDispositions } from "../domain/dispositions.ts";
import type { RunRecord } from "../domain/record.ts";
import { quote } from "../plan/wording.ts";
import { chooseRuns, loadRecords } from "./assessed-runs.ts";
import { gatherClaimSources, usualDocuments } from "./claim-sources.ts";

export interface AssessOptions {
  /** Ids of runs or the beginnings of some; empty: all. */
  readonly runs: readonly string[];
  /** A revision of the user's repository. */
  readonly at: string;
  /** Globs of documents; empty: the usual ones. */
  readonly claims: readonly string[];
  /** Told of each stage as it begins. */
  readonly onStage?: (stage: string) => void;
  /** Runs the own tests of phases; left out: they are not run. */
  readonly testsAt?: (revision: string) => TestRuns;
}

/**
 * What can be concluded of the runs in the ledger, own and imported, from a revision. Everything is looked at, so that
 * later work of another run counts; `runs` says what is told.
 */
export async function assessRepository(app: App, options: AssessOptions): Promise<Assessment> {
  const { onStage = () => undefined } = options;
  const revision = await resolveRevision(app, options.at);
  onStage("Reading the records of runs");
  const all = await loadRecords(app);
  const chosen = chooseRuns(all, options.runs);
  onStage(`Looking at ${all.reduce((sum, { phases }) => sum + phases.length, 0)} phases in the history`);
  const evidence = await gatherAll(app, revision, all, options.testsAt?.(revision));
  onStage("Reading claims");
  const sources = await gatherClaimSources(
    app,
    revision,
    all,
    options.claims.length === 0 ? usualDocuments : options.claims,
  );
  onStage("Judging");
  const found = findClaims(sources, all, pathsOf(all));
  const whole = assess({
    revision,
    runs: all,
    evidence,
    claims: [...found.claims, ...(await claimsOfDispositions(app))],
    unmatchedClaims: found.unmatched,
  });
  return only(whole, chosen);
}

/** A credit says that a phase is done: a claim as any other. */
async function claimsOfDispositions({ store }: App): Promise<Claim[]> {
  const dispositions = foldDispositions(await store.ledger.readDispositions());
  return dispositions.flatMap(({ id, kind, runId, phaseId, reason, supersededBy }): Claim[] => {
    if (kind !== "credit" || phaseId === null || supersededBy !== null) return [];
    const subject = { kind: "phase", runId, phaseId } as const;
    return [{ says: "done", subject, by: "disposition", place: id, text: reason, rule: "disposition" }];
  });
}

/** What git shows of the deliverables of every phase, by `RUN/PHASE`. */
async function gatherAll(
  { platform: { git, files }, repository, environment, config: { limits } }: App,
  revision: string,
  runs: readonly RunRecord[],
  tests: TestRuns | undefined,
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
      ...(tests ? { tests } : {}),
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
