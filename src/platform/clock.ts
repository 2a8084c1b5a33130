import type { Clock } from "./ports.ts";

export function createClock(): Clock {
  return {
    now: () => new Date(),
    elapsed: () => performance.now(),
    sleep: (ms, signal) =>
      new Promise((resolve) => {
        if (signal?.aborted) return resolve();
        const wake = () => {
          clearTimeout(timer);
          signal?.removeEventListener("abort", wake);
          resolve();
        };
        // A longer delay overflows setTimeout and would fire at once; callers look at the clock again.
        const timer = setTimeout(wake, Math.min(ms, 2 ** 31 - 1));
        signal?.addEventListener("abort", wake, { once: true });
      }),
  };
}
