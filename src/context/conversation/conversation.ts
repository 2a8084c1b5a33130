import type { ChangedFile, Violation } from "../../domain/change.ts";
import { type Evidence, type Failure, type FailureKind, factsOf } from "../../domain/failure.ts";
import type { PhaseState, RunState } from "../../domain/fold.ts";
import { type AttemptState, tokensOf } from "../../domain/fold-attempt.ts";
import { redact } from "../../domain/redact.ts";

/** Where and when a turn was taken. */
export interface Taken {
  readonly runId: string;
  readonly attempt: number;
}

/** One thing that was said or done about a phase. */
export type Turn = Taken &
  (
    | {
        readonly turn: "asked";
        readonly at: string;
        readonly builder: string;
        readonly base: string;
        readonly description: string;
        readonly deliverables: readonly string[];
        readonly write: readonly string[];
      }
    | {
        readonly turn: "built";
        readonly exitCode: number | null;
        readonly tokens: number | null;
        readonly claim: string | null;
        readonly decisions: readonly string[];
      }
    | {
        readonly turn: "changed";
        readonly fileCount: number;
        readonly files: readonly Pick<ChangedFile, "path" | "status" | "bytes" | "lines">[];
      }
    | RefusedTurn
    | {
        readonly turn: "interrupted";
        readonly cause: "crash" | "stopped";
        readonly why: string;
        readonly tokens: number | null;
        readonly decisions: readonly string[];
        readonly rescue: string | null;
      }
    | {
        readonly turn: "approved" | "rejected" | "retried";
        readonly said: string;
        readonly reviews: readonly string[];
      }
    | { readonly turn: "completed"; readonly commit: string }
  );

/** Why an attempt did not count. */
export interface RefusedTurn extends Taken {
  readonly turn: "refused";
  readonly kind: FailureKind;
  readonly class: Failure["class"];
  readonly message: string;
  readonly fingerprint: string;
  readonly evidence: readonly Evidence[];
  /** What else was found wrong: rules that the change broke, reasons of the gate, tests, lines without a test. */
  readonly reasons: readonly string[];
}

/** What passed between the program and its builders about one phase, over all attempts and linked runs. */
export interface Conversation {
  readonly runId: string;
  readonly phaseId: string;
  /** Oldest first. */
  readonly turns: readonly Turn[];
  /** Rules that were broken and what people said: what holds for every further attempt. Each once. */
  readonly constraints: readonly string[];
  /** What builders decided, oldest first. Claims. */
  readonly decisions: readonly (Taken & { readonly text: string })[];
  /** What no later attempt has answered: the last refusal of a change, and of the last attempt. */
  readonly open: readonly RefusedTurn[];
}

/** How many of a sort are listed; the count of the others is said. */
const mostListed = 20;
const mostFiles = 50;
const longestSaid = 600;

/**
 * The conversation about a phase, from the folded events of its run and of the runs that it continues, oldest first.
 * Pure: the same events give the same, however often the run was taken up in between.
 */
export function conversationOf(
  state: RunState,
  phaseId: string,
  earlier: readonly RunState[] = [],
): Conversation {
  const tries = [...earlier, state].flatMap((run) => {
    const phase = run.phases.find(({ spec }) => spec.id === phaseId);
    return (phase?.attempts ?? []).map((attempt) => ({ run, phase: phase as PhaseState, attempt }));
  });
  const turns = tries.flatMap(({ run, phase, attempt }) => turnsOf(run.runId, phase, attempt));
  const answered = tries.findLastIndex(({ attempt }) => isJudged(attempt));
  const since = tries.slice(Math.max(0, answered));
  const isSince = ({ runId, attempt }: Taken) =>
    since.some((later) => later.run.runId === runId && later.attempt.attempt === attempt);
  const refusals = turns.filter((turn): turn is RefusedTurn => turn.turn === "refused");
  const unanswered = refusals.filter((turn) => turn.class !== "transient" && isSince(turn));
  return {
    runId: state.runId,
    phaseId,
    turns,
    constraints: [...new Set([...rulesBroken(tries.map(({ attempt }) => attempt)), ...saidByPeople(turns)])],
    decisions: turns.flatMap((turn) =>
      turn.turn === "built" || turn.turn === "interrupted"
        ? turn.decisions.map((text) => ({ runId: turn.runId, attempt: turn.attempt, text }))
        : [],
    ),
    open: unanswered.length > 2 ? [...unanswered.slice(0, 1), ...unanswered.slice(-1)] : unanswered,
  };
}

/** Whether something was found out about its change: what was wrong before is answered then. */
const isJudged = ({ verification, violations = [], outcome }: AttemptState): boolean =>
  outcome === "passed" || verification !== undefined || violations.length > 0;

