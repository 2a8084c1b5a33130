import { feature, honest, testsOfRepository } from "../repository.ts";
import type { Act, Group, Phase, Scenario } from "../scenario.ts";

const kill: Act = { harness: "kill" };
const two = (first: Partial<Phase> = {}): Phase[] => [
  feature("double", first),
  feature("triple", { tier: 2 }),
];

/** Killed at the nth call of git that holds the text, and resumed. */
const atGit = (
  name: string,
  about: string,
  faults: NonNullable<NonNullable<Scenario["faults"]>["atGit"]>,
): Scenario => ({
  name,
  about,
  faults: { atGit: faults },
  phases: two(),
});

const commits = [" commit-tree ", " commit -"];

export const kills: Group = {
  name: "kills",
  scenarios: [
    ...[2, 10, 19, 21, 24, 27, 30, 33, 36, 40, 45, 50].map((nth) =>
      atGit(`kill-at-git-${nth}`, `Killed at its call of git number ${nth}`, { nth, after: nth % 10 === 0 }),
    ),
    atGit("kill-before-commit", "Killed before the first commit is made", { matching: commits, nth: 1 }),
    atGit("kill-after-commit", "Killed right after the first commit was made", {
      matching: commits,
      nth: 1,
      after: true,
    }),
    atGit("kill-before-second-commit", "Killed before the second commit is made", {
      matching: commits,
      nth: 2,
    }),
    atGit("kill-before-fourth-ref", "Killed before a ref is moved for the fourth time", {
      matching: [" update-ref "],
      nth: 4,
    }),
    atGit("kill-after-fourth-ref", "Killed right after it was", {
      matching: [" update-ref "],
      nth: 4,
      after: true,
    }),
    atGit("kill-before-publishing", "Killed before the result is fetched into the user's repository", {
      matching: [" fetch "],
      nth: 1,
    }),
    atGit("kill-after-publishing", "Killed right after", { matching: [" fetch "], nth: 1, after: true }),
    {
      name: "kill-at-start",
      about: "Killed 60 ms after it was started",
      faults: { afterMs: 60 },
      phases: two(),
    },
    {
      name: "kill-soon",
      about: "Killed 600 ms after it was started",
      faults: { afterMs: 600 },
      phases: two(),
    },
    {
      name: "kill-in-setup",
      about: "Killed while setup runs",
      setup: ["@kill:setup@"],
      phases: two(),
    },
    {
      name: "kill-before-work",
      about: "Killed before the builder does anything",
      phases: two({ builder: [honest("double", kill)] }),
    },
    {
      name: "kill-in-work",
      about: "Killed in the middle of the builder's work",
      phases: two({
        builder: [
          {
            acts: [
              { write: { path: "src/double.js", content: "export const" } },
              kill,
              ...honest("double").acts,
            ],
          },
        ],
      }),
    },
    {
      name: "kill-after-work",
      about: "Killed when the builder has done its last act",
      phases: two({ builder: [{ acts: [...honest("double").acts, kill], claim: "done" }] }),
    },
    {
      name: "kill-in-check",
      about: "Killed while the first check runs",
      checks: [{ ...testsOfRepository, run: `@kill:check@; ${testsOfRepository.run}` }],
      phases: two(),
    },
    {
      name: "kill-after-check",
      about: "Killed when the tests have passed",
      checks: [{ ...testsOfRepository, run: `${testsOfRepository.run} && @kill:check@` }],
      phases: two(),
    },
    {
      name: "kill-in-acceptance",
      about: "Killed while an acceptance command runs",
      phases: two({ acceptance: ["@kill:acceptance@"] }),
    },
    {
      name: "kill-in-second-phase",
      about: "Killed while the second phase works; the first one's work is to stay",
      phases: [feature("double"), feature("triple", { tier: 2, builder: [honest("triple", kill)] })],
    },
    {
      name: "kill-in-check-of-second",
      about: "Killed while the second phase is checked",
      phases: [feature("double"), feature("triple", { tier: 2, acceptance: ["@kill:second@"] })],
    },
    {
      name: "kill-two-at-work",
      about: "Killed while two phases work at once",
      maxParallel: 2,
      phases: [
        feature("double", { builder: [honest("double", { meet: 2 }, kill)] }),
        feature("triple", { builder: [honest("triple", { meet: 2 }, { sleep: 300 })] }),
      ],
    },
    {
      name: "kill-in-wait",
      about: "Killed while it waits for a provider that asked it to",
      faults: { afterMs: 2500 },
      provider: { model: [{ status: 429, headers: { "retry-after": "3" }, body: "slow down" }, { ok: 10 }] },
      phases: [
        feature("double", {
          builder: [
            { acts: [{ call: "model", tells: "result" }], cause: "transient" },
            honest("double", { call: "model", tells: "result" }),
          ],
        }),
      ],
    },
    {
      name: "kill-at-two-places",
      about: "Killed in the builder's work, and once more in the check after being resumed",
      checks: [{ ...testsOfRepository, run: `@kill:check@; ${testsOfRepository.run}` }],
      phases: two({ builder: [honest("double", kill)] }),
    },
    {
      name: "kill-same-place-twice",
      about: "Killed twice running in the builder's work: it may give up on the phase, and has to say so",
      phases: [
        feature("double", {
          builder: [honest("double", kill, { harness: "kill", named: "again" })],
          done: "either",
          cause: ["internal", "environment"],
        }),
        feature("triple", { tier: 2 }),
      ],
    },
    {
      name: "terminated",
      about: "Asked to end by SIGTERM in the builder's work, as at a shutdown",
      phases: two({ builder: [honest("double", { harness: "terminate" })] }),
    },
  ],
};

