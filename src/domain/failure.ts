/** What sort of cause a failure has; it decides whether, and when, another attempt is worth its price. */
export const failureClasses = [
  "deterministic",
  "transient",
  "resource",
  "policy",
  "quality",
  "environment",
  "builder",
  "internal",
  "unknown",
] as const;
export type FailureClass = (typeof failureClasses)[number];

interface KindFacts {
  readonly class: FailureClass;
  /** What happened, in one clause. */
  readonly meaning: string;
  /** What a person does next, as an imperative sentence. */
  readonly action: string;
}

/** Every kind of failure, its class, its meaning and the next action. `docs/spec.md` shows this table. */
export const failureKinds = {
  "plan-refused": {
    class: "policy",
    meaning: "plan lint found an error in the phase",
    action: "Mend the plan as the finding says, then use `autopack run PLAN --continue RUN`.",
  },
  "protected-path": {
    class: "policy",
    meaning: "the change touches a protected path",
    action: "Take the path out of the phase, or add a grant with a reason and an expiry to the plan.",
  },
  "out-of-scope": {
    class: "policy",
    meaning: "the change touches a path outside the phase's write scope",
    action: "Widen `scope.write` in the plan if the path belongs to the phase.",
  },
  "undeclared-deletion": {
    class: "policy",
    meaning: "a file was deleted that no deliverable declares with `change: delete`",
    action: "Declare the deletion as a deliverable if it is wanted.",
  },
  "test-deleted": {
    class: "policy",
    meaning: "a test file was deleted that no deliverable declares with `change: delete`",
    action:
      "Read the attempt's change: the builder may have removed a failing test. Declare the deletion if it is wanted.",
  },
  "test-emptied": {
    class: "policy",
    meaning: "a test file that existed was left empty or without code",
    action: "Read the attempt's change: the builder may have emptied a failing test.",
  },
  "submodule-changed": {
    class: "policy",
    meaning: "a submodule or nested repository was added or changed",
    action: "Change the submodule by hand: phases do not move submodules.",
  },
  "symlink-refused": {
    class: "policy",
    meaning: "a symbolic link was added or changed to point outside the repository or into a protected path",
    action: "Use a regular file, or a link that stays inside the phase's scope.",
  },
  "mode-refused": {
    class: "policy",
    meaning: "a file's mode was changed in a way the phase did not declare",
    action: "Make the file a deliverable of the phase if the new mode is wanted.",
  },
  "special-file": {
    class: "policy",
    meaning: "the workspace holds a FIFO, socket or device where a file belongs, or what cannot be read",
    action: "Read the attempt's log: a builder has no reason to make one.",
  },
  "change-too-large": {
    class: "policy",
    meaning: "the change has more files or bytes than the configuration allows, or files that cannot be read",
    action:
      "Cut the phase smaller, or raise `limits.change_files`, `limits.change_bytes` or `limits.file_bytes`.",
  },
  "no-change": {
    class: "quality",
    meaning: "the builder left the tree as it was",
    action: "Read what the builder claimed; make the phase's description more exact or try another builder.",
  },
  "deliverable-missing": {
    class: "quality",
    meaning: "a deliverable does not exist in the resulting tree",
    action: "Make the phase's description name the file, or try another builder.",
  },
  "deliverable-unchanged": {
    class: "quality",
    meaning: "a deliverable is the same as at the attempt's base",
    action: "Check whether the work was already done; if so, take the deliverable out of the plan.",
  },
  "deliverable-hollow": {
    class: "quality",
    meaning: "a deliverable is empty, holds only comments, or is a placeholder",
    action: "Read the attempt's change; make the phase's description more exact.",
  },
  "deliverable-lacks-text": {
    class: "quality",
    meaning: "a deliverable does not hold what `must_contain` names",
    action: "Read the attempt's change; check that `must_contain` is what you want.",
  },
  "check-failed": {
    class: "quality",
    meaning: "a check exited non-zero on the resulting tree",
    action: "Read the check's log with `autopack show RUN PHASE`.",
  },
  "acceptance-failed": {
    class: "quality",
    meaning: "an acceptance command exited non-zero on the resulting tree",
    action: "Read the command's log with `autopack show RUN PHASE`.",
  },
  "source-broken": {
    class: "quality",
    meaning: "the change brought files that do not parse, conflict markers, or imports that lead nowhere",
    action: "Read the places in the evidence with `autopack show RUN PHASE`.",
  },
  "tests-failed": {
    class: "quality",
    meaning: "tests fail that did not fail at the baseline",
    action: "Read which with `autopack show RUN PHASE`.",
  },
  "tests-inconclusive": {
    class: "quality",
    meaning: "the test report is missing, incomplete, or says something else than the exit code",
    action: "Read why with `autopack show RUN PHASE`: mostly a file of tests that cannot be loaded.",
  },
  "coverage-low": {
    class: "quality",
    meaning: "coverage is below what the plan asks for",
    action: "Read which lines with `autopack show RUN PHASE`; add tests, or change `policy.coverage`.",
  },
  tampering: {
    class: "policy",
    meaning: "the change makes a check easier to pass instead of the code better",
    action: "Read the findings; if one is wanted, allow its rule in `policy.tampering` with a reason.",
  },
  "review-rejected": {
    class: "quality",
    meaning: "a person looked at what the gate left to them, and rejected it",
    action: "Make the phase's description more exact, by the reason that was given.",
  },
  "merge-conflict": {
    class: "deterministic",
    meaning: "the change conflicts with what another phase integrated meanwhile",
    action: "Add a `depends_on` between the two phases.",
  },
  "merge-check-failed": {
    class: "quality",
    meaning: "the change passed alone and failed once merged with what another phase integrated meanwhile",
    action: "Add a `depends_on` between the two phases, or narrow their scopes.",
  },
  "check-inconclusive": {
    class: "environment",
    meaning: "a check could not be started, was killed or ran out of time, so nothing is known",
    action: "Run the check by hand; raise `limits.check_minutes` if it needs longer.",
  },
  "memory-exceeded": {
    class: "environment",
    meaning: "a builder, setup command or check was ended because it used more memory than a program may",
    action: "Look for what grows without end; raise `limits.memory_bytes` if that much is needed.",
  },
  "processes-exceeded": {
    class: "environment",
    meaning: "a builder, setup command or check was ended because it had more processes than a program may",
    action: "Look for what starts them without end; raise `limits.processes` if that many are needed.",
  },
  "setup-failed": {
    class: "environment",
    meaning: "a setup command failed in a fresh workspace",
    action: "Run the setup command in a fresh clone; commit the lock file it needs.",
  },
  "carry-missing": {
    class: "environment",
    meaning: "a file that `carry` names is not in the checkout, or lies behind a link",
    action: "Create the file, or take it out of `carry`.",
  },
  "workspace-failed": {
    class: "environment",
    meaning: "git or the file system refused while a workspace was made or read",
    action: "Read the evidence; check free space and permissions of the state folder.",
  },
  "builder-not-started": {
    class: "environment",
    meaning: "the builder's program could not be started",
    action: "Install the program, or mend the builder's `command`.",
  },
  "builder-failed": {
    class: "builder",
    meaning: "the builder exited non-zero or was killed",
    action: "Read the builder's log with `autopack show RUN PHASE`.",
  },
  "builder-timeout": {
    class: "builder",
    meaning: "the builder did not end within the phase's minutes",
    action: "Cut the phase smaller, or raise the phase's `budget.minutes`.",
  },
  "builder-silent": {
    class: "builder",
    meaning: "the builder was ended: it printed nothing, changed no file and reported no tokens for too long",
    action:
      "Read the builder's log; raise `limits.stuck_silent_minutes` if it works that long without a sign.",
  },
  "builder-no-progress": {
    class: "builder",
    meaning: "the builder was ended: it changed no file for too long, though it gave signs of life",
    action: "Make the phase smaller or clearer, or raise `limits.stuck_idle_minutes`.",
  },
  "builder-repeats": {
    class: "builder",
    meaning:
      "the builder was ended: it printed the same lines, or wrote its files as they were, again and again",
    action: "Read the builder's log for what it is caught in; make the phase's description more exact.",
  },
  "builder-alternates": {
    class: "builder",
    meaning: "the builder was ended: it went back and forth between the same contents of its files",
    action: "Read the builder's log: two of the phase's demands may exclude each other.",
  },
  "builder-burns-tokens": {
    class: "builder",
    meaning: "the builder was ended: it reported ever more tokens and changed no file",
    action: "Make the phase smaller or clearer, or raise `limits.stuck_tokens`.",
  },
  "builder-result-invalid": {
    class: "builder",
    meaning: "what the builder wrote to $AUTOPACK_RESULT is not the documented object",
    action: "Mend the builder: the file holds one JSON object with `tokens` and `claim`.",
  },
  "script-exhausted": {
    class: "deterministic",
    meaning: "the scripted builder has no entry for this attempt",
    action: "Add an attempt to the script.",
  },
  "rate-limited": {
    class: "transient",
    meaning: "the provider asked to come back later",
    action: "Nothing: the phase goes on by itself when the wait is over.",
  },
  "provider-unavailable": {
    class: "transient",
    meaning: "the provider could not be reached or answered with a server error",
    action: "Nothing: the phase goes on by itself; check the provider's status if it lasts.",
  },
  "tokens-exhausted": {
    class: "resource",
    meaning: "the token budget of the phase or run is spent",
    action: "Raise the budget in the plan, then use `autopack run PLAN --continue RUN`.",
  },
  "time-exhausted": {
    class: "resource",
    meaning: "the time budget of the phase or run is spent",
    action: "Raise the budget in the plan, then use `autopack run PLAN --continue RUN`.",
  },
  "interrupted-twice": {
    class: "internal",
    meaning: "two attempts running were cut off by the end of the executor",
    action: "Look for what kills the executor (memory, a builder that ends processes), then start a new run.",
  },
  "orchestrator-error": {
    class: "internal",
    meaning: "autopack itself failed while it carried out the attempt",
    action: "Report the evidence as a bug; `autopack resume RUN` goes on with the other phases.",
  },
} as const satisfies Record<string, KindFacts>;

