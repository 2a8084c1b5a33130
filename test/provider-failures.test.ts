import { expect, it } from "vitest";
import { callCli, createProject, writePlan } from "./harness/cli.ts";

/** A command builder that dies with this line, unless it is the attempt that works. */
const dies = (id: string, line: string, worksAt = 99) => ({
  id,
  fields: {
    builder: {
      command: `test "$AUTOPACK_ATTEMPT" -ge ${worksAt} && echo made >${id}.txt && exit 0; echo working; echo '${line}' >&2; exit 1`,
    },
  },
});
const overloaded = `API Error: 529 {"type":"error","error":{"type":"overloaded_error","message":"Overloaded"}}`;

it("tells a builder's provider from the builder: waits for it, ends where a person must pay, and names both", async () => {
  const limits = { transient_first_seconds: 0.05, poll_seconds: 0.05 };
  const project = createProject({ config: { limits } });
  const plan = writePlan(project, {
    tiers: [
      [
        dies("waits", overloaded, 3),
        dies("pays", "Credit balance is too low"),
        dies("breaks", `throw new Error("${overloaded.replaceAll('"', "")}")`),
        {
          id: "reports",
          fields: {
            builder: {
              command: `printf '{"error": {"provider": "openai", "status": 429, "code": "insufficient_quota"}}' >"$AUTOPACK_RESULT"; exit 1`,
            },
          },
        },
      ],
    ],
  });
  const { json } = await callCli(project, "run", plan, "--json");
  expect(json.phases).toMatchObject([
    { phaseId: "waits", state: "complete", attempts: 3 },
    { phaseId: "pays", attempts: 1, failure: { class: "resource", kind: "billing-refused" } },
    { phaseId: "breaks", attempts: 2, failure: { class: "builder", kind: "builder-failed" } },
    { phaseId: "reports", attempts: 1, failure: { class: "resource", kind: "quota-exhausted" } },
  ]);
});
