import type { Diagnostic } from "../../domain/finding.ts";
import { compareDiagnostics } from "./compare-diagnostics.ts";
import type { DiagnosticReport } from "./diagnostics.ts";

/** How a command ended, and what it said. */
export interface CommandReport extends DiagnosticReport {
  readonly exitCode: number;
}

export interface DiagnosticsAssessment {
  /** `known`: it failed, and only for what was there before the change. */
  readonly outcome: "passed" | "known" | "failed";
  /** A sentence. */
  readonly why: string;
  readonly fresh: readonly Diagnostic[];
  readonly known: readonly Diagnostic[];
}

/**
 * Judges a type check, build or lint beside its run at the base. A failure is known only when all of it is explained:
 * at the base the command ended with the same exit code, both outputs were read whole, and everything that makes it
 * fail now was said then. What cannot be explained is a failure.
 */
export function assessDiagnostics(now: CommandReport, baseline: CommandReport | null): DiagnosticsAssessment {
  const { fresh, known } = compareDiagnostics(baseline?.diagnostics ?? null, now.diagnostics);
  const assess = (outcome: DiagnosticsAssessment["outcome"], why: string) => ({ outcome, why, fresh, known });
  const failed = (why: string) => assess("failed", `It exited with ${now.exitCode}${why}.`);

  if (now.exitCode === 0) return assess("passed", "It exited with 0.");
  if (now.diagnostics.length === 0) return failed(", and its output names no place");
  // Warnings alone make a command fail only where nothing worse does.
  const isError = ({ severity }: Diagnostic) => severity === "error";
  const grave = now.diagnostics.some(isError) ? fresh.filter(isError) : fresh;
  if (baseline === null) return failed(`, with ${counted(grave)}; nothing is known of before the change`);
  if (grave.length > 0)
    return failed(`, with ${counted(grave)} that ${grave.length === 1 ? "was" : "were"} not there before`);
  if (baseline.exitCode !== now.exitCode)
    return failed(
      `, but with ${baseline.exitCode} before the change, and what it says does not explain that`,
    );
  if (!now.isWhole || !baseline.isWhole)
    return failed(
      ", and its output holds only a part of what it found, so that no new error can be ruled out",
    );
  return assess(
    "known",
    `It exited with ${now.exitCode}, as before the change: ${counted(known)}, none of them new.`,
  );
}

function counted(diagnostics: readonly Diagnostic[]): string {
  const noun = diagnostics.some(({ severity }) => severity === "error") ? "error" : "warning";
  const count = diagnostics.filter(({ severity }) => severity === noun).length;
  return `${count} ${noun}${count === 1 ? "" : "s"}`;
}
