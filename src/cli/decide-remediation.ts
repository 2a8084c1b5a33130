import { evidenceOf, type Proposal, verdictOf } from "../assessment/remediation/propose.ts";
import { AppError, exitCodes } from "../domain/app-error.ts";
import type { AssessedPhase, Assessment } from "../domain/assessment.ts";
import {
  type Disposition,
  type DispositionEvidence,
  type DispositionKind,
  subjectOf,
} from "../domain/dispositions.ts";
import { unreachable } from "../domain/result.ts";
import { planPrefixes } from "./remediation-plans.ts";

/** A proposal held against the assessment and what was decided before. */
export interface Decision {
  readonly proposal: Proposal;
  /** What recording it does, and what it does not. */
  readonly effect: string;
  /** The id of the same disposition that was recorded before: nothing is to be done. */
  readonly already: string | null;
  readonly evidence: DispositionEvidence | null;
  /** The phases that it sends into a plan. */
  readonly phases: readonly AssessedPhase[];
}

/** Only for a phase: of a whole run they would say more than anybody looked at. */
const ofPhasesOnly: ReadonlySet<DispositionKind> = new Set(["credit", "defer", "retry"]);

/** @throws AppError `remediation-refused` with everything that speaks against recording it. */
export function decideRemediation(
  proposals: readonly Proposal[],
  assessment: Assessment,
  known: readonly Disposition[],
  file: string,
): Decision[] {
  const faults: string[] = [];
  const byRun = Map.groupBy(assessment.phases, ({ record }) => record.runId);
  const bySubject = new Map(assessment.phases.map((phase) => [subjectOf(phase.record), phase]));
  // Also where something else stands in its place by now: a person has decided that.
  const before = new Map(known.map((one) => [`${one.kind} ${subjectOf(one)}`, one.id]));
  const decisions = proposals.flatMap((proposal): Decision[] => {
    const subject = subjectOf(proposal);
    const own = bySubject.get(subject);
    const phases = proposal.phaseId === null ? (byRun.get(proposal.runId) ?? []) : own ? [own] : [];
    const fault = faultOf(proposal, phases);
    if (fault !== undefined) {
      faults.push(`${subject}: ${fault}`);
      return [];
    }
    const [phase] = phases;
    return [
      {
        proposal,
        effect: effectOf(proposal, phases),
        already: before.get(`${proposal.kind} ${subject}`) ?? null,
        evidence: proposal.phaseId !== null && phase ? evidenceOf(phase, assessment.revision) : null,
        phases: planPrefixes[proposal.kind] === undefined ? [] : phases.filter(isLeft),
      },
    ];
  });
  if (faults.length > 0) throw refused(file, faults);
  return decisions;
}

const isLeft = ({ verdict }: AssessedPhase): boolean => verdict.name !== "complete";

function faultOf({ kind, phaseId, verdict }: Proposal, phases: readonly AssessedPhase[]): string | undefined {
  const [phase] = phases;
  if (!phase) return phaseId === null ? "there is no such run" : "there is no such phase";
  if (phaseId === null && ofPhasesOnly.has(kind)) return `${kind} is for a phase: name it with \`phase\``;
  if (phaseId !== null && verdict !== null && verdictOf(phase) !== verdict)
    return `it was assessed as ${verdict}, and is ${verdictOf(phase)} now`;
  return undefined;
}

function effectOf({ kind, phaseId }: Proposal, phases: readonly AssessedPhase[]): string {
  const left = phases.filter(isLeft).length;
  const recorded = phases[0]?.record.recordedState;
  const stays = phaseId === null || !recorded ? "" : `; its record stays ${recorded}`;
  switch (kind) {
    case "annotate":
      return `noted${stays}`;
    case "credit":
      return `counted as delivered${stays}`;
    case "defer":
      return `into the backlog and a plan for later${stays}`;
    case "archive":
      return `${phaseId === null ? `${left} of its phases ` : ""}into the backlog and a plan to lift it out of${stays}`;
    case "preserve":
      return "its run is kept through every clean-up";
    case "retry":
      return `into a plan of a new run${stays}`;
    default:
      return unreachable(kind);
  }
}

const refused = (file: string, faults: readonly string[]): AppError =>
  new AppError({
    code: "remediation-refused",
    message: `nothing was recorded of ${file}: ${faults.slice(0, 5).join("; ")}${faults.length > 5 ? ` and ${faults.length - 5} more` : ""}`,
    action: "Mend these entries, or make the file anew with `autopack remediate plan`.",
    exitCode: exitCodes.plan,
  });