export const machine: Group = {
  name: "machine",
  scenarios: [
    {
      name: "stopped-and-taken-over",
      about: "The process is stopped, somebody resumes the run elsewhere, and the first one wakes up",
      phases: two({ builder: [honest("double", { harness: "freeze" })] }),
    },
    {
      name: "started-twice",
      about: "The same plan is started a second time while it runs",
      phases: two({ builder: [honest("double", { harness: "second" })] }),
    },
    {
      name: "stale-git-lock",
      about: "Another program's crash left .git/index.lock in the user's repository",
      leftovers: { ".git/index.lock": "" },
      phases: two(),
    },
    {
      name: "clock-a-day-forwards",
      about: "The clock is set a day forwards while a builder works",
      phases: two({
        builder: [honest("double", { harness: "clock-forwards" }, { sleep: 300 })],
        budget: { minutes: 5 },
      }),
    },
    {
      name: "clock-an-hour-backwards",
      about: "The clock is set an hour backwards while a builder works",
      phases: two({
        builder: [honest("double", { harness: "clock-backwards" }, { sleep: 300 })],
        budget: { minutes: 5 },
      }),
    },
    {
      name: "clock-in-wait",
      about: "The clock goes back while a rate limit is waited out",
      provider: { model: [{ status: 429, headers: { "retry-after": "1" }, body: "slow down" }, { ok: 10 }] },
      phases: [
        feature("double", {
          builder: [
            {
              acts: [{ harness: "clock-backwards" }, { call: "model", tells: "result" }],
              cause: "transient",
            },
            honest("double", { call: "model" }),
          ],
        }),
      ],
    },
    {
      name: "store-locked-shortly",
      about:
        "Another process holds the orchestrator's database for a second when the outcome is to be written",
      phases: two({ builder: [honest("double", { harness: "lock-stores" })] }),
    },
    {
      name: "outcome-not-stored",
      about: "The outcome cannot be written for longer than is waited: it must not be tried again unrecorded",
      phases: two({
        builder: [
          { ...honest("double", { harness: "lock-stores-long" }), cause: ["internal", "environment"] },
        ],
      }),
    },
    {
      name: "file-size-limit",
      about: "Its files may not grow until it is resumed",
      faults: { fileKilobytes: 150 },
      phases: two(),
    },
    {
      name: "disk-full-shortly",
      about: "The disk is full for a moment while a builder works",
      faults: { diskMegabytes: 60 },
      phases: two({ builder: [honest("double", { harness: "fill-disk" })] }).map((phase) => ({
        ...phase,
        cause: "environment" as const,
      })),
    },
    {
      name: "disk-full",
      about: "The disk is full until the orchestrator ends; there is room when it is resumed",
      faults: { diskMegabytes: 60 },
      phases: two({
        builder: [{ acts: [...honest("double").acts, { harness: "fill-disk-long" }], claim: "done" }],
      }).map((phase) => ({
        ...phase,
        done: "either" as const,
        cause: "environment" as const,
      })),
    },
  ],
};
