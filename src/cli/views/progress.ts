import type { CheckResult } from "../../domain/certificate.ts";
import type { ChosenStep, Part } from "../../domain/chain.ts";
import type { BaselineRecord, RunEvent, Stored } from "../../domain/events.ts";
import type { RunState } from "../../domain/fold.ts";
import { phasesOf } from "../../domain/plan.ts";
import {
  cleanLines,
  clockTime,
  cut,
  dateTime,
  formatDuration,
  jsonText,
  plural,
  shortHash,
  stripControl,
} from "./text.ts";

/** The event as a discriminated union again: `Stored` keeps type and data apart. */
type Told = RunEvent & { readonly at: string };

const widestPhaseId = 24;
const longestLine = 400;

/** One line for `--events ndjson`: the event as the ledger holds it, without its hashes. */
export function eventLine(runId: string, event: Stored<RunEvent>): string {
  const { seq, at, type, data } = event;
  return jsonText({ schemaVersion: 1, runId, seq, at, type, data });
}

/**
 * One plain line for an event worth telling, null for the others. `state` is the run with the event folded in.
 * The time is UTC.
 */
export function renderEvent(event: Stored<RunEvent>, state: RunState): string | null {
  const told = event as unknown as Told;
  const says = tell(told, state);
  if (says === null) return null;
  const { phaseId } = told.data as { phaseId?: string };
  const subject = phaseId === undefined ? "run" : stripControl(phaseId);
  const width = Math.min(
    widestPhaseId,
    Math.max(...state.phases.map((phase) => phase.spec.id.length), "run".length),
  );
  return cut(`${clockTime(event.at)} ${subject.padEnd(width)}  ${stripControl(says)}`.trimEnd(), longestLine);
}

const waitsFor = { time: "for its time", person: "for a person", budget: "for a budget" } as const;

/** The rest of a message is for the report. */
const firstLine = (message: string): string => cleanLines(message)[0] ?? "";

function tell(event: Told, state: RunState): string | null {
  switch (event.type) {
    case "run-created":
      return `${state.runId} created: ${plural(phasesOf(event.data.plan).length, "phase")} on ${event.data.base.ref} (${shortHash(event.data.base.commit)})`;
    case "run-started":
      return event.data.resumed ? "taken up again" : "started";
    case "run-waiting":
      return `waits ${waitsFor[event.data.on]}: ${event.data.why}${event.data.until ? `, until ${dateTime(event.data.until)}` : ""}`;
    case "run-woken":
      return "the wait is over";
    case "clock-jumped":
      return `the clock jumped ${event.data.byMs < 0 ? "back" : "forward"} by ${formatDuration(Math.abs(event.data.byMs))}: that counts against no budget`;
    case "run-ended":
      return `ended as ${event.data.state}: ${event.data.why}`;
    case "baseline-recorded":
      return tellBaseline(event.data);
    case "request-accepted":
      return event.data.type.replace("-requested", " requested");
    case "phase-gated":
      return `waits for a person: ${event.data.reviews.map(({ message }) => message).join("; ")}`;
    case "phase-approved":
      return `approved by ${event.data.by}: ${event.data.reason}`;
    case "run-published":
      return `published as branch ${event.data.branch}`;
    case "publishing-refused":
      return `not published as branch ${event.data.branch}: ${event.data.why}`;
    case "attempt-started":
      return `attempt ${event.data.attempt} started (${hasSetup(state) ? "setup, then " : ""}builder ${event.data.builder}${tellPart(event.data.part)}${tellStep(event.data.chosen)})`;
    case "builder-warned":
      return event.data.warning
        ? `the builder may be stuck, ${event.data.warning.kind}: ${event.data.warning.message}`
        : "the builder moved again";
    case "build-ended":
      return `builder ended after ${formatDuration(event.data.build.durationMs)}, ${event.data.build.tokens === null ? "tokens unknown" : plural(event.data.build.tokens, "token")}${event.data.build.failure ? `: ${event.data.build.failure.message}` : ""}`;
    case "change-read":
      return event.data.change.fileCount === 0
        ? "nothing changed"
        : `${plural(event.data.change.fileCount, "file")} changed`;
    case "change-assessed":
      return tellAssessed(event.data);
    case "part-built":
      return `attempt ${event.data.attempt} built its part; the next follows`;
    case "verification-started": {
      const what = hasSetup(state) ? "setup and checks" : "checks";
      return event.data.round === 1
        ? `${what} started`
        : `${what} started again (${whyAgain(event.data, state)})`;
    }
    case "check-ended":
      return tellCheck(event.data.result);
    case "gate-decided":
      // A gate that does not pass is told by the failed attempt, stored with it.
      return null;
    case "phase-completed":
      return `complete, proven on tree ${shortHash(event.data.certificate.tree)}`;
    case "attempt-failed":
      return `attempt ${event.data.attempt} failed, ${event.data.failure.kind}: ${firstLine(event.data.failure.message)}`;
    case "attempt-interrupted":
      return `attempt ${event.data.attempt} cut off, ${event.data.cause}: ${event.data.why}${event.data.rescue ? `; its files are kept as ${event.data.rescue.ref}` : ""}`;
    case "phase-delayed":
      return `waits until ${dateTime(event.data.until)}: ${event.data.failure.message}`;
    case "phase-refused":
      return `refused before any attempt, ${event.data.failure.kind}: ${firstLine(event.data.failure.message)}`;
    case "phase-blocked":
      return `blocked by ${event.data.by}: ${event.data.cause}`;
    case "phase-skipped":
      return `proven in run ${event.data.certifiedIn}, not done again`;
    case "phase-failed":
      return `failed, ${event.data.failure.kind}: ${event.data.failure.kind === "breaker-open" ? firstLine(event.data.failure.message) : event.data.because}`;
    case "phase-asked":
      return `waits for a person, ${event.data.failure.kind}: ${event.data.because}`;
    case "phase-retried":
      return `is tried again for ${event.data.by}: ${event.data.reason}`;
    case "build-started":
      return hasSetup(state) ? "setup done, builder started" : null;
    case "integration-started":
    case "publishing-started":
      return null;
  }
}

