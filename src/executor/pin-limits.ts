import type { Config } from "../config.ts";
import type { PinnedLimits } from "../domain/events.ts";

/** The limits as a run pins them: milliseconds and bytes. */
export function pinLimits(limits: Config["limits"], maxParallel: number | undefined): PinnedLimits {
  return {
    maxParallel: maxParallel ?? limits.max_parallel,
    checkMs: limits.check_minutes * 60_000,
    setupMs: limits.setup_minutes * 60_000,
    stopGraceMs: limits.stop_grace_seconds * 1000,
    outputBytes: limits.output_bytes,
    memoryBytes: limits.memory_bytes,
    processes: limits.processes,
    changeFiles: limits.change_files,
    changeBytes: limits.change_bytes,
    fileBytes: limits.file_bytes,
    reportBytes: limits.report_bytes,
    coverageLines: limits.coverage_lines,
    reportTests: limits.report_tests,
    testReruns: limits.test_reruns,
    rerunTests: limits.rerun_tests,
    conversationTokens: limits.conversation_tokens,
    transientFirstMs: limits.transient_first_seconds * 1000,
    transientMaxMs: limits.transient_max_seconds * 1000,
    providerWaitMs: limits.provider_wait_hours * 3_600_000,
    turnMs: limits.turn_seconds * 1000,
    probeAfter: limits.probe_after,
    probeMs: limits.probe_seconds * 1000,
    callTokens: limits.call_tokens,
    overrunFactor: limits.overrun_factor,
    roomFactor: limits.room_factor,
    stuck: {
      sampleMs: limits.stuck_sample_seconds * 1000,
      entries: limits.stuck_entries,
      silentMs: limits.stuck_silent_minutes * 60_000,
      idleMs: limits.stuck_idle_minutes * 60_000,
      repeatMs: limits.stuck_repeat_minutes * 60_000,
      repeats: limits.stuck_repeats,
      alternations: limits.stuck_alternations,
      tokens: limits.stuck_tokens,
    },
  };
}
