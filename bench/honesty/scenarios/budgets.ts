import { feature, honest, moduleOf, never, write } from "../repository.ts";
import type { Act, Entry, Group, Phase } from "../scenario.ts";

const wrong = write("src/double.js", moduleOf("double", "n"));
const asksForDouble = `node -e "import('./src/double.js').then(({ double }) => process.exit(double(4) === 8 ? 0 : 1))"`;
const cap = 100_000;

/** Wrong work for so many tokens, another wrong one each time. */
const dear = (spend: Act): Entry[] =>
  [1, 2, 3].map((n) => ({
    acts: [spend, write("src/double.js", moduleOf("double", `n + ${n}`))],
    claim: "done",
    cause: ["quality", "resource"],
  }));

/** A phase that is never right, and pays this for each attempt. */
const pays = (spend: Act): Phase =>
  never("double", dear(spend), {
    budget: { attempts: 3, tokens: cap },
    acceptance: [asksForDouble],
    cause: ["resource", "quality"],
  });

export const budgets: Group = {
  name: "budgets",
  scenarios: [
    {
      name: "within-budget",
      about: "Honest work within its budget",
      phases: [
        feature("double", { builder: [honest("double", { spend: 60_000 })], budget: { tokens: cap } }),
      ],
    },
    {
      name: "drips-over-cap",
      about: "Tells what it uses while it works, 2,500 tokens a second from 97 % of the cap on",
      phases: [
        never(
          "double",
          { acts: [wrong, { spend: 97_000 }, { drip: 250, times: 60 }], cause: "resource" },
          { budget: { attempts: 2, tokens: cap, minutes: 1 }, acceptance: [asksForDouble] },
        ),
      ],
    },
    {
      name: "drips-over-run-cap",
      about: "The same where the run has the cap, and not the phase",
      budget: { tokens: cap },
      phases: [
        never(
          "double",
          { acts: [wrong, { spend: 97_000 }, { drip: 250, times: 60 }], cause: "resource" },
          { budget: { attempts: 2, minutes: 1 }, acceptance: [asksForDouble] },
        ),
      ],
    },
    {
      name: "retries-over-cap",
      about: "Each attempt costs 60 % of the cap and says so as it goes; a second one is not affordable",
      phases: [pays({ drip: 3000, times: 20 })],
    },
    {
      name: "retries-told-at-end",
      about: "Each attempt costs 60 % of the cap and says so at its end alone",
      phases: [pays({ spend: 60_000, told: "at-end" })],
    },
    {
      name: "never-told",
      about: "Each attempt costs 60 % of the cap and nothing is said: unknown is not zero",
      phases: [pays({ spend: 60_000, told: "never" })],
    },
    {
      name: "phases-share-cap",
      about: "Three phases of 40 % each, one after the other, under one cap of the run",
      budget: { tokens: cap },
      phases: (["double", "triple", "square"] as const).map((name, index) =>
        feature(name, {
          builder: [honest(name, { drip: 4000, times: 10 })],
          done: index < 2 ? "yes" : "either",
          cause: "resource",
        }),
      ),
    },
    {
      name: "parallel-phases-share-cap",
      about: "Three phases of 40 % each at once under one cap of the run",
      budget: { tokens: cap },
      maxParallel: 3,
      phases: (["double", "triple", "square"] as const).map((name) =>
        feature(name, {
          builder: [{ ...honest(name, { drip: 2000, times: 20 }), cause: "resource" }],
          done: "either",
        }),
      ),
    },
    {
      name: "provider-counts",
      about: "Every call of the provider costs 30 % of the cap, and the work is never right",
      provider: { model: [{ ok: 30_000 }] },
      phases: [
        never(
          "double",
          [1, 2, 3, 4, 5].map((n) => ({
            acts: [{ call: "model" }, write("src/double.js", moduleOf("double", `n + ${n + 4}`))],
            claim: "done",
            cause: ["quality", "resource"],
          })),
          {
            budget: { attempts: 5, tokens: cap },
            acceptance: [asksForDouble],
            cause: ["resource", "quality"],
          },
        ),
      ],
    },
    {
      name: "killed-after-spending",
      about: "Killed after 60 % of the cap was used; what was used before still counts after",
      phases: [
        feature("double", {
          builder: [
            honest("double", { drip: 3000, times: 20 }, { harness: "kill" }, { drip: 250, times: 60 }),
          ],
          budget: { attempts: 3, tokens: cap },
          done: "either",
          cause: "resource",
        }),
      ],
    },
    {
      name: "never-ends",
      about: "Works for ever and says nothing; the phase has seconds",
      phases: [
        never(
          "double",
          { acts: [{ say: "Thinking" }, { hang: true }], cause: ["builder", "resource"] },
          { budget: { attempts: 1, minutes: 0.05 } },
        ),
        feature("triple", { tier: 2 }),
      ],
    },
    {
      name: "never-ends-and-writes",
      about: "Writes the same file again and again for ever",
      phases: [
        never(
          "double",
          {
            acts: [
              {
                run: "while :; do echo 'export const double = (n) => n' > src/double.js; echo again; sleep 0.1; done",
              },
            ],
            cause: ["builder", "resource"],
          },
          { budget: { attempts: 1, minutes: 0.05 }, acceptance: [asksForDouble] },
        ),
      ],
    },
  ],
};