/** Trying again needs no word. */
const tellPart = (part: Part | undefined): string => (part ? `, part ${part.number} of ${part.of}` : "");

const tellStep = (chosen: ChosenStep | undefined): string =>
  chosen === undefined || chosen.step === "retry" ? "" : `: ${chosen.step}, because ${chosen.because}`;

/** Setup may take minutes, in which nothing else is told. */
const hasSetup = (state: RunState): boolean => state.created.plan.setup.length > 0;

/** A broken rule is told by the failed attempt that follows. */
function tellAssessed({ grantsUsed }: Extract<Told, { type: "change-assessed" }>["data"]) {
  return grantsUsed.length > 0 ? `${plural(grantsUsed.length, "grant")} used` : null;
}

function whyAgain({ phaseId }: { readonly phaseId: string }, { phases }: RunState): string {
  const attempt = phases.find(({ spec }) => spec.id === phaseId)?.attempts.at(-1);
  return attempt?.approvals ? "it was approved" : "the head moved, or the last round was cut off";
}

function tellCheck(result: CheckResult): string {
  const { name, kind, outcome, exitCode, durationMs, why, excused, cache } = result;
  const what = `${kind === "setup" ? "setup" : "check"} ${name}`;
  if (outcome === "inconclusive") return `${what} is inconclusive: ${why ?? "cause unknown"}`;
  const time = formatDuration(durationMs);
  if (excused !== undefined) return `${what} ended in ${time}: ${excused}`;
  const code = outcome === "failed" ? `, exit code ${exitCode ?? "none"}` : "";
  const from = cache?.use === "found" ? `, from the setup cache of ${dateTime(cache.madeAt)}` : "";
  return `${what} ${outcome} in ${time}${code}${from}`;
}

function tellBaseline({ check, state, why, use, counts }: BaselineRecord): string {
  const tests = counts ? ` ${plural(counts.total, "test")}, ${counts.failed} failed` : "";
  const what = state === "valid" ? tests : ` ${state}${why === undefined ? "" : `: ${why}`}`;
  return `baseline of ${check}${use === "found" ? ", found" : ""}:${what === "" ? " known" : what}`;
}
