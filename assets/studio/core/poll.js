// Asks again and again, while somebody looks.

/**
 * Runs `task` now and then again, `pause()` milliseconds after each end; rests while the page is hidden.
 * Returns what ends it.
 */
export function poll(task, pause) {
  let timer = 0;
  let running = false;
  let stopped = false;

  async function run() {
    clearTimeout(timer);
    if (stopped || running || document.hidden) return;
    running = true;
    // What went wrong is told by the task; the next try comes anyway.
    await task().catch(() => {});
    running = false;
    if (!stopped) timer = setTimeout(run, pause());
  }

  const wake = () => {
    if (!document.hidden) run();
  };
  document.addEventListener('visibilitychange', wake);
  run();
  return {
    /** Asks at once. */
    now: wake,
    stop() {
      stopped = true;
      clearTimeout(timer);
      document.removeEventListener('visibilitychange', wake);
    },
  };
}
