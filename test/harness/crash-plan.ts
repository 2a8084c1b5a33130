import { join } from "node:path";
import { createRepository } from "./temp.ts";

/** The text of a builder script: the steps of each attempt. */
export const script = (...attempts: string[]) =>
  `attempts:\n${attempts.map((steps) => `  - steps: [${steps}]\n`).join("")}`;
/** A line of a plan: the phase ID that writes ID.txt by the script s/ID.yaml. */
export const phase = (id: string, more: string) =>
  `      - { id: ${id}, description: ${id}, category: backend, deliverables: [${id}.txt], builder: { scripted: s/${id}.yaml }${more} }\n`;

/**
 * A phase with a failure and a retry and one that depends on it; builders in process and as children. With room for
 * more than one phase at a time, another beside them.
 */
export function createCrashRepository(folder: string, maxParallel: number): void {
  createRepository(join(folder, "repo"), {
    "autopack.yaml": `version: 1\nlimits: { max_parallel: ${maxParallel} }\n`,
    "s/a.yaml": script(`{ write: { path: a.txt, content: "a\\n" } }`),
    "s/b.yaml": script(`{ write: { path: b.txt, content: "wrong\\n" } }`, `{ run: "echo right > b.txt" }`),
    "s/c.yaml": script(`{ write: { path: c.txt, content: "c\\n" } }`),
    "plan.yaml": `version: 1
run: { id: crash, goal: Survive every kill }
checks: { right: "! grep -q wrong *.txt" }
tiers:
  - id: core
    phases:
${maxParallel > 1 ? phase("a", "") : ""}${phase("b", "")}${phase("c", ", depends_on: [b]")}`,
  });
}