function turnsOf(runId: string, { spec, retries = [] }: PhaseState, attempt: AttemptState): Turn[] {
  const taken = { runId, attempt: attempt.attempt };
  const { build, change, failure, interruption, approvals = [], outcome, integration, part } = attempt;
  const ordered = part ? spec.deliverables.slice(part.number - 1, part.number) : spec.deliverables;
  const asked: Turn = {
    ...taken,
    turn: "asked",
    at: attempt.startedAt,
    builder: attempt.builder,
    base: attempt.base,
    description: spec.description,
    deliverables: ordered.map(({ path }) => path),
    write: spec.scope.write,
  };
  const turns: Turn[] = [asked];
  if (build)
    turns.push({
      ...taken,
      turn: "built",
      exitCode: build.exitCode,
      tokens: build.tokens,
      claim: build.claim,
      decisions: build.decisions ?? [],
    });
  if (change)
    turns.push({
      ...taken,
      turn: "changed",
      fileCount: change.fileCount,
      files: change.files
        .slice(0, mostFiles)
        .map(({ path, status, bytes, lines }) => ({ path, status, bytes, ...(lines ? { lines } : {}) })),
    });
  for (const { by, reason, reviews } of approvals)
    turns.push({
      ...taken,
      turn: "approved",
      said: said(`${by} accepted it: ${reason}`),
      reviews: reviews.map(({ message }) => message),
    });
  if (failure?.kind === "review-rejected")
    turns.push({
      ...taken,
      turn: "rejected",
      said: said(failure.message),
      reviews: failure.evidence.map(({ detail }) => detail),
    });
  if (failure) turns.push(refusalOf(taken, attempt, failure));
  if (interruption)
    turns.push({
      ...taken,
      turn: "interrupted",
      cause: interruption.cause,
      why: interruption.why,
      tokens: tokensOf(attempt),
      decisions: interruption.decisions ?? [],
      rescue: interruption.rescue?.ref ?? null,
    });
  for (const { by, reason, after } of retries)
    if (after === attempt.attempt)
      turns.push({
        ...taken,
        turn: "retried",
        said: said(`${by} had it tried again: ${reason}`),
        reviews: [],
      });
  if (outcome === "passed" && integration)
    turns.push({ ...taken, turn: "completed", commit: integration.commit });
  return turns;
}

/** People type what they like: it has not gone through a log. */
const said = (text: string): string => redact(text, []).slice(0, longestSaid);

function refusalOf(taken: Taken, attempt: AttemptState, failure: Failure): RefusedTurn {
  const { kind, class: failureClass, message, fingerprint, evidence } = failure;
  const { verification, violations = [] } = attempt;
  const checks = verification?.checks ?? [];
  const all = [
    ...violations.map((violation) => violation.message),
    ...(verification?.reasons ?? []),
    ...(verification?.inspection?.findings ?? []).map(
      (finding) => `${finding.path}:${finding.line}: ${finding.rule}: ${finding.message}`,
    ),
    ...checks.flatMap(({ name, tests }) =>
      (tests?.listed ?? [])
        .filter(({ change }) => change === "new-failure")
        .map(({ id }) => `test of ${name} fails: ${id}`),
    ),
    ...checks.flatMap(({ coverage }) =>
      (coverage?.uncovered ?? []).map(
        ({ path, lines }) =>
          `no test executes ${path}: ${lines.map(({ from, to }) => (from === to ? from : `${from}-${to}`)).join(", ")}`,
      ),
    ),
  ];
  const reasons = [...new Set(all)];
  const more = reasons.length - mostFiles;
  return {
    ...taken,
    turn: "refused",
    kind,
    class: failureClass,
    message,
    fingerprint,
    evidence,
    reasons: more > 0 ? [...reasons.slice(0, mostFiles), `and ${more} more`] : reasons,
  };
}

/** One line for each rule, with the paths at which it was broken. */
function rulesBroken(attempts: readonly AttemptState[]): string[] {
  const paths = new Map<Violation["kind"], Set<string>>();
  for (const { kind, path } of attempts.flatMap(({ violations = [] }) => violations)) {
    const known = paths.get(kind) ?? new Set();
    paths.set(kind, known.add(path));
  }
  return [...paths].map(([kind, broken]) => {
    const listed = [...broken].slice(0, mostListed).join(", ");
    const more = broken.size > mostListed ? ` and ${broken.size - mostListed} more` : "";
    return `${kind} (${factsOf(kind).meaning}): ${listed}${more}`;
  });
}

const saidByPeople = (turns: readonly Turn[]): string[] =>
  turns.flatMap((turn) =>
    turn.turn === "approved" || turn.turn === "rejected" || turn.turn === "retried"
      ? [
          `${turn.said}${turn.reviews.length > 0 ? ` (${turn.reviews.slice(0, mostListed).join("; ").slice(0, longestSaid)})` : ""}`,
        ]
      : [],
  );
