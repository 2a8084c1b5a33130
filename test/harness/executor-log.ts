/** Writes logs in the shape of the ancestor's executor, at a pace of one record a second. */
export class ExecutorLog {
  readonly #lines: string[] = [];
  #second = 0;

  constructor(run?: string) {
    if (run !== undefined) this.process(run);
  }

  get text(): string {
    return this.#lines.map((line) => `${line}\n`).join("");
  }

  /** One record; further lines of `message` are continuation lines. */
  say(message: string, level = "INFO"): this {
    const time = new Date(Date.UTC(2025, 0, 31, 12) + this.#second++ * 1000).toISOString();
    this.#lines.push(`[${time.slice(0, 19).replace("T", " ")}] ${level}: ${message}`);
    return this;
  }

  /** A start of the executor. */
  process(run: string, base?: string): this {
    this.say(`[LOCK] Acquired executor lock for run_id=${run} (PID=${1000 + this.#second}, host=h)`);
    this.say(`Initialized autonomous executor for run: ${run}`);
    return base === undefined ? this : this.say(`[BUILD-127] Capturing T0 baseline at commit ${base}...`);
  }

  start(phase: string, about: { readonly model?: string; readonly scope?: string } = {}): this {
    this.say(`[${phase}] Step 1/4: Generating code with Builder (via LlmService)...`);
    if (about.scope !== undefined) this.say(`[Scope] Scope paths: ${about.scope}`);
    if (about.model !== undefined)
      this.say(`[MODEL-SELECT] Builder: model=${about.model}, complexity=low->low`);
    return this;
  }

  built(phase: string, tokens: number): this {
    this.say(
      `[TOKEN_BUDGET] phase=${phase} complexity=low input=1 output=1/1 total=${tokens} utilization=1%`,
    );
    return this.say(`[${phase}] Builder succeeded (${tokens} tokens)`);
  }

  failed(phase: string, status = "PATCH_FAILED"): this {
    return this.say(`Phase ${phase} finished with status: ${status}`, "WARNING");
  }

  succeeded(phase: string): this {
    return this.say(`Phase ${phase} completed successfully`);
  }

  /** A whole attempt at `phase` whose builder made what `file` does not take: decided by the output. */
  refusedPatch(phase: string, file = "src/a.py", about: { readonly model?: string } = {}): this {
    this.start(phase, about).built(phase, 1000);
    this.say(
      `[${phase}] Failed to apply patch to filesystem: error: patch failed: ${file}:${this.#second}\nerror: ${file}: patch does not apply`,
      "ERROR",
    );
    return this.stored(phase).failed(phase);
  }

  /** A whole attempt that the executor itself brought down: decided by the host. */
  crashed(phase: string): this {
    this.start(phase).built(phase, 1000);
    this.say(`[${phase}] Execution failed: 'Executor' object has no attribute 'db'\nTraceback:`, "ERROR");
    return this.stored(phase).failed(phase, "FAILED");
  }

  whole(phase: string, about: { readonly model?: string } = {}): this {
    return this.start(phase, about).built(phase, 1000).succeeded(phase);
  }

  stored(phase: string): this {
    return this.say(`Updated phase ${phase} status to FAILED`);
  }

  notStored(phase: string): this {
    const url = `http://localhost:8000/runs/r/phases/${phase}/update_status`;
    return this.say(
      `Failed to update phase ${phase} status: 500 Server Error: Internal Server Error for url: ${url}`,
      "WARNING",
    );
  }
}

/** Bytes as chunks of the given size. */
export async function* inChunks(data: string | Uint8Array, size = 65_536): AsyncGenerator<Uint8Array> {
  const bytes = Buffer.from(data as string);
  for (let from = 0; from < bytes.length; from += size) yield bytes.subarray(from, from + size);
}
