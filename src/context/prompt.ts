import type { Part } from "../domain/chain.ts";
import { type CheckSpec, type Deliverable, type PhaseSpec, showArgv } from "../domain/plan.ts";

export interface PromptInput {
  readonly goal: string;
  readonly phase: PhaseSpec;
  /** What of the phase is to be built, a deliverable each; undefined: all of it. */
  readonly part?: Part | undefined;
  readonly checks: readonly CheckSpec[];
  /** What earlier attempts came to, as `summariseConversation` has it. */
  readonly conversation: string;
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
    ...(input.part
      ? partSections(phase.deliverables, input.part)
      : [section("Deliverables", phase.deliverables.map(renderDeliverable))]),
    section(
      "Write only here",
      phase.scope.write.map((glob) => `- ${glob}`),
    ),
    section(
      "Read these first",
      phase.scope.read.map((path) => `- ${path}`),
    ),
    section(
      `Checks that will be run on the result${input.part ? " once all parts are there" : ""}, in a fresh workspace`,
      commands,
    ),
    input.conversation.trim(),
  ]
    .filter((part) => part !== "")
    .join("\n\n")
    .concat("\n");
}

function partSections(deliverables: readonly Deliverable[], { number, of }: Part): string[] {
  const lines = deliverables.map(renderDeliverable);
  return [
    `This is part ${number} of ${of}: the phase is built one deliverable at a time. Build this one and leave the others.`,
    section("Deliverable of this part", lines.slice(number - 1, number)),
    section("Built already, in the workspace", lines.slice(0, number - 1)),
    section("Left to later parts", lines.slice(number)),
  ];
}

function section(title: string, lines: readonly string[]): string {
  return lines.length === 0 ? "" : [`## ${title}`, ...lines].join("\n");
}

const verbs = { any: "create or modify", create: "create", modify: "modify", delete: "delete" } as const;

function renderDeliverable(deliverable: Deliverable): string {
  const texts = deliverable.mustContain.map((text) => JSON.stringify(text)).join(", ");
  return `- ${verbs[deliverable.change]} ${deliverable.path}${texts ? `, containing ${texts}` : ""}`;
}
