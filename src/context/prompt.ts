import type { Failure } from "../domain/failure.ts";
import { type CheckSpec, type Deliverable, type PhaseSpec, showArgv } from "../domain/plan.ts";

export interface PromptInput {
  readonly goal: string;
  readonly phase: PhaseSpec;
  readonly checks: readonly CheckSpec[];
  /** Failures of earlier attempts, oldest first. */
  readonly failures: readonly { readonly attempt: number; readonly failure: Failure }[];
  /** Upper bound of the feedback section, in characters. */
  readonly feedbackChars: number;
}

/** What a builder is asked to do: the same input gives the same text. */
export function renderPrompt(input: PromptInput): string {
  const { phase } = input;
  const commands = [...input.checks, ...phase.acceptance].map(
    (check) => `- ${check.name}: ${showArgv(check.argv)}`,
  );
  return [
    `# ${phase.name}`,
    phase.description.trim(),
    `Part of: ${input.goal}`,
    section("Deliverables", phase.deliverables.map(renderDeliverable)),
    section(
      "Write only here",
      phase.scope.write.map((glob) => `- ${glob}`),
    ),
    section(
      "Read these first",
      phase.scope.read.map((path) => `- ${path}`),
    ),
    section("Checks that will be run on the result, in a fresh workspace", commands),
    renderFeedback(input),
  ]
    .filter((part) => part !== "")
    .join("\n\n")
    .concat("\n");
}

function section(title: string, lines: readonly string[]): string {
  return lines.length === 0 ? "" : [`## ${title}`, ...lines].join("\n");
}

const verbs = { any: "create or modify", create: "create", modify: "modify", delete: "delete" } as const;

function renderDeliverable(deliverable: Deliverable): string {
  const texts = deliverable.mustContain.map((text) => JSON.stringify(text)).join(", ");
  return `- ${verbs[deliverable.change]} ${deliverable.path}${texts ? `, containing ${texts}` : ""}`;
}

/** The newest failure is what matters most, so when room is short the oldest are left out first. */
function renderFeedback(input: PromptInput): string {
  const entries: string[] = [];
  let room = input.feedbackChars;
  for (const { attempt, failure } of input.failures.toReversed()) {
    const evidence = failure.evidence.map((item) => `${item.label}:\n${item.detail}`);
    const entry = [`### Attempt ${attempt}: ${failure.kind}`, failure.message, ...evidence].join("\n");
    if (room <= 0) break;
    entries.unshift(entry.length > room ? `${entry.slice(0, room)}\n(cut)` : entry);
    room -= entry.length;
  }
  return section("What failed before; do not repeat it", entries);
}
