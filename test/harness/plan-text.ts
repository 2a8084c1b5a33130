/** A plan that uses every field, as JSON, which is YAML; `over` replaces fields of its top. */
export const planWith = (over: Readonly<Record<string, unknown>>): string =>
  JSON.stringify(
    {
      version: 1,
      run: {
        id: "demo",
        goal: "Show it",
        purpose: "work",
        base: "main",
        budget: { tokens: 1000, usd: 2, minutes: 30 },
      },
      setup: ["npm ci", ["make", "all"]],
      carry: [".env"],
      checks: {
        test: "npm test",
        types: { run: ["tsc"], report: "out/types.xml", coverage: "out/lcov.info" },
      },
      defaults: { builder: "claude", budget: { attempts: 2, minutes: 5, tokens: 500 } },
      policy: {
        protect: ["infra/**"],
        coverage: { min_changed: 80, max_drop: 1 },
        grants: [{ paths: ["infra/x"], phases: ["one"], reason: "needed", expires: "2026-12-31" }],
      },
      tiers: [
        {
          id: "core",
          name: "Core",
          phases: [
            {
              id: "one",
              name: "One",
              description: "Do one.",
              category: "backend",
              complexity: "low",
              deliverables: [
                "src/one.ts",
                { path: "src/two.ts", change: "create", kind: "source", must_contain: ["x"] },
              ],
              scope: { write: ["src/**"], read: ["docs/*.md"] },
              acceptance: ["true", { run: ["node", "x"], name: "x" }],
              budget: { tokens: 10, attempts: 1, minutes: 1 },
              builder: { command: "agent" },
            },
            {
              id: "two",
              description: "Do two.",
              category: "docs",
              deliverables: ["docs/two.md"],
              builder: { scripted: "two.yaml" },
              depends_on: ["one"],
            },
          ],
        },
      ],
      ...over,
    },
    null,
    1,
  );
