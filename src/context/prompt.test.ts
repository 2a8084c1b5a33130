import { describe, expect, test } from "vitest";
import { sampleDeliverable, samplePhase } from "../../test/harness/sample-run.ts";
import { renderPrompt } from "./prompt.ts";

const phase = samplePhase("search", {
  deliverables: ["src/index.ts", "src/query.ts", "test/query.test.ts"].map(sampleDeliverable),
});
const checks = [{ name: "test", argv: ["npm", "test"] as const }];
const promptOf = (part?: { number: number; of: number }) =>
  renderPrompt({ goal: "Full-text search", phase, part, checks, conversation: "" });

describe("a prompt", () => {
  test("asks for every deliverable of a phase", () => {
    const prompt = promptOf();
    expect(prompt).toContain(
      "## Deliverables\n- create or modify src/index.ts\n- create or modify src/query.ts\n- create or modify test/query.test.ts\n",
    );
    expect(prompt).toContain(
      "## Checks that will be run on the result, in a fresh workspace\n- test: npm test",
    );
    expect(prompt).not.toContain("part");
  });

  test("of a part asks for one of them, and says what is there and what is not yet to be", () => {
    const prompt = promptOf({ number: 2, of: 3 });
    expect(prompt).toContain("This is part 2 of 3:");
    expect(prompt).toContain("## Deliverable of this part\n- create or modify src/query.ts\n\n");
    expect(prompt).toContain("## Built already, in the workspace\n- create or modify src/index.ts\n\n");
    expect(prompt).toContain("## Left to later parts\n- create or modify test/query.test.ts\n\n");
    expect(prompt).toContain("## Checks that will be run on the result once all parts are there, in a fresh");
    expect(promptOf({ number: 1, of: 3 })).not.toContain("Built already");
    expect(promptOf({ number: 3, of: 3 })).not.toContain("Left to later parts");
  });
});