export type FailureKind = keyof typeof failureKinds;

/** The facts of a kind, widened from the literal table. */
export function factsOf(kind: FailureKind): KindFacts {
  return failureKinds[kind];
}

export interface Evidence {
  /** What this is: `path`, `check`, `log`, `commit`, `message` … */
  readonly label: string;
  readonly detail: string;
}

/** A failure as whoever saw it describes it, before it is classified and fingerprinted. */
export interface Problem {
  readonly kind: FailureKind;
  readonly message: string;
  readonly evidence: readonly Evidence[];
  readonly retryAt?: string;
  readonly retryAfterMs?: number;
}

/** A failure is data: it is stored, compared, shown, and given to the next attempt. */
export interface Failure {
  readonly class: FailureClass;
  readonly kind: FailureKind;
  /** One sentence, redacted, for people and for the next attempt's builder. */
  readonly message: string;
  /** `v1:` and 16 hex digits: the normalised identity of the cause (see failures/fingerprint.ts). */
  readonly fingerprint: string;
  readonly evidence: readonly Evidence[];
  /** ISO 8601 instant before which another attempt is pointless. */
  readonly retryAt?: string;
  /** How far away that was when it was said: the longest wait there is, wherever the clock was set meanwhile. */
  readonly retryAfterMs?: number;
}
