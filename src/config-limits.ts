import { z } from "zod";

/** Longer times and larger numbers are taken for slips; and what is pinned in the ledger must stay a number. */
const seconds = z
  .number()
  .positive()
  .max(31 * 86_400);
export const minutes = z
  .number()
  .positive()
  .max(31 * 1440);
/** 0 turns off what it limits. */
const minutesOrNever = z
  .number()
  .nonnegative()
  .max(31 * 1440);
const bytes = z.int().positive();

/** Every limit, time and default of the program. The doc line of a field is its `describe`. */
export const limitsSchema = z.strictObject({
  max_parallel: z.int().min(1).max(64).default(2).describe("Phases of one tier that may run at once."),
  check_minutes: minutes.default(20).describe("Longest time of one check."),
  setup_minutes: minutes.default(20).describe("Longest time of one setup command."),
  stop_grace_seconds: seconds.default(10).describe("Between asking a program to end and ending it."),
  memory_bytes: bytes
    .default(8_000_000_000)
    .describe("Most memory of one program with all that it starts; above it the program is ended."),
  processes: z
    .int()
    .min(16)
    .default(4096)
    .describe("Most processes and threads of one program; above it the program is ended."),
  sample_seconds: seconds
    .default(0.5)
    .describe(
      "How often it is looked at what a program uses, or whether its control group says that it met a limit.",
    ),
  output_bytes: bytes.default(2_000_000).describe("Kept of one program's output; the middle goes."),
  change_files: bytes.default(5000).describe("Most files one phase may change."),
  change_bytes: bytes.default(50_000_000).describe("Most bytes of changed files in one phase."),
  file_bytes: bytes.default(10_000_000).describe("Largest single file a phase may leave."),
  report_bytes: bytes
    .default(200_000_000)
    .describe("Largest test or coverage report that is read; a larger one is inconclusive."),
  coverage_lines: bytes.default(20_000_000).describe("Most lines, and files, of one coverage report."),
  report_tests: bytes.default(200_000).describe("Most tests of one report."),
  test_reruns: z
    .int()
    .nonnegative()
    .max(20)
    .default(2)
    .describe("How often a newly failing test is run again, to tell whether it is flaky."),
  rerun_tests: z
    .int()
    .nonnegative()
    .default(20)
    .describe("Most newly failing tests that are run again; where more fail, none is."),
  conversation_tokens: bytes
    .default(3000)
    .describe(
      "Tokens (4 characters each) in a prompt for what earlier attempts tried and why they failed; rules and open failures come first.",
    ),
  stuck_silent_minutes: minutesOrNever
    .default(30)
    .describe(
      "A builder is ended after so long without output, change on the tree or newly reported tokens; 0: never.",
    ),
  stuck_idle_minutes: minutesOrNever
    .default(45)
    .describe("A builder is ended after so long without a change on the tree; 0: never."),
  stuck_repeats: z
    .int()
    .nonnegative()
    .default(100)
    .describe(
      "A builder is ended that prints the same lines, or writes its files as they were, so often; 0: never.",
    ),
  stuck_alternations: z
    .int()
    .nonnegative()
    .default(20)
    .describe("A builder is ended that goes back to earlier contents of its files so often; 0: never."),
  stuck_repeat_minutes: minutes
    .default(25)
    .describe("Both of these spread over at least so long: each counts once in its share of this time."),
  stuck_tokens: z
    .int()
    .nonnegative()
    .default(10_000_000)
    .describe("A builder is ended that reports so many tokens without a change on the tree; 0: never."),
  stuck_sample_seconds: z
    .number()
    .nonnegative()
    .max(3600)
    .default(5)
    .describe("How often it is looked at whether a builder is stuck; 0: never."),
  stuck_entries: bytes
    .default(50_000)
    .describe(
      "A tree with more files and folders than this, `node_modules` aside, counts as changing all the time.",
    ),
  transient_first_seconds: seconds
    .default(5)
    .describe("Shortest wait after a transient failure without a time of its own."),
  transient_max_seconds: seconds
    .default(900)
    .describe(
      "Longest such wait; each is drawn between the shortest and three times the one before. A rate limit that ends later is a quota.",
    ),
  provider_wait_hours: z
    .number()
    .positive()
    .max(31 * 24)
    .default(31 * 24)
    .describe("Longest wait that a provider is believed; one further away counts as not told."),
  turn_seconds: seconds
    .default(5)
    .describe("After a provider's limit its builders start one by one, at least so long apart."),
  probe_after: z
    .int()
    .min(1)
    .default(3)
    .describe("Equal transient failures in a row after which a builder's `probe` goes before an attempt."),
  probe_seconds: seconds.default(30).describe("Longest time of one probe."),
  call_tokens: bytes
    .default(200_000)
    .describe(
      "Tokens set aside for a call of a builder that declares no `max_tokens` and has reported none in this repository; what a call counts as that reports none.",
    ),
  overrun_factor: z
    .number()
    .min(1)
    .max(10)
    .default(1.1)
    .describe("A builder is ended that reports so many times its `max_tokens`."),
  room_factor: z
    .number()
    .min(1)
    .max(10)
    .default(2)
    .describe("More room after a failure: so many times the builder's `minutes` and `max_tokens`."),
  lease_seconds: seconds
    .min(0.5)
    .default(60)
    .describe("After this long without a sign of life, another host may take a run over."),
  poll_seconds: seconds
    .min(0.01)
    .default(0.5)
    .describe("How often a running run looks for requests such as cancel."),
  setup_cache_bytes: z
    .int()
    .nonnegative()
    .default(5_000_000_000)
    .describe("Most that the setup cache of a repository holds; 0 turns it off."),
  plan_bytes: bytes.default(2_000_000).describe("Largest plan or script file that is read."),
  import_bytes: bytes
    .default(2_000_000_000)
    .describe("Largest database of another program that is imported."),
  import_row_bytes: bytes.default(5_000_000).describe("Largest row of it; a larger one is listed as unread."),
  claim_document_bytes: bytes
    .default(2_000_000)
    .describe("Largest document that is read for claims; a larger one is left out."),
  evidence_file_bytes: bytes
    .default(5_000_000)
    .describe("Largest file that assessment looks into; of a larger one it sees only that it is there."),
  evidence_code_bytes: bytes
    .default(500_000_000)
    .describe("Most code in a tree for assessment to look for what uses the deliverables."),
  evidence_changes: bytes
    .default(2_000_000)
    .describe("Most changes in a history that assessment keeps to judge folders and globs."),
  store_wait_seconds: seconds.default(10).describe("How long an append waits for another process's."),
});
