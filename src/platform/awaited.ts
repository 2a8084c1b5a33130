interface Handle {
  ref(): void;
  unref(): void;
}

/** Whether this process waits for a child, by all the handles that it has of it, before it ends by itself. */
export function keepAwaited(handles: readonly (Handle | null | undefined)[], awaited: boolean): void {
  for (const handle of handles) {
    if (awaited) handle?.ref();
    else handle?.unref();
  }
}
